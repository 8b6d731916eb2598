"""Calls every deployed function as a stranger, and looks whether it answers as it should. Nothing is stored by it.

A function that is called from outside answers in our own words that it does not know the caller or the address. An
internal one cannot be reached at all: Google itself answers. So it does for the pages for staff, with its sign-in; with
another sign-in they ask for it themselves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from infra.doctor.from_outside import is_ours
from infra.function_table import Row, rows
from infra.printed import say

_PAUSE = 5.0  # seconds between two looks
_NOBODY = "smoke-test"  # No cooperation has this name, so a wrong key for it raises no alarm.


@dataclass(frozen=True)
class Probe:
    """A call, and the answers that are right. `ours`: our own code gave the answer."""

    function: str
    method: str
    path: str
    statuses: tuple[int, ...]
    ours: bool

    def problem(self, address: str) -> str:
        """What is wrong with the answer; empty when it is right."""
        try:
            answer = httpx.request(self.method, address + self.path, timeout=60, follow_redirects=False)
        except httpx.HTTPError as error:
            return f"no answer ({type(error).__name__})"
        ours = is_ours(answer)
        if ours and not self.ours:
            return "anybody can reach it, and only our queue, our schedules or who signed in should"
        if answer.status_code not in self.statuses or ours != self.ours:
            return f"{self.method} {self.path} is answered with {answer.status_code}" + ("" if ours else " by Google")
        return ""


def probes(function: str, row: Row, staff_sign_in: str) -> list[Probe]:
    """The calls to a row of the table of functions. `staff_sign_in`: see `Project`."""
    if row.credential == "sign_in":
        googles = Probe(function, "GET", "/", (302, 401, 403), ours=False)
        return [googles if staff_sign_in == "iap" else Probe(function, "GET", "/", (401,), ours=True)]
    if not row.is_public:
        return [Probe(function, "POST", "/", (401, 403, 404), ours=False)]
    if row.credential == "feed_key":
        return [
            Probe(function, "GET", path, (401,), ours=True)
            for path in (f"/{_NOBODY}/odata/", f"/{_NOBODY}/journeys.csv")
        ]
    path, status = {
        "none": (f"/{_NOBODY}/{_NOBODY}", 404),
        "bearer_key": (f"/{_NOBODY}", 401),
        "path_key": (f"/{_NOBODY}/no-key/hoomdossier/afspraak", 401),
    }[row.credential]
    return [Probe(function, "GET", "/", (404, 405), ours=True), Probe(function, "POST", path, (status,), ours=True)]


def run(address: str, wait: float, staff_sign_in: str) -> list[str]:
    """What is wrong after at most `wait` seconds, a line each. `address` has {function} in the place of its name.

    A new function needs some minutes before all of Google knows who may call it.
    """
    say("Looking whether every function answers as it should. The first time this takes some minutes.")
    left = [it for function, row in rows().items() for it in probes(function, row, staff_sign_in)]
    end = time.monotonic() + wait
    while True:
        found = [(it, problem) for it in left if (problem := it.problem(address.replace("{function}", it.function)))]
        left = [it for it, _ in found]
        if not left or time.monotonic() > end:
            return [f"{it.function}: {problem}" for it, problem in found]
        time.sleep(min(_PAUSE, wait))
