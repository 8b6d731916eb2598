"""What flows work with: the store as typed records, the queue, the peers, the clock. `wiring.py` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.blobs.port import Blobs
from shared.clock import Clock, utc_now
from shared.config import Cooperation
from shared.domain.confirmation import Confirmation
from shared.domain.dossier_request import DossierRequest
from shared.domain.erasure import UNDER_WAY, Erasure
from shared.domain.keys import of_contact, task_name
from shared.domain.letter_count import LetterCount
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.rate import HOST, SHARES, Share
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.retention import expiry
from shared.domain.submission import Submission
from shared.domain.work import Work, first_generation
from shared.errors import JustErased, StoreUnavailable
from shared.logs import log
from shared.store.port import Store
from shared.work.alarms import Alarms
from shared.work.ending import ENDING, Ending
from shared.work.form_limits import FormLimits
from shared.work.limiter import Limiter, PeerLimits
from shared.work.once import Once
from shared.work.quotas import Quotas
from shared.work.records import Records

if TYPE_CHECKING:
    from shared.econobis.client import EconobisClient
    from shared.hoomdossier.client import HoomdossierClient
    from shared.mail.smtp import Smtp
    from shared.tasks.queue import Queue

# Deployed function of each collection of work.
RUN_BY = {
    "submissions": "run-task",
    "residents": "run-task",
    "dossier_requests": "run-task",
    "links": "run-task",
    "relays": "run-task",
    "mails": "send-email",
}

# Of each ten sign-ups that the peers have room for in a minute. The other four are for those that may use all of it:
# `form_limits.py` lets at most two of ten be such, so their room is never full.
OF_TEN = {"rush": 6, "heavy": 4}


@dataclass
class Services:
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

    @cached_property
    def once(self) -> Once:
        return Once(self.store, self.clock, self.sleep, self.ending)

    @cached_property
    def limiter(self) -> Limiter:
        return Limiter(self.store, self.clock, self.sleep)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.store, self.clock)

    @cached_property
    def quotas(self) -> Quotas:
        return Quotas(self.store, self.clock)

    def form_limits(self, cooperation: str, form: str) -> FormLimits:
        settings, pace = self.cooperations[cooperation], self._sign_ups_a_minute(cooperation)
        return FormLimits(cooperation, form, settings, pace, self.quotas, self.alarms)

    @cached_property
    def submissions(self) -> Records[Submission]:
        return Records(self.store, "submissions", Submission)

    @cached_property
    def residents(self) -> Records[Resident]:
        return Records(self.store, "residents", Resident, self.check_erased)

    @cached_property
    def dossier_requests(self) -> Records[DossierRequest]:
        return Records(self.store, "dossier_requests", DossierRequest, self.check_erased)

    @cached_property
    def links(self) -> Records[Link]:
        return Records(self.store, "links", Link, self.check_erased)

    @cached_property
    def relays(self) -> Records[Relay]:
        return Records(self.store, "relays", Relay)

    @cached_property
    def mails(self) -> Records[OutgoingMail]:
        return Records(self.store, "mails", OutgoingMail, self.check_erased)

    @cached_property
    def erasures(self) -> Records[Erasure]:
        return Records(self.store, "erasures", Erasure)

    def spare_phone(self, resident: Resident) -> None:
        """Only the letter to the coach holds it: where none goes out, or once it did, nobody needs it of us."""
        if resident.milestones.coach_told or resident.is_coach or self.cooperations[resident.cooperation].mail is None:
            resident.person.phone = ""

    def check_erased(self, record: Work) -> None:
        """Raises JustErased when one of its contacts was, and what was under way then may still be.

        After that a resident is there because Econobis wants something for the contact: it is back.
        """
        for contact in record.contacts:
            erasure = self.erasures.get(of_contact(record.cooperation, contact))
            if erasure and self.clock() <= erasure.at + UNDER_WAY:
                raise JustErased("this contact was erased a moment ago")
            if erasure and isinstance(record, Resident):
                self.came_back(record.cooperation, contact, self.clock())

    def came_back(self, cooperation: str, contact_id: int, at: datetime) -> None:
        """A contact that was erased before `at` (UTC) is one like any other again."""
        where = {"cooperation": cooperation, "contact_id": contact_id}
        for key, erasure in self.erasures.find(where=where):
            if erasure.at < at:
                self.erasures.delete(key)

    @cached_property
    def confirmations(self) -> Records[Confirmation]:
        return Records(self.store, "confirmations", Confirmation)

    @cached_property
    def letter_counts(self) -> Records[LetterCount]:
        return Records(self.store, "letter_counts", LetterCount)

    def work(self, collection: str) -> Records[Any]:
        """The records of one collection of work, each as what it is."""
        assert collection in RUN_BY
        records: Records[Any] = getattr(self, collection)
        return records

    def resident(self, cooperation: str, contact_id: int) -> Resident | None:
        """Whatever contact it is today: what we know may stand under one that was merged into it (known-limits A14)."""
        contacts = self.cooperations[cooperation].contacts_of(contact_id)
        found = (self.residents.get(of_contact(cooperation, contact)) for contact in contacts)
        known = [resident for resident in found if resident]
        return next((resident for resident in known if resident.person.email), next(iter(known), None))

    def econobis_limits(self, cooperation: str, *, event: bool = False, share: Share = "all") -> PeerLimits:
        """One host takes 60 calls per minute; each key has its own limit within it (known-limits D6, E21).

        One key for both has one limit, but may be refused for one of its uses alone (G1). `share`: of a sign-up, and of
        what follows from it.
        """
        settings = self.cooperations[cooperation].econobis
        window = "event" if event and settings.has_two_keys else "webform"
        limits = {HOST: 58, window: settings.calls_per_minute}
        for name in SHARES[share]:
            limits[name] = max(self._sign_ups_a_minute(cooperation) * OF_TEN[name] // 10, 1)
        return PeerLimits(f"econobis-{cooperation}", limits, "event" if event else "webform")

    def _sign_ups_a_minute(self, cooperation: str) -> int:
        """For which both peers have room: at Hoomdossier a dossier and its coach are a call each."""
        settings = self.cooperations[cooperation]
        calls = max((form.dossier + bool(form.coach) for form in settings.forms.values()), default=0)
        return min(settings.econobis.calls_per_minute, settings.hoomdossier.calls_per_minute // max(calls, 1))

    def hoomdossier_limits(self, cooperation: str) -> PeerLimits:
        """All cooperations share the host; token and address are of one."""
        settings = self.cooperations[cooperation].hoomdossier
        return PeerLimits(f"hoomdossier-{settings.host}", {HOST: settings.calls_per_minute}, f"token-{cooperation}")

    def enqueue(self, collection: str, key: str, work: Work) -> None:
        """A task for work that is due; the same one twice is one. Raises StoreUnavailable."""
        if work.due_at is None:
            return
        self.queue.enqueue(
            RUN_BY[collection],
            {"collection": collection, "key": key, "generation": work.generation},
            name=task_name(collection, key, work.generation),
            at=work.due_at if work.due_at > self.clock() else None,
        )

    def enqueue_if_possible(self, collection: str, key: str, work: Work) -> None:
        """For work that is stored already: when the queue is away, `sweep` finds it."""
        try:
            self.enqueue(collection, key, work)
        except StoreUnavailable as error:
            log.warning("queue unavailable", collection=collection, error=type(error).__name__)

    def new(self, collection: str, **values: Any) -> dict[str, Any]:
        """The fields that new work starts with: accepted and due now."""
        now = self.clock()
        first = {"accepted_at": now, "due_at": now, "generation": first_generation(now)}
        return {**first, "expires_at": self.expiry(collection), **values}

    def expiry(self, collection: str) -> datetime:
        """When a document that is of use now may be forgotten."""
        return expiry(collection, self.clock())
