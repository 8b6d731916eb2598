"""What every flow gets: the records in the store, the queue, the peers, the clock. `shared/wiring.py` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from shared.blobs.port import Blobs
from shared.clock import Clock, utc_now
from shared.config import Cooperation
from shared.domain.confirmation import Confirmation
from shared.domain.keys import of_contact, task_name
from shared.domain.letter_count import LetterCount
from shared.domain.resident import Resident
from shared.domain.retention import to_the_day
from shared.domain.work import Work, first_generation
from shared.errors import StoreUnavailable
from shared.logs import log
from shared.store.port import Store
from shared.work.alarms import Alarms
from shared.work.ending import ENDING, Ending
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
    """One per process. `econobis` and `hoomdossier` give the client of a cooperation. `proxies`: see `config.py`."""

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

    # -- records -------------------------------------------------------------------------------------------------------

    def records(self, model: type[W]) -> Records[W]:
        """The work of one kind."""
        return Records(self.store, kind_of(model).collection, model, self.erasures.check)

    @cached_property
    def erasures(self) -> Erasures:
        return Erasures(self.store, self.clock)

    @cached_property
    def confirmations(self) -> Records[Confirmation]:
        return Records(self.store, "confirmations", Confirmation)

    @cached_property
    def letter_counts(self) -> Records[LetterCount]:
        return Records(self.store, "letter_counts", LetterCount)

    def find_resident(self, cooperation: str, contact_id: int) -> Resident | None:
        """Finds the resident under this contact id or one that was merged into it (known-limits A14)."""
        contacts = self.cooperations[cooperation].contacts_of(contact_id)
        found = (self.records(Resident).get(of_contact(cooperation, contact)) for contact in contacts)
        known = [resident for resident in found if resident]
        return next((resident for resident in known if resident.person.email), next(iter(known), None))

    # -- new work and its tasks ----------------------------------------------------------------------------------------

    def new(self, model: type[W], **values: Any) -> W:
        """Work that was accepted now and is due now, not stored yet. `values` are fields of the model."""
        now = self.clock()
        first = {"accepted_at": now, "due_at": now, "generation": first_generation(now)}
        return model.model_validate({**first, "expires_at": self.expiry(model), **values})

    def expiry(self, model: type[Work]) -> datetime:
        """When a document of this kind that is of use now may be deleted (UTC)."""
        return to_the_day(self.clock() + kind_of(model).kept)

    def enqueue(self, key: str, work: Work) -> None:
        """Makes the task for work that is due. The same task twice is one. Raises StoreUnavailable."""
        if work.due_at is None:
            return
        kind = kind_of(type(work))
        self.queue.enqueue(
            kind.function,
            {"collection": kind.collection, "key": key, "generation": work.generation},
            name=task_name(kind.collection, key, work.generation),
            at=work.due_at if work.due_at > self.clock() else None,
        )

    def enqueue_if_possible(self, key: str, work: Work) -> None:
        """The same for work that is stored already: when the queue cannot be reached, `sweep` makes the task later."""
        try:
            self.enqueue(key, work)
        except StoreUnavailable as error:
            log.warning("queue unavailable", collection=kind_of(type(work)).collection, error=type(error).__name__)

    # -- what they have in common --------------------------------------------------------------------------------------

    @cached_property
    def once(self) -> Once:
        return Once(self.store, self.clock, self.sleep, self.ending)

    @cached_property
    def limiter(self) -> Limiter:
        return Limiter(self.store, self.clock, self.sleep)

    @cached_property
    def limits(self) -> LimitsOfPeers:
        return LimitsOfPeers(self.cooperations)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.store, self.clock)

    @cached_property
    def quotas(self) -> Quotas:
        return Quotas(self.store, self.clock)

    def form_limits(self, cooperation: str, form: str) -> FormLimits:
        """What may be posted to this form."""
        settings, pace = self.cooperations[cooperation], self.limits.sign_ups_a_minute(cooperation)
        return FormLimits(cooperation, form, settings, pace, self.quotas, self.alarms)
