"""The calls and letters of the link, as the peers and the mailbox received them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from infra.standins.mailbox.box import Letter
from tests.world.residents import COOPERATION
from tests.world.world import World


def forms(world: World, cooperation: str = COOPERATION) -> list[dict[str, str]]:
    """The fields of each call to Econobis' webform, oldest first."""
    return [dict(parse_qsl(row["body"])) for row in world.received("econobis", cooperation, "/webform/")]


def sign_ups(world: World) -> list[dict[str, str]]:
    """The webform's calls that make or correct an intake, oldest first, without the calls that only ask for a dossier."""
    return [form for form in forms(world) if "intake_id_extern" in form]


def task_notes(world: World) -> list[str]:
    """The notes of all tasks that Econobis made for its staff."""
    return [row["note"] or "" for row in world.rows(COOPERATION, "tasks")]


def events(world: World, kind: str, cooperation: str = COOPERATION) -> list[dict[str, Any]]:
    """The events of one kind (Hoomdossier's word) that Econobis received, oldest first."""
    return [json.loads(row["body"]) for row in world.received("econobis", cooperation, f"/hoomdossier/{kind}")]


def answers(world: World, peer: str, part: str, cooperation: str = COOPERATION) -> list[int | str]:
    """The peer's answers to the calls whose path contains `part`: a status, or how a fault ended the call."""
    return [row["answered"] for row in world.received(peer, cooperation, part)]


def letters(world: World, to: str) -> list[Letter]:
    return [letter for letter in world.letters.letters() if to in letter.recipients]


def is_ours(call: dict[str, Any]) -> bool:
    """Whether our link made this call. The screens of Econobis call Econobis too."""
    return any(part in call["path"] for part in ("/webform/external/", "/hoomdossier/", "/api/v1/"))


def calls_of_ours(world: World, peer: str, cooperation: str = COOPERATION) -> list[dict[str, Any]]:
    return [row for row in world.received(peer, cooperation) if is_ours(row)]


def reserved(world: World, peer: str, window: str = "host") -> int:
    """How many calls the limiter has given room to, while they are few enough that it remembers all."""
    document = world.observer.store.get("peers", peer)
    return len(document.data["calls"][window]) if document else 0


def years(world: World, status: int | None = None) -> list[int]:
    """The building years in the events that Econobis received, in order; with `status` only those it answered so."""
    told = zip(events(world, "gebruik"), answers(world, "econobis", "/gebruik"), strict=True)
    return [body["current"]["build-year"]["answers"]["value"] for body, it in told if status in (None, it)]
