"""What Hoomdossier told about one building and Econobis must know: the newest event of each kind, never a list.

So ten updates while Econobis is away are one delivery. A delete is a barrier: nothing older is delivered after it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from shared.blobs.port import Blob
from shared.clock import Moment
from shared.domain.effect import ALWAYS, NEVER, Repeats, Situation, situation
from shared.domain.local_time import from_amsterdam, in_one_form
from shared.domain.retry import pause_before_same
from shared.domain.work import Attempts, Job, Work

EventKind = Literal["appointment", "usage", "plan", "status", "scan", "report", "delete"]
"""What Hoomdossier tells of a home; the peers' own words for it stand in their folders."""

# The order of delivery: people wait for an appointment, nobody waits for the home data of last night.
ORDER: tuple[EventKind, ...] = ("appointment", "status", "plan", "usage", "scan", "report", "delete")
# Whether a call whose outcome is unknown may be made again. For most kinds it writes the same values. A report becomes
# a second document, which is better than none. A status may complete another visit (known-limits D3): never.
REPEATS: dict[EventKind, Repeats] = {"report": Repeats(most=1, rest=timedelta(0)), "status": NEVER}

# A person saves these in Hoomdossier, so the same content once more may mean something new: staff may have made another
# visit meanwhile. Hoomdossier sends the other kinds again by itself, every five minutes or every night.
SAVED_BY_A_PERSON: frozenset[EventKind] = frozenset({"appointment", "status", "delete"})
CLOCKS_APART = timedelta(minutes=10)


def repeats_of(kind: EventKind) -> Repeats:
    """Whether a delivery of this kind whose outcome is unknown may be made again."""
    return REPEATS.get(kind, ALWAYS)


Change = Literal["set", "moved", "cancelled"]


# Documents stored by an earlier version may hold Hoomdossier's own notation.
LocalTime = Annotated[str, BeforeValidator(in_one_form)]


def is_past(appointment: str | None, now: datetime) -> bool:
    """Whether the moment has passed at `now` (UTC); None counts as past. `appointment` is Amsterdam's time."""
    return appointment is None or from_amsterdam(appointment) <= now


class Item(Job):
    """The newest event of one kind about a building, due at `next_at` (UTC).

    `payload` is what Hoomdossier sent; a large one stands in `blob`. Neither is kept after the delivery. `version`
    counts the contents of this kind; `sending_version` was sent last and `delivered_version` arrived last.
    `contact_id` is Econobis' id, as Hoomdossier has it. `known_since` (UTC) is when the content became true: when a
    push arrived, or what the feed says. `refusals` counts how often Econobis refused this content and Hoomdossier then
    sent it again. `again`: the same content was delivered before, and a person saved it once more. `found`: it came
    from the feed, and its push may still follow.
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
    next_at: Moment
    refusals: int = 0
    again: bool = False
    found: bool = False

    def schedule(self, at: datetime) -> None:
        self.next_at = at

    @property
    def is_kept_back(self) -> bool:
        """It was never sent, and only a person can have it sent."""
        return self.state != "waiting" and self.sending_version < self.version

    def forget(self) -> None:
        """Nothing is to be delivered any more. Drops the content."""
        self.state, self.parked, self.payload, self.blob = "done", None, None, None
        if self.effect and self.effect.state not in {"claimed", "sent"}:
            self.effect = self.effect.model_copy(update={"reason": "", "answer": None})

    def erase(self) -> None:
        """Drops everything about the contact. The version stays, because later contents count from it."""
        self.forget()
        self.contact_id, self.digest, self.effect, self.attempts = None, "", None, Attempts()

    def takes_again(self, at: datetime) -> bool:
        """Whether content that Econobis refused is tried again because Hoomdossier sent it once more at `at` (UTC).

        The cause may have been mended. But not each time: Hoomdossier may send it every five minutes, and Econobis
        mails its staff at each refusal.
        """
        if self.parked is None or self.parked.unknown:
            return False
        return at >= self.parked.at + pause_before_same(self.refusals)

    def was_delivered(self, at: datetime) -> None:
        """`sending_version` arrived at `at` (UTC). A newer version goes next; without one the content is dropped."""
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
    """All that is to be told of one building. Keyed by cooperation and Hoomdossier's building id.

    Times of visits are Amsterdam's (`domain/local_time.py`): `appointment` is the one in Hoomdossier, `planned` the one
    in Econobis (also after the visit was `cancelled` there), `announced` the one in the last letter to the resident,
    `removed` the one before the coach removed it. `executed`: the visit of the last date took place.
    `removal_ignored`: the coach removed the date of a visit that had taken place, which changes nothing.
    `version` counts the changes; `follow_event` has been done up to `followed_version`. `known_as` holds the contact
    and account ids that were written to the resident. `plan` holds the measures that Econobis was told of, where the
    cooperation wants to keep measures that were taken out (known-limits D8).
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
    removal_ignored: bool = False
    deleted_at: Moment | None = None

    @property
    def blobs(self) -> list[Blob]:
        return [item.blob for item in self.items.values() if item.blob]

    def is_news(self, kind: EventKind, item: Item, heard_at: datetime | None = None, *, pushed: bool = False) -> bool:
        """Whether the event changes what we know, so that it has to be delivered.

        A push is newer than all events before it. An event from the feed or from the events that were set aside, which
        we read at `heard_at` (UTC), may be older than the known one: then the newer `known_since` wins. After a delete
        nothing is news. The same content is news when Econobis refused it and it was sent again, or when it was
        `pushed` because a person saved it once more and that can matter.
        """
        known = self.items.get(kind)
        if self.deleted_at or known is None:
            return self.deleted_at is None
        # A push that arrived after we asked the feed is newer, whatever the clocks of the two peers say.
        was_pushed_since = heard_at is not None and known.known_since == known.accepted_at > heard_at
        newer = (
            heard_at is None
            or (item.known_since >= known.known_since and not was_pushed_since)
            or heard_at - CLOCKS_APART >= known.accepted_at  # Clocks do not differ by more than this.
        )
        said_anew = heard_at is None or item.known_since > known.known_since
        if known.digest != item.digest:
            return newer
        again = (pushed and self._matters_again(kind, known)) or known.takes_again(item.accepted_at)
        return newer and said_anew and again

    def confirm(self, kind: EventKind, item: Item) -> None:
        """The same content was told once more, so it is known since now.

        After the feed told it first, the next push of the same content means that a person saved it once more.
        """
        known = self.items.get(kind)
        if known is None or known.digest != item.digest:
            return
        known.found = known.found and item.found
        if item.known_since > known.known_since:
            known.known_since = item.known_since
            known.accepted_at = known.accepted_at if item.found else item.accepted_at

    def _matters_again(self, kind: EventKind, known: Item) -> bool:
        """Whether the same content has an effect in Econobis when it is delivered again.

        A date may be for a visit that staff made since. A date that was removed stays removed. A status completes one
        more visit (known-limits D3), so it must not be repeated while the first one is in flight or may have arrived.
        """
        if kind == "appointment":
            return self.appointment is not None and not known.found
        if kind == "status":
            return known.state == "done" or (known.parked is not None and not known.parked.unknown)
        return kind in SAVED_BY_A_PERSON

    def take(self, kind: EventKind, item: Item) -> None:
        """Replaces the item; a call in flight finishes first."""
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

    @property
    def is_made_again(self) -> bool:
        """A cancelled visit got back the date that it had. Econobis kept it, and sets a status only with a new date."""
        return self.cancelled and self.appointment is not None and self.planned == self.appointment

    def change_to_tell(self, now: datetime) -> Change | None:
        """What the next letter to the resident says; None: no letter.

        There is no letter about a moment that has passed, nor about the moment that was announced already. A
        cancellation is told only after Econobis has it.
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
        """The item that removes a date which Econobis still has; None when there is none."""
        item = self.items.get("appointment")
        if item is None or item.state == "done" or item.is_kept_back or (item.effect and item.effect.state == "sent"):
            return None
        known = self.appointment is None and self.last_appointment is not None and not self.cancelled
        return item if known else None

    def release_item(self, kind: EventKind, at: datetime) -> None:
        """A person has it tried again, due at `at` (UTC).

        So the event's contact is right after all, a delete that was held is confirmed, and the visit of a removed date
        did not take place.
        """
        item = self.items[kind]
        item.release(at)
        self.contact_id = item.contact_id or self.contact_id
        self.version += 1
        if kind == "delete":
            self.bar(item)
        if kind == "appointment" and self.appointment is None:
            self.executed = False
        self.reschedule()

    def close_item(self, kind: EventKind) -> None:
        """A person did it by hand: a removed date is cancelled in Econobis now, unless the visit took place."""
        item = self.items[kind]
        if kind == "appointment" and self.appointment is None and not self.executed and not item.is_kept_back:
            self.has_cancelled()
        self.forget_item(kind)

    def forget_item(self, kind: EventKind) -> None:
        self.items[kind].forget()
        self.reschedule()

    def has_cancelled(self) -> None:
        """The visit is cancelled in Econobis, so that the resident may be told."""
        self.cancelled = True
        self.version += 1

    def bar(self, delete: Item) -> None:
        """Drops what was not delivered yet; nothing is delivered after the delete. A call in flight ends first."""
        self.deleted_at, self.appointment = delete.accepted_at, None
        sent = {kind: item for kind, item in self.items.items() if item.effect and item.effect.state == "sent"}
        for item in sent.values():
            item.forget()
        self.items = {**sent, "delete": delete}

    def forget_contact(self, contacts: Collection[int]) -> None:
        """Drops the events about these contacts. For a home that is known under another contact."""
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
        """Whether another call about this home is under way, so that this kind has to wait.

        Econobis makes a housing file where it finds none, without a lock: two calls at once would make two files, and a
        call that ends after a delete would bring the file back.
        """
        others = (item.effect for other, item in self.items.items() if other != kind)
        return any(situation(effect, now) is Situation.RUNNING for effect in others)

    def next_item(self, now: datetime) -> EventKind | None:
        """The most urgent item that is due at `now` (UTC); None when nothing is."""
        due = [kind for kind in ORDER if (item := self.items.get(kind)) and item.state == "waiting"]
        return next((kind for kind in due if self.items[kind].next_at <= now), None)

    def finish(self) -> None:
        """Drops the content of all items."""
        super().finish()
        for item in self.items.values():
            item.forget()

    def release(self, at: datetime) -> None:
        super().release(at)
        for item in self.items.values():
            item.schedule(min(item.next_at, at))
        self.reschedule()

    def reschedule(self) -> None:
        """Derives the state and the next task from the items. To be called after each change of an item."""
        items = self.items.values()
        due = [item.next_at for item in items if item.state == "waiting"]
        if self.followed_version < self.version:
            due.append(max(item.accepted_at for item in items))
        self.needs_person = self.parked is not None or any(item.parked for item in items)
        self.state = "waiting" if due else "parked" if self.needs_person else "done"
        self.due_at = None
        if due:
            self.schedule(min(due))
