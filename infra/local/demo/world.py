"""What the two stand-ins and the mailbox say: the demo asks them, and never our own store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
SECONDS = 240.0  # After a crash a call under way is left alone for as long as it can take.


class NotSo(Exception):
    """What should be there is not."""


def eventually(not_so: str, look: Callable[..., T | None], *of: Any) -> T:
    """The first answer of `look(*of)` that is something. Raises NotSo with the text."""
    until = time.monotonic() + SECONDS
    while not (found := look(*of)):
        if time.monotonic() > until:
            raise NotSo(not_so)
        time.sleep(0.1)
    return found


class World:
    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=60)

    def econobis(self, cooperation: str) -> Any:
        return self._json(f"/econobis/{cooperation}/_state")

    def hoomdossier(self, cooperation: str) -> Any:
        return self._json(f"/hoomdossier/{cooperation}/_state")

    def letter_to(self, email: str) -> dict[str, Any] | None:
        return next(iter(self.letters_to(email)), None)

    def letters_to(self, email: str) -> list[dict[str, Any]]:
        return [letter for letter in self._json("/mail/messages") if email in letter["to"]]

    def contact_id(self, cooperation: str, email: str) -> int | None:
        rows = self.econobis(cooperation).get("email_addresses", [])
        return next((row["contact_id"] for row in rows if row["email"] == email), None)

    def account_id(self, cooperation: str, contact_id: int) -> int | None:
        """As Econobis knows it."""
        rows = self.econobis(cooperation)["contacts"]
        return next((row.get("hoom_account_id") for row in rows if row["id"] == contact_id), None)

    def break_down(self, peer: str, cooperation: str, fault: dict[str, Any]) -> None:
        self.http.post(f"/{peer}/{cooperation}/_faults", json=[fault]).raise_for_status()

    def has_no_faults(self, peer: str, cooperation: str) -> bool:
        faults = self._json(f"/{peer}/{cooperation}/_state")["faults"]
        return not any(fault["times"] for fault in faults)

    def wait_until_quiet(self, cooperation: str) -> None:
        """No call for a while."""
        before = -1
        while before != (now := len(self._json(f"/econobis/{cooperation}/_received"))):
            before = now
            time.sleep(1.5)

    def dossier(self, cooperation: str, contact_id: int) -> dict[str, Any] | None:
        """Ids of account, user and building."""
        state = self.hoomdossier(cooperation)
        for user in state.get("users", []):
            if json.loads(user.get("extra") or "{}").get("contact_id") == contact_id:
                for building in state.get("buildings", []):
                    if building["user_id"] == user["id"]:
                        return {"account": user["account_id"], "user": user["id"], "building": building["id"]}
        return None

    def is_linked(self, cooperation: str, building_id: int, coach: int) -> bool:
        """`coach` is Econobis' contact id."""
        state = self.hoomdossier(cooperation)
        contact = {user["id"]: json.loads(user.get("extra") or "{}").get("contact_id") for user in state["users"]}
        links = state.get("building_coach_statuses", [])
        return coach in {contact[link["coach_id"]] for link in links if link["building_id"] == building_id}

    def visits(self, cooperation: str, contact_id: int, coach: int) -> list[dict[str, Any]]:
        """The visits of this coach with this contact, the newest last."""
        state = self.econobis(cooperation)
        intakes = {row["id"] for row in state.get("intakes", []) if row["contact_id"] == contact_id}
        chances = {row["id"] for row in state.get("opportunities", []) if row["intake_id"] in intakes}
        actions = state.get("quotation_requests", [])
        return [row for row in actions if row["opportunity_id"] in chances and row.get("contact_id") == coach]

    def opportunities(self, cooperation: str, contact_id: int) -> list[dict[str, Any]]:
        state = self.econobis(cooperation)
        intakes = {row["id"] for row in state.get("intakes", []) if row["contact_id"] == contact_id}
        return [row for row in state.get("opportunities", []) if row["intake_id"] in intakes]

    def visit_status(self, cooperation: str, visit: dict[str, Any]) -> str:
        statuses = self.econobis(cooperation)["quotation_request_status"]
        return next(str(row["code_ref"]) for row in statuses if row["id"] == visit["status_id"])

    def _json(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()
