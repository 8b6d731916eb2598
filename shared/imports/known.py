"""What the link knows of all residents of a cooperation, to lay a file beside: read once, in three questions.

Only the fields that are compared are looked at, because the whole models of 50,000 residents take too long to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.clock import from_text
from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit
from shared.domain.link import Link
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.stored_model import StoredModel
from shared.work.services import Services

PAGE = 500


@dataclass(frozen=True, slots=True)
class KnownResident:
    """The fields of Resident with the same names; `contact_id` is the present one of merged contacts.

    `is_unsure`: whether its dossier was made is not known. `has_dossier_since` (UTC): the link knows it since then.
    """

    contact_id: ContactId
    name: str = ""
    home: str = ""
    account_id: int | None = None
    user_id: int | None = None
    building_id: int | None = None
    coach: ContactId | None = None
    visit_ids: tuple[int, ...] = ()
    is_coach: bool = False
    is_unsure: bool = False
    has_dossier_since: datetime | None = None


@dataclass
class Known:
    """`visits` are by building id, `links` by (coach, resident): whether it waits for a person. Contacts are those that
    are left of merged ones.
    """

    residents: dict[ContactId, KnownResident] = field(default_factory=dict)
    visits: dict[int, KnownVisit] = field(default_factory=dict)
    links: dict[tuple[ContactId, ContactId], bool] = field(default_factory=dict)
    by_building: dict[int, ContactId] = field(default_factory=dict)

    @cached_property
    def by_account(self) -> dict[int, ContactId]:
        """Whose account it is."""
        return {it.account_id: contact_id for contact_id, it in self.residents.items() if it.account_id}

    @cached_property
    def by_home(self) -> dict[str, list[ContactId]]:
        """Who lives there, as `1234AB 12A`. Made when it is asked for: a file has numbers."""
        found: dict[str, list[ContactId]] = {}
        for contact_id, resident in self.residents.items():
            if resident.home:
                found.setdefault(resident.home, []).append(contact_id)
        return found


def read_known(services: Services, cooperation: str) -> Known:
    """Raises StoreUnavailable. What a newer version of the link wrote is left out."""
    settings, known = services.cooperations[cooperation], Known()
    for data in _documents(services, Resident, cooperation):
        resident = _resident(settings, data)
        first = known.residents.get(resident.contact_id)
        # Of merged contacts the one that is left counts; another only adds what that one lacks.
        if first is None or data["contact_id"] == resident.contact_id:
            known.residents[resident.contact_id] = resident
    for data in _documents(services, Relay, cooperation):
        visit = KnownVisit.of_document(data)
        if visit.contact_id:
            known.by_building[data["building_id"]] = settings.current_contact(ContactId(visit.contact_id))
        if visit != KnownVisit(visit.contact_id):  # Of most homes the link knows no visit: keep no empty ones.
            known.visits[data["building_id"]] = visit
    for data in _documents(services, Link, cooperation):
        pair = (
            settings.current_contact(data["coach_contact_id"]),
            settings.current_contact(data["resident_contact_id"]),
        )
        known.links[pair] = data.get("parked") is not None
    for contact_id, resident in known.residents.items():
        if resident.building_id:
            known.by_building[resident.building_id] = contact_id
    return known


def _documents(services: Services, model: Any, cooperation: str) -> Iterable[Mapping[str, Any]]:
    kind: type[StoredModel] = model
    for document in services.records(model).documents(PAGE, cooperation=cooperation):
        if document.data.get("v", 1) <= kind.VERSION:
            yield document.data


def _resident(settings: Cooperation, data: Mapping[str, Any]) -> KnownResident:
    person, effect = data.get("person") or {}, data.get("effect") or {}
    names = (person.get(part) for part in ("first_name", "prefix", "last_name"))
    dossier = (data.get("milestones") or {}).get("dossier")
    unsure = effect.get("state") in {"sent", "unknown"} or effect.get("again", 0) > 0 or data.get("parked") is not None
    return KnownResident(
        contact_id=settings.current_contact(data["contact_id"]),
        name=" ".join(part for part in names if part),
        home=data.get("home") or "",
        account_id=data.get("account_id"),
        user_id=data.get("user_id"),
        building_id=data.get("building_id"),
        coach=data.get("visit_coach") or data.get("named_coach"),
        visit_ids=tuple(data.get("visit_ids") or ()),
        is_coach=data.get("is_coach", False),
        is_unsure=data.get("account_id") is None and unsure,
        has_dossier_since=from_text(dossier) if dossier and data.get("account_id") else None,
    )
