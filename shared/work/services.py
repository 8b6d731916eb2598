"""What every flow gets: the records in the store, the queue, the peers, the clock. `shared/wiring.py` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from shared.blobs.port import Blobs
from shared.clock import Clock, utc_now
from shared.config import Cooperation
from shared.domain import tally
from shared.domain.confirmation import Confirmation
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, task_name
from shared.domain.letter_count import LetterCount
from shared.domain.local_time import day_of
from shared.domain.resident import Resident
from shared.domain.tally import Now, Tally
from shared.domain.work import Work
from shared.ending import ENDING, Ending
from shared.errors import StoreUnavailable
from shared.logs import log
from shared.retention import expiry
from shared.store.port import Store
from shared.work.alarms import Alarms
from shared.work.audit import Audit
from shared.work.erasures import Erasures
from shared.work.form_limits import FormLimits
from shared.work.kinds import kind_of
from shared.work.limiter import Limiter
from shared.work.once import Once
from shared.work.peer_limits import LimitsOfPeers
from shared.work.quotas import Quotas
from shared.work.records import Records

if TYPE_CHECKING:
    from shared.econobis.client import EconobisClient
    from shared.hoomdossier.client import HoomdossierClient
    from shared.mail.smtp import Smtp
    from shared.tasks.queue import Queue

W = TypeVar("W", bound=Work)


@dataclass
class Services:
    """One per process.

    `cooperations`: the settings of each cooperation by its name, which is the first argument of most flows.
    `econobis` and `hoomdossier` return the client of a cooperation. `smtp` returns None when no mail server is set.
    `clock` gives UTC. `ending` knows whether this instance is being stopped. `proxies` and
    `event_hosts`: see `config.py`.
    """

    cooperations: Mapping[str, Cooperation]
    store: Store
    queue: Queue
    blobs: Blobs
    econobis: Callable[[str], EconobisClient]
    hoomdossier: Callable[[str], HoomdossierClient]
    smtp: Callable[[], Smtp | None]
    clock: Clock = utc_now
    ending: Ending = ENDING
    sleep: Callable[[float], None] = ENDING.sleep
    proxies: int = 1
    event_hosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day at this moment, in Amsterdam."""
        return day_of(self.clock())

    # -- records -------------------------------------------------------------------------------------------------------

    def records(self, model: type[W]) -> Records[W]:
        """The documents of one kind of work. Creating one raises JustErased for a contact who was just erased."""
        return Records(self.store, kind_of(model).collection, model, self.erasures.check, self.clock)

    @cached_property
    def erasures(self) -> Erasures:
        """Which contacts were erased."""
        return Erasures(self.store, self.clock)

    @cached_property
    def confirmations(self) -> Records[Confirmation]:
        """Sign-ups that wait for a confirmation by e-mail, by the token in their link."""
        return Records(self.store, "confirmations", Confirmation)

    @cached_property
    def audit(self) -> Audit:
        """Who decided what."""
        return Audit(self.store)

    @cached_property
    def letter_counts(self) -> Records[LetterCount]:
        """How many letters each receiver got, by a keyed hash of the receiver."""
        return Records(self.store, "letter_counts", LetterCount)

    @cached_property
    def tallies(self) -> Records[Tally]:
        """The counts of campaigns, by week of sign-up. `Records` writes them with what is counted."""
        return Records(self.store, tally.COLLECTION, Tally)

    @cached_property
    def now(self) -> Records[Now]:
        """What needs a person now, a document per cooperation (`key_of_now`). `Records` writes them as `tallies`."""
        return Records(self.store, tally.COLLECTION, Now)

    def find_resident(self, cooperation: str, contact_id: ContactId) -> Resident | None:
        """Finds the resident under this contact id or one that was merged with it (known-limits A14).

        Of several the first that has an e-mail address.
        """
        contacts = self.cooperations[cooperation].contacts_of(contact_id)
        found = (self.records(Resident).get(of_contact(cooperation, contact)) for contact in contacts)
        known = [resident for resident in found if resident]
        return next((resident for resident in known if resident.person.email), next(iter(known), None))

    def other_owners(self, cooperation: str, contact_id: ContactId, **number: int) -> set[ContactId]:
        """The contacts of other persons who have this `account_id` or `building_id`, as far as the link knows."""
        mine = self.cooperations[cooperation].contacts_of(contact_id)
        found = self.records(Resident).find(where={"cooperation": cooperation, **number}, limit=10)
        return {it.contact_id for _, it in found} - set(mine)

    # -- new work and its tasks ----------------------------------------------------------------------------------------

    def expiry(self, model: type[Work]) -> datetime:
        """When a document of this kind that is used now may be deleted (UTC)."""
        return expiry(kind_of(model).kept, self.clock())

    def enqueue(self, key: str, work: Work) -> None:
        """Makes the task for stored work that has a `due_at`. One generation gets one task. Raises StoreUnavailable.

        Use it in a task: when it fails, the queue repeats the task.
        """
        if work.due_at is None:
            return
        kind = kind_of(type(work))
        self.queue.enqueue(
            kind.function,
            {"collection": kind.collection, "key": key, "generation": work.generation},
            name=task_name(kind.collection, key, work.generation),
            at=work.due_at if work.due_at > self.clock() else None,
            traceparent=work.traceparent,
        )

    def enqueue_if_possible(self, key: str, work: Work) -> None:
        """As `enqueue`, but when the queue cannot be reached it logs that, and `sweep` makes the task later.

        Use it while somebody waits for an answer: the work is stored, so the request must not fail.
        """
        try:
            self.enqueue(key, work)
        except StoreUnavailable as error:
            log.warning("queue unavailable", collection=kind_of(type(work)).collection, error=type(error).__name__)

    # -- calls to peers, alarms and quotas: one of each per process ----------------------------------------------------

    @cached_property
    def once(self) -> Once:
        """Makes a call at most once."""
        return Once(self.store, self.clock, self.sleep, self.ending)

    @cached_property
    def limiter(self) -> Limiter:
        """Gives each call its time, within the limits of its peer."""
        return Limiter(self.store, self.clock, self.sleep)

    @cached_property
    def limits(self) -> LimitsOfPeers:
        """The limits that a call counts for, as the limiter wants them."""
        return LimitsOfPeers(self.cooperations)

    @cached_property
    def alarms(self) -> Alarms:
        """Log lines for operators, at most one an hour of each."""
        return Alarms(self.store, self.clock)

    @cached_property
    def quotas(self) -> Quotas:
        """Counts what visitors use of the limits of a form."""
        return Quotas(self.store, self.clock)

    def form_limits(self, cooperation: str, form: str) -> FormLimits:
        """Checks what is posted to this form against its limits."""
        settings, pace = self.cooperations[cooperation], self.limits.sign_ups_a_minute(cooperation)
        return FormLimits(cooperation, form, settings, pace, self.quotas, self.alarms)
