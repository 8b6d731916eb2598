"""What Hoomdossier told about one building and Econobis must know: the newest of each kind, never a list of events.

Ten updates while Econobis is away are one delivery. A delete is a barrier: nothing older goes after it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from shared.blobs.port import Blob
from shared.clock import Moment
from shared.domain.effect import ALWAYS, NEVER, Effect, Repeats, Situation, situation
from shared.domain.local_time import from_amsterdam, in_one_form
from shared.domain.retry import pause_before_same
from shared.domain.work import Attempts, Parked, Work

EventKind = Literal["appointment", "usage", "plan", "status", "scan", "report", "delete"]
"""What Hoomdossier tells of a home; the peers' own words for it stand in their folders."""

# Somebody waits for an appointment; home data of the night can wait for it.
ORDER: tuple[EventKind, ...] = ("appointment", "status", "plan", "usage", "scan", "report", "delete")
# When nobody knows what came of a call. Most kinds write the same again. A report is a new document each time: two are
# better than none. A status may complete another visit (known-limits D3), so that is for a person to look at.
REPEATS: dict[EventKind, Repeats] = {"report": Repeats(most=1, rest=timedelta(0)), "status": NEVER}

# A person saves these, so the same again may mean something else by now: staff made another visit meanwhile. The
# others come again by machine, every five minutes or every night.
SAVED_BY_A_PERSON: frozenset[EventKind] = frozenset({"appointment", "status", "delete"})
CLOCKS_APART = timedelta(minutes=10)


def repeats_of(kind: EventKind) -> Repeats:
    return REPEATS.get(kind, ALWAYS)


Change = Literal["set", "moved", "cancelled"]


# A document that was stored earlier may hold Hoomdossier's own text.
LocalTime = Annotated[str, BeforeValidator(in_one_form)]


def is_past(appointment: str | None, now: datetime) -> bool:
    """None is past too: there is nothing to wait for."""
    return appointment is None or from_amsterdam(appointment) <= now


class Item(BaseModel):
    """The newest of one kind. `payload` is what Hoomdossier sent; a big one is a `blob`. Delivered: neither is kept.

    `contact_id` is Econobis', as Hoomdossier knows it. `known_since` is when it became so: the arrival of a push, or
    what the feed said (UTC). `refusals`: how often this very content was refused and then sent again. `again`: the
    same was delivered before it, and a person saved it once more. `found`: the feed told it, and its push may follow.
    """

    digest: str
    version: int
    delivered_version: int = 0
    sending_version: int = 0
    contact_id: int | None = None
    accepted_at: Moment
    known_since: Moment
    delivered_at: Moment | None = None
    payload: dict[str, Any] | None = None
    blob: Blob | None = None
    state: Literal["waiting", "parked", "done"] = "waiting"
    next_at: Moment
    attempts: Attempts = Attempts()
    parked: Parked | None = None
    effect: Effect | None = None
    refusals: int = 0
    again: bool = False
    found: bool = False

    def schedule(self, at: datetime) -> None:
        self.next_at = at

    def park(self, parked: Parked) -> None:
        self.state, self.parked = "parked", parked

    def unpark(self) -> None:
        """The outcome that was unknown is known now."""
        self.state, self.parked = "waiting", None

    def release(self, at: datetime) -> None:
        """As if it had never been tried."""
        self.state, self.parked, self.attempts, self.effect = "waiting", None, Attempts(), None
        self.next_at = at

    @property
    def is_kept_back(self) -> bool:
        """It was never sent, and is not going to be unless a person says so."""
        return self.state != "waiting" and self.sending_version < self.version

    def forget(self) -> None:
        """It is not going to be delivered, and nothing of its content is kept."""
        self.state, self.parked, self.payload, self.blob = "done", None, None, None
        if self.effect and self.effect.state not in {"claimed", "sent"}:
            self.effect = self.effect.model_copy(update={"reason": "", "answer": None})

    def erase(self) -> None:
        """It was of somebody who is forgotten. Its version stays: others are counted from it."""
        self.forget()
        self.contact_id, self.digest, self.effect, self.attempts = None, "", None, Attempts()

    def takes_again(self, at: datetime) -> bool:
        """Whether the same content is worth a try: it was refused, and whoever sends it once more may have mended that.

        But not each time: Hoomdossier may send it every five minutes, and Econobis mails its staff of every refusal.
        """
        if self.parked is None or self.parked.unknown:
            return False
        return at >= self.parked.at + pause_before_same(self.refusals)

    def settle(self, at: datetime) -> None:
        """`sending_version` was delivered. What came in meanwhile goes next; else nothing of its content is kept."""
        self.delivered_version, self.delivered_at, self.attempts, self.parked = (
            self.sending_version,
            at,
            Attempts(),
            None,
        )
        if self.version > self.delivered_version:
            self.state, self.effect, self.next_at = "waiting", None, at
        else:
            self.forget()


class Relay(Work):
    """Keyed by cooperation and Hoomdossier's building id.

    `appointment` is the one in Hoomdossier, `announced` the one that the resident was last told of; these and `planned`
    are Amsterdam's time (`domain/local_time.py`). `version` counts what there is to follow, and `follow_event` has been
    done up to `followed_version`; `known_as` the contact and account that the resident is known by since. Econobis has
    `planned` as its date, also when the visit is `cancelled`. `removed` was the appointment before there was none any
    more. `executed`: the visit of the last date is done. `note` says in Dutch which event was taken without effect.
    `plan` holds the measures that Econobis was told of, where the cooperation does not want removed ones to go
    (known-limits D8).
    """

    building_id: int
    contact_id: int | None
    account_id: int | None
    items: dict[EventKind, Item] = {}
    version: int = 0
    followed_version: int = 0
    known_as: tuple[int, int] | None = None
    appointment: LocalTime | None = None
    announced: LocalTime | None = None
    plan: dict[str, Any] = {}
    planned: LocalTime | None = None
    cancelled: bool = False
    removed: LocalTime | None = None
    executed: bool = False
    note: str = ""
    deleted_at: Moment | None = None

    @property
    def blobs(self) -> list[Blob]:
        return [item.blob for item in self.items.values() if item.blob]

    def is_news(self, kind: EventKind, item: Item, heard_at: datetime | None = None, *, pushed: bool = False) -> bool:
        """A push is newer than all before it. One that we heard of later (`heard_at`, UTC) may be older than what is
        known. Nothing is news after a delete, and the same again only when it was refused and is said anew, or when it
        was `pushed` because a person saved it once more, and that can matter.
        """
        known = self.items.get(kind)
        if self.deleted_at or known is None:
            return self.deleted_at is None
        # What was pushed while we listened is newer, also when our clock is behind the one that the other is dated by.
        was_pushed_since = heard_at is not None and known.known_since == known.accepted_at > heard_at
        newer = (
            heard_at is None
            or (item.known_since >= known.known_since and not was_pushed_since)
            or heard_at - CLOCKS_APART >= known.accepted_at  # Whatever the other clock says.
        )
        said_anew = heard_at is None or item.known_since > known.known_since
        if known.digest != item.digest:
            return newer
        again = (pushed and self._matters_again(kind, known)) or known.takes_again(item.accepted_at)
        return newer and said_anew and again

    def confirm(self, kind: EventKind, item: Item) -> None:
        """The same was said once more. The feed was first: the next push of the same is one more save."""
        known = self.items.get(kind)
        if known is None or known.digest != item.digest:
            return
        known.found = known.found and item.found
        if item.known_since > known.known_since:
            known.known_since = item.known_since
            known.accepted_at = known.accepted_at if item.found else item.accepted_at

    def _matters_again(self, kind: EventKind, known: Item) -> bool:
        """A date may be for a visit that staff made since. A date that is gone is gone. A status is for one visit more
        (known-limits D3), so not while the first is on its way or may have arrived.
        """
        if kind == "appointment":
            return self.appointment is not None and not known.found
        if kind == "status":
            return known.state == "done" or (known.parked is not None and not known.parked.unknown)
        return kind in SAVED_BY_A_PERSON

    def take(self, kind: EventKind, item: Item) -> None:
        """In place of what was known; a call that is under way goes on, and this one goes after it."""
        known = self.items.get(kind)
        if known:
            item.version, item.delivered_version, item.sending_version = (
                known.version + 1,
                known.delivered_version,
                known.sending_version,
            )
            same = known.digest == item.digest
            item.refusals = known.refusals + 1 if same else 0
            item.again = same and (known.again or known.delivered_version == known.version)
            if known.effect and known.effect.state in {"claimed", "sent"}:
                item.effect = known.effect
        self.items[kind] = item
        self.version += 1

    @property
    def last_appointment(self) -> str | None:
        """The newest that is known, also when it was removed."""
        return self.appointment or self.removed or self.planned

    def change_to_tell(self, now: datetime) -> Change | None:
        """What the resident is to hear of the appointment: nothing about a moment that has passed, nothing when it is
        the same moment, and of a cancellation only when Econobis has it.
        """
        new, told, item = self.appointment, self.announced, self.items.get("appointment")
        if self.deleted_at or new == told or item is None or item.is_kept_back:
            return None
        if new is None:
            taken = self.cancelled and item.state == "done"
            return "cancelled" if taken and not self.executed and not is_past(told, now) else None
        if is_past(new, now):
            return None
        return "set" if is_past(told, now) else "moved"

    @property
    def removal(self) -> Item | None:
        """A date that was removed, when Econobis has not heard of it."""
        item = self.items.get("appointment")
        if item is None or item.state == "done" or item.is_kept_back or (item.effect and item.effect.state == "sent"):
            return None
        known = self.appointment is None and self.last_appointment is not None and not self.cancelled
        return item if known else None

    def close_item(self, kind: EventKind) -> None:
        """A person saw to it: a date that was removed is now cancelled in Econobis, unless the visit was done."""
        item = self.items[kind]
        if kind == "appointment" and self.appointment is None and not self.executed and not item.is_kept_back:
            self.has_cancelled()
        item.forget()

    def has_cancelled(self) -> None:
        """The visit is cancelled in Econobis; now the resident may hear of it."""
        self.cancelled = True
        self.version += 1

    def bar(self, delete: Item) -> None:
        """What was not delivered yet is not wanted any more, and nothing comes after the delete. A call that was sent
        already ends first.
        """
        self.deleted_at, self.appointment = delete.accepted_at, None
        sent = {kind: item for kind, item in self.items.items() if item.effect and item.effect.state == "sent"}
        for item in sent.values():
            item.forget()
        self.items = {**sent, "delete": delete}

    def forget_contact(self, contacts: Collection[int]) -> None:
        """The home is another's, and Hoomdossier told of these contacts about it."""
        of_them = {kind for kind, item in self.items.items() if item.contact_id in contacts}
        for kind in of_them:
            self.items[kind].erase()
        if "plan" in of_them:
            self.plan = {}
        if "appointment" in of_them:
            self.appointment, self.removed = (None if self.cancelled else self.planned), None
        if self.known_as and self.known_as[0] in contacts:
            self.known_as = None
        self.account_id = self.known_as[1] if self.known_as else None

    def is_barred(self, kind: EventKind) -> bool:
        return self.deleted_at is not None and kind != "delete"

    def is_held(self, kind: EventKind, now: datetime) -> bool:
        """A call about this home is under way. Econobis makes a housing file where it finds none, without a lock, so
        two at once would make two, and one that ends after a delete would bring it back.
        """
        others = (item.effect for other, item in self.items.items() if other != kind)
        return any(situation(effect, now) is Situation.RUNNING for effect in others)

    def next_item(self, now: datetime) -> EventKind | None:
        """What to deliver now: the most urgent that is due."""
        due = [kind for kind in ORDER if (item := self.items.get(kind)) and item.state == "waiting"]
        return next((kind for kind in due if self.items[kind].next_at <= now), None)

    def finish(self) -> None:
        """Nothing of its content is kept."""
        super().finish()
        for item in self.items.values():
            item.forget()

    def release(self, at: datetime) -> None:
        super().release(at)
        for item in self.items.values():
            item.schedule(min(item.next_at, at))
        self.settle()

    def settle(self) -> None:
        """State and next task follow from the items; the task that was there is spent."""
        items = self.items.values()
        due = [item.next_at for item in items if item.state == "waiting"]
        if self.followed_version < self.version:
            due.append(max(item.accepted_at for item in items))
        self.needs_person = self.parked is not None or any(item.parked for item in items)
        self.state = "waiting" if due else "parked" if self.needs_person else "done"
        self.due_at = None
        if due:
            self.schedule(min(due))
