"""Alerts, counts and the dashboard look for lines that the code really logs, and mail somebody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from shared.logs import ALLOWED
from tests.terraform.plan import Plan
from tests.tree import PRODUCT, syntax

SILENT = 15 * 60  # seconds
NEEDED = {
    "dead letter",
    "error in the log",
    "old work",
    "schedule failed",
    "a function fails",
    "sweep is silent",
}


@cache
def logged() -> frozenset[str]:
    """Every fixed text that the code logs."""
    return frozenset(
        str(call.args[0].value)
        for module in PRODUCT
        for call in ast.walk(syntax(module))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "log"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    )


def filters_look_for_what_is_logged(plan: Plan) -> Iterator[str]:
    for address, text in plan.filters:
        for message in re.findall(r'jsonPayload\.message="([^"]*)"', text):
            if message not in logged():
                yield f"{address}: no line of the code is {message!r}"
        for field in re.findall(r"jsonPayload\.(\w+)", text):
            if field not in ALLOWED:
                yield f"{address}: no line of the log has {field}"


def every_alert_is_there_and_mails(plan: Plan) -> Iterator[str]:
    policies = plan.of("monitoring_alert_policy")
    if missing := NEEDED - {it["display_name"].partition(": ")[2] for it in policies}:
        yield f"no alert: {sorted(missing)}"
    for it in policies:
        if "notification_channels" in it.values and not it["notification_channels"]:
            yield f"{it.address} mails nobody"
        if it.block("conditions", "condition_matched_log") and not it.block(
            "alert_strategy", "notification_rate_limit"
        ):
            yield f"{it.address} mails for each line"
        if not it.block("documentation").get("content"):
            yield f"{it.address} does not say what to do"
    if plan.only("monitoring_notification_channel").block("labels").get("email_address") is None:
        yield "alerts go nowhere"
    if not plan.of("billing_budget"):
        yield "no budget, though there is a billing account"


def counts_that_are_used_exist(plan: Plan) -> Iterator[str]:
    counted = {it["name"] for it in plan.of("logging_metric")}
    silent = plan.only("monitoring_alert_policy", "sweep_silent").block(
        "conditions", "condition_prometheus_query_language"
    )
    query = silent.get("query", "")
    used = set(re.findall(r"logging_googleapis_com:user_(\w+)", query))
    used |= set(re.findall(r"logging\.googleapis\.com/user/(\w+)", plan.only("monitoring_dashboard")["dashboard_json"]))
    for name in sorted(used - counted):
        yield f"nothing counts {name}"
    window = re.search(r"\[(\d+)m\]", query)
    if not window or int(window[1]) * 60 + int(silent["duration"].rstrip("s")) != SILENT:
        yield f"no alert when sweep is silent for {SILENT} seconds"


def no_log_keeps_a_key(plan: Plan) -> Iterator[str]:
    """Google logs the address of every request, and these addresses hold a key, or a name that staff look for."""
    excluded = " ".join(it["filter"] for it in plan.of("logging_project_exclusion") if not it["disabled"])
    for name, row in plan.table.items():
        if (
            row["credential"] == "path_key" or row["called_by"] in {"anybody", "staff"}
        ) and f'"{name}"' not in excluded:
            yield f"{name}: the log keeps the addresses of requests"
    for it in plan.of("compute_backend_service"):
        if it.block("log_config").get("enable") is not False:
            yield f"{it.address}: the load balancer logs addresses"
    if 'log_id("run.googleapis.com/requests")' not in excluded:
        yield "the log of requests is not excluded"


RULES = (
    filters_look_for_what_is_logged,
    every_alert_is_there_and_mails,
    counts_that_are_used_exist,
    no_log_keeps_a_key,
)
