"""Asks the stand-ins and the mailbox of a local run what they hold. The demo never reads the store of dossierlink."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
WAITS_AT_MOST = 240.0  # seconds; after a crash a call that was under way is not repeated before its lease ends


class DemoFailed(Exception):
    """A step of the demo did not have its result, or not in time; the text says which."""


def eventually(failure: str, look: Callable[..., T | None], *arguments: Any) -> T:
    """Calls `look(*arguments)` until it returns a true value, and returns that.

    Raises DemoFailed with the text `failure` after WAITS_AT_MOST.
    """
    until = time.monotonic() + WAITS_AT_MOST
    while not (found := look(*arguments)):
        if time.monotonic() > until:
            raise DemoFailed(failure)
        time.sleep(0.1)
    return found


class Client:
    """`base` is the URL of the local run. Every method raises httpx.HTTPError when the local run does not answer."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=60)

    def econobis(self, cooperation: str) -> Any:
        """All tables of the stand-in, by name."""
        return self._json(f"/econobis/{cooperation}/_state")

    def hoomdossier(self, cooperation: str) -> Any:
        """All tables of the stand-in, by name."""
        return self._json(f"/hoomdossier/{cooperation}/_state")

    def letter_to(self, email: str) -> dict[str, Any] | None:
        """The oldest e-mail to this address; None when there is none yet."""
        return next(iter(self.letters_to(email)), None)

    def letters_to(self, email: str) -> list[dict[str, Any]]:
        """The e-mails to this address, oldest first."""
        return [letter for letter in self._json("/mail/messages") if email in letter["to"]]

    def contact_id(self, cooperation: str, email: str) -> int | None:
        """The id of the contact in Econobis with this e-mail address; None when there is none yet."""
        rows = self.econobis(cooperation).get("email_addresses", [])
        return next((row["contact_id"] for row in rows if row["email"] == email), None)

    def account_id(self, cooperation: str, contact_id: int) -> int | None:
        """The account id in Hoomdossier that Econobis has stored with the contact."""
        rows = self.econobis(cooperation)["contacts"]
        return next((row.get("hoom_account_id") for row in rows if row["id"] == contact_id), None)

    def add_fault(self, peer: str, cooperation: str, fault: dict[str, Any]) -> None:
        """Adds a fault (infra.standins.stand_in.Fault) to a stand-in; `peer` is econobis or hoomdossier."""
        self.http.post(f"/{peer}/{cooperation}/_faults", json=[fault]).raise_for_status()

    def has_no_faults(self, peer: str, cooperation: str) -> bool:
        """Whether every fault of the stand-in has been used up."""
        faults = self._json(f"/{peer}/{cooperation}/_state")["faults"]
        return not any(fault["times"] for fault in faults)

    def wait_until_quiet(self, cooperation: str) -> None:
        """Returns when Econobis has had no call for 1.5 seconds."""
        before = -1
        while before != (now := len(self._json(f"/econobis/{cooperation}/_received"))):
            before = now
            time.sleep(1.5)

    def dossier(self, cooperation: str, contact_id: int) -> dict[str, Any] | None:
        """The ids of account, user and building of the resident with this contact id."""
        state = self.hoomdossier(cooperation)
        for user in state.get("users", []):
            if json.loads(user.get("extra") or "{}").get("contact_id") == contact_id:
                for building in state.get("buildings", []):
                    if building["user_id"] == user["id"]:
                        return {"account": user["account_id"], "user": user["id"], "building": building["id"]}
        return None

    def is_linked(self, cooperation: str, building_id: int, coach: int) -> bool:
        """Whether a coach is linked to the building. `coach` is the contact id of the coach."""
        state = self.hoomdossier(cooperation)
        contact = {user["id"]: json.loads(user.get("extra") or "{}").get("contact_id") for user in state["users"]}
        links = state.get("building_coach_statuses", [])
        return coach in {contact[link["coach_id"]] for link in links if link["building_id"] == building_id}

    def visits(self, cooperation: str, contact_id: int, coach: int) -> list[dict[str, Any]]:
        """The visits (quotation requests) of this coach with this contact, newest last."""
        state = self.econobis(cooperation)
        intakes = {row["id"] for row in state.get("intakes", []) if row["contact_id"] == contact_id}
        chances = {row["id"] for row in state.get("opportunities", []) if row["intake_id"] in intakes}
        actions = state.get("quotation_requests", [])
        return [row for row in actions if row["opportunity_id"] in chances and row.get("contact_id") == coach]

    def opportunities(self, cooperation: str, contact_id: int) -> list[dict[str, Any]]:
        """The opportunities in Econobis that follow from the intakes of this contact."""
        state = self.econobis(cooperation)
        intakes = {row["id"] for row in state.get("intakes", []) if row["contact_id"] == contact_id}
        return [row for row in state.get("opportunities", []) if row["intake_id"] in intakes]

    def visit_status(self, cooperation: str, visit: dict[str, Any]) -> str:
        """The `code_ref` of the status of a visit in Econobis."""
        statuses = self.econobis(cooperation)["quotation_request_status"]
        return next(str(row["code_ref"]) for row in statuses if row["id"] == visit["status_id"])

    def _json(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()
