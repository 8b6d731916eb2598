"""What Econobis and Hoomdossier hold of an invented resident, written by the stand-ins' own code at the right moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.local.full_campaign.people import COACHES, Invented
from infra.standins.database import Database
from infra.standins.econobis import quotation_requests, webform
from infra.standins.econobis.events import visits
from infra.standins.hoomdossier import coach_link, dossier, register
from infra.standins.hoomdossier.dossier import MASTER_SOURCE, USER_MODEL
from shared.domain.ids import ContactId
from shared.domain.local_time import to_amsterdam
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.econobis.answers import WebformAnswer, read_webform_answer
from shared.econobis.payloads import sign_up_fields

CAMPAIGN, MEASURE = 1, 1
_NEW_COACHES = {13: ("Willemijn", "Warm"), 14: ("Dirk", "Dak"), 15: ("Nadia", "Nul")}
_COACH_ROLE = 4


@dataclass
class Peers:
    """The tables of both stand-ins of one cooperation, and the key of its web form in Econobis."""

    econobis: Database
    hoomdossier: Database
    webform_key: str

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction at each, so that three hundred residents take seconds. The clocks are right again after it."""
        with self.econobis.transaction(), self.hoomdossier.transaction():
            try:
                yield
            finally:
                self.econobis.set_now(None)
                self.hoomdossier.set_now(None)

    def add_coaches(self) -> None:
        """The coaches whom the demo does not have."""
        for contact, (first, last) in _NEW_COACHES.items():
            self._coach_in_econobis(contact, first, last)
            self._coach_in_hoomdossier(contact, first, last)

    def sign_up(self, it: Invented, our_id: str) -> WebformAnswer:
        """Econobis takes the sign-up."""
        assert it.intake
        self.econobis.set_now(it.intake)
        fields = sign_up_fields(
            sign_up_of(it), our_id=our_id, campaign_id=CAMPAIGN, measure_ids=[MEASURE], action="visit",
            coach_contact_id=_coach_in_econobis(it),
        )  # fmt: skip
        kind = "application/x-www-form-urlencoded"
        status, lines = webform.post(self.econobis, self.webform_key, kind, urlencode(fields).encode(), b"")
        assert status == 200, lines
        answer = read_webform_answer(lines, lambda text: text)
        # Its address register has one street for everybody.
        (address,) = self.econobis.rows("addresses", contact_id=answer.contact_id)
        self.econobis.update("addresses", address["id"], street=it.street)
        return answer

    def make_dossier(self, it: Invented, contact: ContactId) -> tuple[int, int, int]:
        """The account, user and building in Hoomdossier. Econobis gets the account id."""
        assert it.dossier
        self.hoomdossier.set_now(it.dossier)
        (cooperation,) = self.hoomdossier.rows("cooperations")
        body = {
            "extra": {"contact_id": contact}, "email": it.email, "first_name": it.first_name,
            "last_name": f"{it.prefix} {it.last_name}".strip(), "postal_code": it.postal_code, "number": str(it.house),
            "house_number_extension": "", "street": it.street, "city": "Zonnig Dorp", "roles": ["resident"],
        }  # fmt: skip
        made = register.register(self.hoomdossier, cooperation, body)
        (building,) = self.hoomdossier.rows("buildings", user_id=made["user_id"])
        self.econobis.update("contacts", contact, hoom_account_id=made["account_id"])
        return made["account_id"], made["user_id"], building["id"]

    def link_coach(self, it: Invented, contact: ContactId) -> None:
        """Hoomdossier links the coach."""
        assert it.coach_linked
        self.hoomdossier.set_now(it.coach_linked)
        (cooperation,) = self.hoomdossier.rows("cooperations")
        (client,) = self.hoomdossier.rows("clients")
        pair = {"coach_contact_id": it.coach, "resident_contact_id": contact}
        coach_link.link(self.hoomdossier, cooperation, {"building_coach_statuses": pair}, client)

    def visit(self, it: Invented, building_id: int, visit_id: int | None) -> None:
        """The appointment, the status and the plan in Hoomdossier; the visit in Econobis, as the link delivered it."""
        building = dossier.existing_building(self.hoomdossier, building_id)
        if it.made and it.visit:
            date = None if it.cancelled else to_amsterdam(it.visit)
            self._at(it.made)
            dossier.append_appointment(self.hoomdossier, building, date)
            if visit_id and it.trouble != "visit_not_found":
                values = {"date_planned": to_amsterdam(it.visit)}
                quotation_requests.save(self.econobis, values, known_id=visit_id, user_id=1)
        if it.told_visited:
            self._at(it.told_visited)
            dossier.append_status(self.hoomdossier, building, "executed")
        if visit_id and it.trouble != "visit_not_found" and (it.told_visited or it.cancelled):
            status = visits.status_id(self.econobis, "done" if it.told_visited else "cancelled")
            quotation_requests.save(self.econobis, {"status_id": status}, known_id=visit_id, user_id=1)
        for short in it.measures:
            self._plan(building, short)

    def remove(self, building_id: int) -> None:
        """Hoomdossier removed the dossier."""
        building = dossier.existing_building(self.hoomdossier, building_id)
        self.hoomdossier.update("buildings", building["id"], deleted_at=to_amsterdam(self.hoomdossier.now()))

    def measure_name(self, short: str) -> str:
        """What Hoomdossier calls the measure."""
        (measure,) = self.hoomdossier.rows("measure_applications", short=short)
        return str(measure.get("measure_name") or measure["name"])

    def _at(self, at: datetime) -> None:
        """A second early, because their clocks run on: the link knows each change already when it asks for it."""
        self.econobis.set_now(at - timedelta(seconds=1))
        self.hoomdossier.set_now(at - timedelta(seconds=1))

    def _plan(self, building: dict[str, Any], short: str) -> None:
        (measure,) = self.hoomdossier.rows("measure_applications", short=short)
        self.hoomdossier.insert(
            "user_action_plan_advices",
            user_id=building["user_id"],
            input_source_id=MASTER_SOURCE,
            category="to-do",
            savings_gas="125.00",
            savings_electricity="0.00",
            user_action_plan_advisable_type="App\\Models\\MeasureApplication",
            user_action_plan_advisable_id=measure["id"],
        )

    def _coach_in_econobis(self, contact: int, first: str, last: str) -> None:
        rows = self.econobis
        rows.insert(
            "contacts", id=contact, number=f"C2026-{contact}", type_id="person", full_name=f"{last}, {first}",
            inspection_person_type_id="coach", hoom_account_id=9000 + contact,
        )  # fmt: skip
        rows.insert("people", contact_id=contact, first_name=first, last_name=last)
        rows.insert("email_addresses", contact_id=contact, email=f"{first.lower()}@zonnig-dorp.example", primary=1)
        rows.insert("campaign_coach", campaign_id=CAMPAIGN, contact_id=contact)

    def _coach_in_hoomdossier(self, contact: int, first: str, last: str) -> None:
        rows, its = self.hoomdossier, coach_of(contact)
        account, user, building = its["account_id"], its["user_id"], its["building_id"]
        email = f"{first.lower()}@zonnig-dorp.example"
        rows.insert("accounts", id=account, email=email, active=1, is_admin=0)
        rows.insert(
            "users", id=user, account_id=account, cooperation_id=1, first_name=first, last_name=last, phone_number="",
            extra=json.dumps({"contact_id": contact}, separators=(",", ":")), allow_access=1,
        )  # fmt: skip
        rows.insert("buildings", id=building, user_id=user, country_code="nl", primary=0)
        rows.insert("building_statuses", building_id=building, status_id=1, appointment_date=None)
        rows.insert("model_has_roles", role_id=_COACH_ROLE, model_type=USER_MODEL, model_id=user)


def coach_of(contact: int) -> dict[str, int]:
    """A coach as Hoomdossier's events name one. The seed of the stand-in has the same ids."""
    return {
        "contact_id": contact,
        "user_id": 8000 + contact,
        "building_id": 7000 + contact,
        "account_id": 9000 + contact,
    }


def _coach_in_econobis(it: Invented) -> ContactId | None:
    """The coach of the visit. Where Econobis does not find the visit, an employee chose another coach there."""
    if not it.coach_linked:
        return None
    return next(coach for coach in COACHES if coach != it.coach) if it.trouble == "visit_not_found" else it.coach


def sign_up_of(it: Invented) -> SignUp:
    """What the resident filled in."""
    person = Person(first_name=it.first_name, prefix=it.prefix, last_name=it.last_name, email=it.email)
    address = Address(postal_code=it.postal_code, number=it.house, street=it.street, city="Zonnig Dorp")
    return SignUp(person=person, address=address, consent_at=it.signed_up)


assert COACHES[2:] == tuple(_NEW_COACHES), "the coaches whom the demo does not have"
