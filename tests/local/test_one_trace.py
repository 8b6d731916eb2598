"""One trace goes from a form to Econobis, over the store, the queue and all functions (real HTTP and real processes)."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from infra.local.demo.client import Client, eventually
from infra.local.demo.local_run import LocalRun

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
FORM = {
    "voornaam": "Lotte", "achternaam": "Maes", "emailadres": "lotte@example.org", "adres_postcode": "9000",
    "adres_huisnummer": "1", "adres_straat": "Kerkstraat", "adres_plaats": "Gent", "akkoord_privacybeleid": "ja",
}  # fmt: skip


def test_all_that_follows_from_a_form_is_one_trace(tmp_path: Path) -> None:
    with LocalRun(tmp_path) as local_run:
        client = Client(local_run.base)
        form = "/functions/receive-webform/meer-energie/aanmelden"
        assert client.http.post(form, json=FORM, headers={"traceparent": PARENT}).status_code == 202
        eventually("no welcome", client.letter_to, FORM["emailadres"])
        eventually("no letter to the coach", coach_is_told, local_run)
        client.http.close()
        lines = logged(local_run)
    flows = defaultdict(set)
    for line in lines:
        flows[line["logging.googleapis.com/trace"]].add((line["function"], line["flow"]))
    assert ("receive_webform", "keep_sign_up") in flows[f"projects/local/traces/{TRACE}"]
    assert ("run_task", "submit_intake") in flows[f"projects/local/traces/{TRACE}"]
    assert ("run_task", "link_coach") in flows[f"projects/local/traces/{TRACE}"]
    # Econobis sends no trace when it asks for the dossier, so that call and what follows from it are a second trace.
    (asked,) = (trace for trace, them in flows.items() if ("create_dossier", "create_dossier") in them)
    assert not asked.endswith(TRACE)
    assert ("send_email", "send_email") in flows[asked]
    assert all("work" in line for line in lines if line["flow"] != "pull_appointments")
    accepted, *_ = (line for line in lines if line["flow"] == "keep_sign_up")
    submitted, *_ = (line for line in lines if line["flow"] == "submit_intake")
    assert accepted["work"] == submitted["work"]
    assert {"severity", "message", "cooperation", "outcome", "collection", "generation"} <= submitted.keys()


def logged(local_run: LocalRun) -> list[dict[str, Any]]:
    """The lines about this sign-up."""
    found = [line for line in local_run.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    lines = [json.loads(line) for line in found]
    return [line for line in lines if line.get("cooperation") == "meer-energie" and "flow" in line]


def coach_is_told(local_run: LocalRun) -> bool:
    return sum(line["flow"] == "send_email" for line in logged(local_run)) >= 2
