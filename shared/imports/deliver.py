"""Delivers what a person ticked, on the road of a push: into the relay of the home, and from there by its task.

It may be done twice, by two people at once, or be broken off: what was delivered already is not news any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Literal

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact, of_link
from shared.domain.link import Link
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.errors import Busy, Gone, NewerDocument
from shared.events.keep_event import keep_event
from shared.events.put_event import Received, stand_of_import
from shared.hoomdossier.inbound import Event
from shared.hoomdossier.made_events import appointment_event, executed_event
from shared.imports.proposal import Proposal
from shared.work.audit import write_down
from shared.work.services import Services
from shared.work.settle_dossier import AccountTaken, settle_dossier

Outcome = Literal["done", "already", "older", "contradicts", "erased", "no_time", "later"]
"""`done`: on its way to Econobis, or stored. `already`: nothing new was left of it. `older`: the link heard something
newer since. `contradicts`: the link knows other numbers since. `erased`: the contact was erased. `no_time`: nobody told
the time. `later`: somebody else decides about it at this moment, or only a newer version of the link can; try again.
"""


@dataclass(frozen=True)
class Told:
    """What a person typed beside a row: the time, or that it is not known."""

    at: time | None = None
    is_unknown: bool = False


def deliver(services: Services, cooperation: str, proposal: Proposal, told: Told, by: str) -> Outcome:
    """Raises StoreUnavailable; then do it again: what was done stays done, and is not done twice."""
    if proposal.needs_time and not (told.at or told.is_unknown):
        return "no_time"
    delivery = _Delivery(services, cooperation, proposal, by)
    try:
        if not delivery.still_agrees():
            return "contradicts"
        if delivery.is_erased():
            return "erased"
        events = delivery.events(proposal.visit_at(told.at))
        is_older = delivery.is_older(events)
        learnt = not is_older and delivery.learn()
        outcome: Outcome = "older" if is_older else delivery.tell(events)
    except (AccountTaken, Gone):
        return "contradicts"
    except (Busy, NewerDocument):
        return "later"
    return "done" if learnt and outcome == "already" else outcome


@dataclass
class _Delivery:
    services: Services
    cooperation: str
    proposal: Proposal
    by: str

    def still_agrees(self) -> bool:
        """Whether account and home are those that the link knows now, as far as it knows them, and of nobody else."""
        resident, relay, mine = self._resident(), self._relay(), self.proposal
        return (
            (resident is None or resident.account_id in {None, mine.account_id})
            and (resident is None or resident.building_id in {None, mine.building_id})
            and (relay is None or relay.contact_id in {None, *self._settings.contacts_of(mine.contact_id)})
            and not self.services.other_owners(self.cooperation, mine.contact_id, account_id=mine.account_id)
            and not self.services.other_owners(self.cooperation, mine.contact_id, building_id=mine.building_id)
        )

    def is_erased(self) -> bool:
        """Whether the contact was erased, and did not come back."""
        return self.services.erasures.records.get(of_contact(self.cooperation, self.proposal.contact_id)) is not None

    # -- the numbers and the links -------------------------------------------------------------------------------------

    def learn(self) -> bool:
        """Stores the numbers, and asks again for the links, that the row proves. Whether something was new."""
        resident, proposal = self._resident(), self.proposal
        learnt = False
        if resident and proposal.settles:
            learnt = settle_dossier(self.services, self.cooperation, proposal.contact_id, proposal.account_id, self.by)
        is_told = proposal.day or proposal.executed or proposal.cancels  # Then the event tells the numbers too.
        if resident and not is_told and None in {resident.account_id, resident.building_id}:
            key = of_contact(self.cooperation, resident.contact_id)
            self._write_down(key)
            self.services.records(Resident).edit(key, partial(_learn_numbers, proposal, self.services.clock()))
            learnt = True
        return any([learnt, *[self._ask_link_again(coach) for coach in proposal.links]])

    def _ask_link_again(self, coach: ContactId) -> bool:
        """Hoomdossier names the coach, so it answers now that the link was made, and the dead letter is one no more."""
        links, now = self.services.records(Link), self.services.clock()
        for resident in self._settings.contacts_of(self.proposal.contact_id):
            key = of_link(self.cooperation, coach, resident)
            known = links.get(key)
            if known and known.parked:
                self._write_down(f"links/{key}")
                if link := links.edit(key, lambda it: it.release(now) if it.parked else None):
                    self.services.enqueue_if_possible(key, link)
                return True
        return False

    # -- the visit -----------------------------------------------------------------------------------------------------

    def events(self, at: datetime | None) -> list[Event]:
        """What the row says, the appointment before the status. `at` (UTC) is that of the appointment."""
        home, proposal = self.proposal.home, self.proposal
        appointment = [appointment_event(home, at, proposal.coaches)] if at or proposal.cancels else []
        return [*appointment, *([executed_event(home, proposal.coaches)] if proposal.executed else [])]

    def is_older(self, events: list[Event]) -> bool:
        """Whether the link heard something newer since: then nothing of the row is stored."""
        relay, as_of = self._relay(), self.proposal.as_of
        stands = {stand_of_import(relay, event, as_of) for event in events}
        return "news" not in stands and not stands <= {"same"}

    def tell(self, events: list[Event]) -> Outcome:
        """Keeps the events."""
        outcomes = {self._keep(event) for event in events}
        if "done" in outcomes:
            return "done"
        return "older" if "older" in outcomes else "already"

    def _keep(self, event: Event) -> Outcome:
        as_of = self.proposal.as_of
        stand = stand_of_import(self._relay(), event, as_of)
        if stand != "news":
            return "already" if stand == "same" else "older"
        self._write_down(f"relays/{of_building(self.cooperation, event.building_id)}/{event.kind}")
        kept = keep_event(self.services, self.cooperation, event, Received("import", as_of, as_of))
        return "done" if kept else "already"

    # -- what the link knows at this moment ----------------------------------------------------------------------------

    @property
    def _settings(self) -> Cooperation:
        return self.services.cooperations[self.cooperation]

    def _resident(self) -> Resident | None:
        return self.services.find_resident(self.cooperation, self.proposal.contact_id)

    def _relay(self) -> Relay | None:
        return self.services.records(Relay).get(of_building(self.cooperation, self.proposal.building_id))

    def _write_down(self, about: str) -> None:
        cooperation, contact_id = self.cooperation, self.proposal.contact_id
        write_down(self.services, "import", about, cooperation=cooperation, by=self.by, contact_id=contact_id)


def _learn_numbers(proposal: Proposal, now: datetime, resident: Resident) -> None:
    """As an event would (`events/follow_event.py`)."""
    resident.building_id = resident.building_id or proposal.building_id
    if resident.account_id is None:
        resident.set_account(proposal.account_id, min(resident.asked_at or now, now))
