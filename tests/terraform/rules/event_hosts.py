"""The load balancer for names of Econobis: it leads to the function for events, on the right path, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from tests.terraform.plan import Plan
from tests.terraform.workspace import EVENT_HOSTS

TAKES = "receive-event"
PUSHED = "/api/a-key/hoomdossier/afspraak"
"""As Hoomdossier's code makes it: docs/peers/hoomdossier.md 4.1."""
KINDS = (
    "compute_backend_service",
    "compute_global_address",
    "compute_global_forwarding_rule",
    "compute_managed_ssl_certificate",
    "compute_region_network_endpoint_group",
    "compute_ssl_policy",
    "compute_target_https_proxy",
    "compute_url_map",
)


def forwarded(plan: Plan, host: str, path: str) -> str:
    """The path with which a request to `host` comes to the function: by the host, then by the first rule that fits."""
    url_map = plan.only("compute_url_map")
    matchers = {it["name"]: it for it in url_map["path_matcher"]}
    for rule in url_map["host_rule"]:
        if host in rule["hosts"]:
            for route in sorted(matchers[rule["path_matcher"]]["route_rules"], key=lambda it: int(it["priority"])):
                prefix = next(
                    (it["prefix_match"] for it in route["match_rules"] if path.startswith(it["prefix_match"])), None
                )
                if prefix is not None:
                    (action,) = route["route_action"]
                    (rewrite,) = action["url_rewrite"]
                    return str(rewrite["path_prefix_rewrite"]) + path.removeprefix(prefix)
    return path


def events_come_to_the_path_of_the_function(plan: Plan) -> Iterator[str]:
    for host, cooperation in EVENT_HOSTS.items():
        if (path := forwarded(plan, host, PUSHED)) != f"/{cooperation}/a-key/hoomdossier/afspraak":
            yield f"{host}: {PUSHED} comes to us as {path}"
        for other in ("/", "/api", "/apis/a-key/hoomdossier/afspraak", f"/{cooperation}/a-key/hoomdossier/afspraak"):
            if forwarded(plan, host, other) != other:
                yield f"{host}: {other} is rewritten"


def google_tries_the_same_paths(plan: Plan) -> Iterator[str]:
    """Google refuses a map of which a test fails, so a mistake never takes the place of a map that works."""
    tried = {it["host"]: (it["path"], it["expected_output_url"]) for it in plan.only("compute_url_map")["test"]}
    for host in EVENT_HOSTS:
        path, url = tried.get(host, ("", ""))
        if not path or url != f"https://{host}{forwarded(plan, host, path)}":
            yield f"{host}: Google tries {path or 'nothing'} and expects {url or 'nothing'}"


def the_load_balancer_leads_to_one_function(plan: Plan) -> Iterator[str]:
    for kind in set(KINDS) - {"compute_managed_ssl_certificate"}:
        if len(plan.of(kind)) != 1:
            yield f"{len(plan.of(kind))} of {kind}"
    group = plan.only("compute_region_network_endpoint_group")
    if group.block("cloud_run").get("service") != TAKES or group["network_endpoint_type"] != "SERVERLESS":
        yield f"the load balancer leads to {group.block('cloud_run').get('service')}"
    backend, rule = plan.only("compute_backend_service"), plan.only("compute_global_forwarding_rule")
    if {backend["load_balancing_scheme"], rule["load_balancing_scheme"]} != {"EXTERNAL_MANAGED"}:
        yield "only EXTERNAL_MANAGED rewrites by a route rule"
    if backend["timeout_sec"] is not None or backend["health_checks"]:
        yield "Google takes no time-out and no health check in front of a function"
    if "compute.googleapis.com" not in {it["service"] for it in plan.of("project_service")}:
        yield "the API of the load balancer is off"


def only_tls_of_today_is_spoken(plan: Plan) -> Iterator[str]:
    rule, policy = plan.only("compute_global_forwarding_rule"), plan.only("compute_ssl_policy")
    if rule["port_range"] != "443" or plan.of("compute_target_http_proxy"):
        yield "plain http is answered"
    if policy["min_tls_version"] not in {"TLS_1_2", "TLS_1_3"} or policy["profile"] not in {"MODERN", "RESTRICTED"}:
        yield f"TLS: {policy['min_tls_version']} {policy['profile']}"
    used = plan.references("google_compute_target_https_proxy.events", "ssl_policy")
    if "google_compute_ssl_policy.events" not in used:
        yield "the proxy does not use the TLS policy"
    certificates = plan.of("compute_managed_ssl_certificate")
    if sorted(it.block("managed")["domains"] for it in certificates) != [[host] for host in sorted(EVENT_HOSTS)]:
        yield "not one certificate for each name"
    if len({it["name"] for it in certificates}) != len(certificates):
        yield "certificates with the same name"


RULES = (
    events_come_to_the_path_of_the_function,
    google_tries_the_same_paths,
    the_load_balancer_leads_to_one_function,
    only_tls_of_today_is_spoken,
)
