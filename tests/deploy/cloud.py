"""The scripted cloud of the fake `gcloud` and `terraform`: one JSON file that both read and write, and a list of calls."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = "link-test"
NUMBER = "123456789012"


def empty() -> dict[str, Any]:
    """A project with billing and nothing in it, and a person who may do everything.

    `fail` holds what shall go wrong: the first words of a command, and the text that it writes.
    """
    return {
        "gcloud_version": "528.0.0",
        "terraform_version": "1.11.4",
        "logged_in": True,
        "terraform_logged_in": True,
        "projects": {PROJECT: {"billing": True}},
        "lacking": [],
        "apis": ["storage.googleapis.com", "serviceusage.googleapis.com"],
        "buckets": {},
        "objects": {},
        "secrets": {},
        "resources": {},
        "address": "",
        "fail": {},
    }


class Cloud:
    """`folder` keeps the state and what was called."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "cloud.json"
        self.calls_file = folder / "calls.jsonl"

    @classmethod
    def of_this_process(cls) -> Cloud:
        return cls(Path(os.environ["FAKE_CLOUD"]))

    def read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return state

    def write(self, state: dict[str, Any]) -> None:
        self.file.write_text(json.dumps(state), encoding="utf-8")

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """Yields the state, and keeps it also when the block fails: a cloud forgets nothing."""
        state = self.read()
        try:
            yield state
        finally:
            self.write(state)

    def note(self, program: str, arguments: list[str]) -> None:
        with self.calls_file.open("a", encoding="utf-8") as calls:
            calls.write(json.dumps([program, *arguments]) + "\n")

    def calls(self, *words: str) -> list[list[str]]:
        """The calls that begin with these words, as they were made."""
        if not self.calls_file.exists():
            return []
        calls = [json.loads(line) for line in self.calls_file.read_text(encoding="utf-8").splitlines()]
        return [call for call in calls if [it for it in call if not it.startswith("-")][: len(words)] == list(words)]

    def functions(self) -> dict[str, Any]:
        """The deployed functions, with what each was started with."""
        start = 'google_cloudfunctions2_function.function["'
        there = self.read()["resources"].items()
        return {name[len(start) : -2]: about for name, about in there if name.startswith(start)}

    def releases(self) -> list[dict[str, Any]]:
        """What was written down of each release, the newest last."""
        objects = self.read()["objects"]
        return [json.loads(base64.urlsafe_b64decode(objects[it])) for it in sorted(objects) if "/releases/" in it]

    def forget_calls(self) -> None:
        self.calls_file.unlink(missing_ok=True)
