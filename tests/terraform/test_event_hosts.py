"""The load balancer for names of Econobis: made only when it is asked for, and its paths are those of the function."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.plan import Plan
from tests.terraform.rules.event_hosts import KINDS, forwarded
from tests.terraform.workspace import EVENT_HOSTS, GIVEN, VARIABLES, Workspace
from tests.tree import ROOT
from tests.world.functions_over_http import HOOMDOSSIER, running

pytestmark = pytest.mark.xdist_group("terraform")
JSON = {"Content-Type": "application/json"}
RECORDED = ROOT / "tests/fixtures/vectors/wire/hoomdossier_to_econobis__afspraak_two_coaches.json"


def test_without_a_name_nothing_of_it_is_made(plan: Plan, copy: Workspace) -> None:
    (copy.terraform / GIVEN).write_text(json.dumps({**VARIABLES, "event_hosts": {}}), encoding="utf-8")
    without = copy.plan()
    left = {it.address: it.values for it in without.resources}
    assert not [it for it in without.resources if it.type.startswith("google_compute_")]
    added = {it.address for it in plan.resources} - set(left)
    assert {it.partition(".")[0] for it in added} == {
        *(f"google_{kind}" for kind in KINDS),
        "google_project_service",
    }
    changed = {it.address for it in plan.resources if it.address in left and it.values != left[it.address]}
    assert changed == {'google_cloud_run_v2_service.page["show-staff"]'}  # It tells staff the names.
    assert "LINK_EVENT_HOSTS" not in without.text.partition('"configuration"')[0]


def test_the_default_is_no_name(copy: Workspace) -> None:
    variables = {name: value for name, value in VARIABLES.items() if name != "event_hosts"}
    (copy.terraform / GIVEN).write_text(json.dumps(variables), encoding="utf-8")
    assert not [it for it in copy.plan().resources if it.type.startswith("google_compute_")]


def test_an_event_as_hoomdossier_sends_it_is_taken(plan: Plan, tmp_path: Path) -> None:
    """The path of a recorded push, with our key in it, as the load balancer passes it on."""
    host = next(host for host, cooperation in EVENT_HOSTS.items() if cooperation == "zonnig-dorp")
    sent = json.loads(RECORDED.read_text(encoding="utf-8"))["request"]
    path = forwarded(plan, host, sent["path"].replace("Ab3dEf-key", HOOMDOSSIER))
    assert path == f"/zonnig-dorp/{HOOMDOSSIER}/hoomdossier/afspraak"
    with running(tmp_path) as link:
        assert link.post("receive-event", path, content=sent["body"], headers=JSON).status_code == 200
        wrong = forwarded(plan, host, "/api/no-key/hoomdossier/afspraak")
        assert link.post("receive-event", wrong, content=sent["body"], headers=JSON).status_code == 401
        for other in ("/", "/api/", "/favicon.ico", "/.well-known/security.txt"):
            assert link.post("receive-event", forwarded(plan, host, other)).status_code == 404


def test_a_name_that_comes_later_leaves_the_certificates_of_the_others_alone(copy: Workspace) -> None:
    copy.run("apply", "-auto-approve", "-no-color", f"-var-file={GIVEN}")
    more = {**EVENT_HOSTS, "aardgasvrij.econobis.nl": "meer"}
    copy.run("plan", "-no-color", f"-var-file={GIVEN}", f"-var=event_hosts={json.dumps(more)}", "-out=next.tfplan")
    planned = json.loads(copy.run("show", "-json", "next.tfplan"))
    changes = {it["address"]: it["change"]["actions"] for it in planned["resource_changes"]}
    assert {address: actions for address, actions in changes.items() if actions != ["no-op"]} == {
        'google_compute_managed_ssl_certificate.events["aardgasvrij.econobis.nl"]': ["create"],
        "google_compute_target_https_proxy.events[0]": ["update"],
        "google_compute_url_map.events[0]": ["update"],
        'google_cloud_run_v2_service.page["show-staff"]': ["update"],
    }


def test_the_address_is_told(copy: Workspace) -> None:
    copy.run("apply", "-auto-approve", "-no-color", f"-var-file={GIVEN}")
    told = json.loads(copy.run("output", "-json", "event_hosts"))
    address = "google_compute_global_address.address"
    assert told == {host: {"cooperation": name, "address": address} for host, name in EVENT_HOSTS.items()}
