"""Stands on PATH as `terraform`: plans and applies the parts of an installation that the commands depend on.

Like the real one it takes variables from files, keeps to targets, stops halfway, and refuses a plan that is out of date.
A function does not start without a value for each of its secrets.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.cloud import NUMBER, Cloud

State = dict[str, Any]
LOCK = """
Error: Error acquiring the state lock

Error message: writing "gs://link-test-dossierlink-state/dossierlink/default.tflock" failed: googleapi: Error 412
Lock Info:
  ID:        1764170000123456
  Who:       anna@laptop
"""


class Failed(Exception):
    """Terraform writes this text and ends with 1."""


def option(name: str) -> list[str]:
    return [it.partition("=")[2] for it in sys.argv if it.startswith(f"-{name}=")]


def variables() -> State:
    """Of the files that are named, in their order. Of a .tfvars file only what the fake needs: its texts."""
    found: State = {}
    for name in option("var-file"):
        text = Path(name).read_text(encoding="utf-8")
        found |= (
            json.loads(text) if name.endswith(".json") else dict(re.findall(r'^(\w+)\s*=\s*"(.*)"', text, re.MULTILINE))
        )
        if hosts := re.search(r"^event_hosts = (\{.*\})$", text, re.MULTILINE):
            found["event_hosts"] = json.loads(hosts[1].replace(" = ", ": "))
    return found


def desired(given: State) -> dict[str, Any]:
    """Address → attributes, in the order in which they are made."""
    source = given["source_object"] or Path(given["source_zip"]).name
    table = yaml.safe_load((folder() / "../functions.yaml").read_text(encoding="utf-8"))
    names = given["secrets"]
    wanted: dict[str, Any] = {f'google_project_service.needed["{it}.googleapis.com"]': {} for it in ("run", "iam")}
    wanted["google_secret_manager_secret.settings"] = {}
    wanted |= {f'google_secret_manager_secret.secret["{name}"]': {} for name in names}
    wanted["google_storage_bucket.source"] = {"name": f"{given['project']}-dossierlink-source"}
    wanted["google_storage_bucket.blobs"] = {"name": f"{given['project']}-dossierlink-blobs"}
    wanted["google_firestore_database.store"] = {}
    wanted["google_cloud_tasks_queue.default"] = {}
    if given["source_zip"]:
        wanted["google_storage_bucket_object.source[0]"] = {"name": source, "from": given["source_zip"]}
    for function in table:
        own = sorted(name for name, readers in names.items() if function in readers)
        about = {"source": source, "settings_version": given["settings_version"], "secrets": own}
        wanted[f'google_cloudfunctions2_function.function["{function}"]'] = about
    return wanted


def folder() -> Path:
    return Path(option("chdir")[0])


def init(state: State) -> int:
    bucket = option("backend-config")[0].removeprefix("bucket=")
    if bucket not in state["buckets"]:
        raise Failed(f'Error: Failed to get existing workspaces: bucket "{bucket}" doesn\'t exist')
    Path(os.environ["TF_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    (folder() / ".terraform.lock.hcl").write_text("# made by the fake\n", encoding="utf-8")
    return 0


def plan(state: State) -> int:
    _lock(state)
    now, targets = state["resources"], option("target")
    wanted = {} if "-destroy" in sys.argv else desired(variables())
    concerned = [it for it in {**wanted, **now} if not targets or _is_target(it, targets)]
    changes = {
        "serial": state.get("serial", 0),
        "variables": variables(),
        "put": {it: wanted[it] for it in concerned if it in wanted and now.get(it) != wanted[it]},
        "drop": [it for it in concerned if it not in wanted],
    }
    Path(option("out")[0]).write_text(json.dumps(changes), encoding="utf-8")
    for address in changes["put"]:
        print(f"  # {address} will be {'updated' if address in now else 'created'}")
    for address in changes["drop"]:
        print(f"  # {address} will be destroyed")
    return 2 if changes["put"] or changes["drop"] else 0


def _is_target(address: str, targets: list[str]) -> bool:
    return any(address == it or address.startswith(f"{it}[") for it in targets)


def apply(state: State) -> int:
    _lock(state)
    changes = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
    if changes["serial"] != state.get("serial", 0):
        raise Failed("Error: Saved plan is stale")
    state["serial"] = state.get("serial", 0) + 1
    stop = state["fail"].get("terraform stops at")
    state["event_hosts"] = changes["variables"].get("event_hosts", {})
    for address, attributes in changes["put"].items():
        if stop and stop in address:
            raise Failed(f"Error: Error creating {address}: googleapi: Error 503: try again")
        print(f"{address}: Creating...")
        _make(state, changes["variables"], address, attributes)
        state["resources"][address] = attributes
    for address in changes["drop"]:
        del state["resources"][address]
        if address.startswith("google_secret_manager_secret.secret["):
            del state["secrets"][address.split('"')[1]]
    return 0


def _make(state: State, given: State, address: str, attributes: State) -> None:
    kind = address.partition(".")[0]
    if kind == "google_storage_bucket":
        state["buckets"][attributes["name"]] = {"name": attributes["name"]}
    elif kind == "google_storage_bucket_object":
        content = (folder() / attributes["from"]).read_bytes()
        state["objects"][f"gs://{given['project']}-dossierlink-source/{attributes['name']}"] = str(len(content))
    elif kind == "google_secret_manager_secret":
        name = "dossierlink-settings" if address.endswith(".settings") else address.split('"')[1]
        state["secrets"].setdefault(name, [])
    elif kind == "google_cloudfunctions2_function":
        _start(state, given, address, attributes)


def _start(state: State, given: State, address: str, about: State) -> None:
    """As Cloud Run starts a new revision."""
    without = [name for name in about["secrets"] if not state["secrets"].get(name)]
    there = f"gs://{given['project']}-dossierlink-source/{about['source']}" in state["objects"]
    unknown = about["settings_version"] > len(state["secrets"].get("dossierlink-settings", []))
    broken = about["settings_version"] in state["fail"].get("does not start with settings", [])
    if without or unknown or broken or not there:
        raise Failed(f"Error: Error waiting for {address}: Revision is not ready and cannot serve traffic. {without}")


def output(state: State) -> int:
    if not any(it.startswith("google_cloudfunctions2_function") for it in state["resources"]):
        print("{}")
        return 0
    tasks = f"cloudtasks://p/europe-west4?url={state['address']}&service_account=dl-caller@p.iam.gserviceaccount.com"
    hosts = {
        host: {"cooperation": cooperation, "address": "203.0.113.7"}
        for host, cooperation in state.get("event_hosts", {}).items()
    }
    print(json.dumps({"environment": {"value": {"LINK_TASKS": tasks}}, "event_hosts": {"value": hosts}}))
    return 0


def state_list(state: State) -> int:
    print("data.google_project.this", *state["resources"], sep="\n")
    return 0


def version(state: State) -> int:
    print(json.dumps({"terraform_version": state["terraform_version"], "number": NUMBER}))
    return 0


def _lock(state: State) -> None:
    if "lock" in state["fail"]:
        raise Failed(LOCK)


COMMANDS = {"init": init, "plan": plan, "apply": apply, "output": output, "state": state_list, "version": version}


def main() -> int:
    cloud = Cloud.of_this_process()
    cloud.note("terraform", sys.argv[1:])
    name = next(it for it in sys.argv[1:] if not it.startswith("-"))
    try:
        with cloud.change() as state:
            return COMMANDS[name](state)
    except Failed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
