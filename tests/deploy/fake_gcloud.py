"""Stands on PATH as `gcloud`: answers from the scripted cloud, in the form of gcloud's JSON, and notes every call."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.deploy.cloud import NUMBER, Cloud

State = dict[str, Any]
TOKEN = "a-token-of-the-fake"


class Failed(Exception):
    """gcloud writes this text and ends with 1."""


class Call:
    """`words` are the arguments without options; `options` has the values of `--name=value`, or ""."""

    def __init__(self, arguments: list[str]) -> None:
        self.words = [it for it in arguments if not it.startswith("--")]
        pairs = [it[2:].partition("=") for it in arguments if it.startswith("--")]
        self.options = {name: value for name, _, value in pairs}

    def project(self, state: State) -> str:
        name = self.options["project"]
        if name not in state["projects"]:
            raise Failed(f"(gcloud) PERMISSION_DENIED: the project {name} cannot be seen")
        return name


def version(_call: Call, state: State) -> Any:
    return {"Google Cloud SDK": state["gcloud_version"], "core": "2025.06.20"}


def logins(_call: Call, state: State) -> Any:
    return [{"account": "anna@example.org", "status": "ACTIVE"}] if state["logged_in"] else []


def token(_call: Call, _state: State) -> Any:
    return {"token": TOKEN}


def token_of_terraform(_call: Call, state: State) -> Any:
    if not state["terraform_logged_in"]:
        raise Failed("(gcloud.auth.application-default.print-access-token) Your default credentials were not found.")
    return {"token": TOKEN}


def project(call: Call, state: State) -> Any:
    name = call.words[-1]
    if name not in state["projects"]:
        raise Failed(
            f"(gcloud.projects.describe) [anna] does not have permission to access {name} (or it may not exist)"
        )
    return {"projectId": name, "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}


def billing(call: Call, state: State) -> Any:
    return {"billingEnabled": state["projects"][call.words[-1]]["billing"]}


def apis(call: Call, state: State) -> Any:
    call.project(state)
    return [{"config": {"name": name}, "state": "ENABLED"} for name in state["apis"]]


def turn_on(call: Call, state: State) -> Any:
    call.project(state)
    state["apis"] = sorted({*state["apis"], *call.words[2:]})


def buckets(call: Call, state: State) -> Any:
    call.project(state)
    return list(state["buckets"].values())


def make_bucket(call: Call, state: State) -> Any:
    name = call.words[-1].removeprefix("gs://")
    if name in state["buckets"]:
        raise Failed("(gcloud.storage.buckets.create) HTTPError 409: the bucket you tried to create is not available.")
    state["buckets"][name] = {"name": name, "location": call.options["location"].upper(), **_access(call)}


def change_bucket(call: Call, state: State) -> Any:
    bucket = state["buckets"][call.words[-1].removeprefix("gs://")]
    bucket.update(_access(call))
    if "versioning" in call.options:
        bucket["versioning"] = {"enabled": True}


def _access(call: Call) -> State:
    return {
        "iamConfiguration": {
            "publicAccessPrevention": "enforced" if "public-access-prevention" in call.options else "inherited",
            "uniformBucketLevelAccess": {"enabled": "uniform-bucket-level-access" in call.options},
        }
    }


def objects(call: Call, state: State) -> Any:
    bucket, _, pattern = call.words[-1].removeprefix("gs://").partition("/")
    _there(state, bucket)
    prefix = f"gs://{bucket}/{pattern.removesuffix('*')}"
    return [{"name": it.split("/", 3)[3]} for it in state["objects"] if it.startswith(prefix)]


def cat(call: Call, state: State) -> Any:
    if call.words[-1] not in state["objects"]:
        raise Failed(f"(gcloud.storage.cat) The following URLs matched no objects or files: {call.words[-1]}")
    return json.loads(_decoded(state["objects"][call.words[-1]]))


def copy(call: Call, state: State) -> Any:
    source, target = call.words[-2:]
    if target.startswith("gs://"):
        _there(state, target.split("/")[2])
        state["objects"][target] = _encoded(Path(source).read_bytes())
    else:
        Path(target).write_bytes(_decoded(state["objects"][source]))


def _there(state: State, bucket: str) -> None:
    if bucket not in state["buckets"]:
        raise Failed(f"(gcloud.storage) HTTPError 404: the bucket {bucket} does not exist.")


def secrets(call: Call, state: State) -> Any:
    call.project(state)
    return [{"name": f"projects/{NUMBER}/secrets/{name}"} for name in state["secrets"]]


def versions(call: Call, state: State) -> Any:
    name = call.words[-1]
    if name not in state["secrets"]:
        raise Failed(f"(gcloud.secrets.versions.list) NOT_FOUND: Secret [{name}] not found.")
    there = range(len(state["secrets"][name]), 0, -1)
    return [{"name": f"projects/{NUMBER}/secrets/{name}/versions/{number}", "state": "ENABLED"} for number in there]


def access(call: Call, state: State) -> Any:
    number, values = int(call.words[-1]), state["secrets"][call.options["secret"]]
    return {"name": f"…/versions/{number}", "payload": {"data": _encoded(values[number - 1].encode())}}


def add(call: Call, state: State) -> Any:
    assert call.options["data-file"] == "-", "a value comes by the input"
    values = state["secrets"][call.words[-1]]
    values.append(sys.stdin.read())
    return {"name": f"projects/{NUMBER}/secrets/{call.words[-1]}/versions/{len(values)}"}


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


COMMANDS: dict[str, Callable[[Call, State], Any]] = {
    "version": version,
    "auth list": logins,
    "auth print-access-token": token,
    "auth application-default print-access-token": token_of_terraform,
    "projects describe": project,
    "billing projects describe": billing,
    "services list": apis,
    "services enable": turn_on,
    "storage buckets list": buckets,
    "storage buckets create": make_bucket,
    "storage buckets update": change_bucket,
    "storage objects list": objects,
    "storage cat": cat,
    "storage cp": copy,
    "secrets list": secrets,
    "secrets versions list": versions,
    "secrets versions access": access,
    "secrets versions add": add,
}


def main() -> int:
    cloud, call = Cloud.of_this_process(), Call(sys.argv[1:])
    cloud.note("gcloud", sys.argv[1:])
    line = " ".join(call.words)
    name = max((it for it in COMMANDS if line.startswith(it)), key=len)
    try:
        with cloud.change() as state:
            if text := next(
                (text for start, text in state["fail"].items() if f"gcloud {line}".startswith(start)), None
            ):
                raise Failed(text)
            answer = COMMANDS[name](call, state)
    except Failed as failed:
        sys.stderr.write(f"ERROR: {failed}\n")
        return 1
    if answer is not None:
        sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
