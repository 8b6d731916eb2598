"""What the list of residents can be filtered by, and the queries for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.clock import to_text
from shared.domain.journey import WAITS, WaitsFor, last_moment
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.store.port import Document, narrowed
from shared.work.services import Services


@dataclass(frozen=True)
class Asked:
    """What staff filter by; None is no filter. `coach` and `campaign` are ids, and 0 is "none yet".

    `longer`: only who has waited longer than so many days (`journey.last_day`).
    """

    waits_for: WaitsFor | None = None
    coach: int | None = None
    campaign: int | None = None
    longer: int | None = None

    @property
    def equal(self) -> dict[str, str | int | None]:
        """The fields of a resident that have to have these values."""
        asked = {"waits_for": self.waits_for, "coach": self.coach, "campaign_id": self.campaign}
        return {name: value or None for name, value in asked.items() if value is not None}

    @property
    def equal_of_sign_ups(self) -> dict[str, str | int | None]:
        """As `equal`, of a sign-up: only those that wait for the intake have a rank, and none has a coach."""
        return {name: value for name, value in self.equal.items() if name == "campaign_id"}

    @property
    def wants_sign_ups(self) -> bool:
        """Whether a sign-up without a contact can be among them: it waits for the intake, and has no coach yet."""
        return self.waits_for in {None, "intake"} and not self.coach and self.campaign != 0

    def last_rank(self, now: datetime) -> str | None:
        """The last rank (`Place.rank`) of who has waited longer than `longer` days at `now` (UTC); None: no filter."""
        if self.longer is None:
            return None
        ended = self.waits_for is not None and self.waits_for not in WAITS
        return ("~" if ended else "") + to_text(last_moment(now, self.longer))

    def fits(self, record: Resident | Submission, now: datetime) -> bool:
        """Whether a record that was found in another way passes the filters at `now` (UTC)."""
        if isinstance(record, Submission) and not self.wants_sign_ups:
            return False
        fields, last = {**dict(record), **record.derived()}, self.last_rank(now)
        asked = self.equal if isinstance(record, Resident) else self.equal_of_sign_ups
        return all(fields.get(name) == value for name, value in asked.items()) and (not last or fields["rank"] <= last)


@dataclass(frozen=True)
class Part:
    """Which part of the list: at most `limit` after a document, in the order of the list or `backwards`."""

    limit: int
    after: Document | None = None
    backwards: bool = False


def find_residents(services: Services, cooperation: str, asked: Asked, part: Part) -> list[tuple[str, Resident]]:
    """Those who wait longest first. Raises StoreUnavailable."""
    return services.records(Resident).find(
        where=narrowed({"cooperation": cooperation}, asked.equal, "waits_for", "coach", "campaign_id"),
        order_by="rank",
        at_most=asked.last_rank(services.clock()),
        after=part.after,
        limit=part.limit,
        descending=part.backwards,
    )


def count_residents(services: Services, cooperation: str, asked: Asked) -> int:
    """How many there are. Raises StoreUnavailable."""
    return services.records(Resident).count(
        where=narrowed({"cooperation": cooperation}, asked.equal, "waits_for", "coach", "campaign_id"),
        order_by="rank",
        at_most=asked.last_rank(services.clock()),
    )


def find_sign_ups(services: Services, cooperation: str, asked: Asked, part: Part) -> list[tuple[str, Submission]]:
    """The sign-ups that Econobis has not got yet, as `find_residents`."""
    if not asked.wants_sign_ups:
        return []
    return services.records(Submission).find(
        where=narrowed({"cooperation": cooperation}, asked.equal_of_sign_ups, "campaign_id"),
        order_by="rank",
        at_most=asked.last_rank(services.clock()),
        after=part.after,
        limit=part.limit,
        descending=part.backwards,
    )


def count_sign_ups(services: Services, cooperation: str, asked: Asked) -> int:
    """How many there are, as `count_residents`."""
    if not asked.wants_sign_ups:
        return 0
    return services.records(Submission).count(
        where=narrowed({"cooperation": cooperation}, asked.equal_of_sign_ups, "campaign_id"),
        order_by="rank",
        at_most=asked.last_rank(services.clock()),
    )
