"""The events of one building that Econobis must get: the newest of each kind.

So ten updates of one kind while Econobis is down become one delivery. After a delete nothing older is delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from shared.blobs.port import Blob
from shared.clock import Moment
from shared.domain.effect import ALWAYS, NEVER, Repeats, Situation, situation
from shared.domain.ids import ContactId
from shared.domain.local_time import begins_at_last, from_amsterdam, in_one_form
from shared.domain.resident import Measure
from shared.domain.retry import pause_before_same
from shared.domain.work import Attempts, Job, Parked, Work

EventKind = Literal["appointment", "usage", "plan", "status", "scan", "report", "delete"]
"""What Hoomdossier sends about a home; the peers' own names of the kinds stand in their folders."""

# The order of delivery: people wait for an appointment, nobody waits for the home data of last night.
ORDER: tuple[EventKind, ...] = ("appointment", "status", "plan", "usage", "scan", "report", "delete")
# Whether a call whose outcome is unknown may be made again. For most kinds it writes the same values. A report becomes
# a second document, which is better than none. A status may complete another visit (known-limits D3): never.
REPEATS: dict[EventKind, Repeats] = {"report": Repeats(most=1, rest=timedelta(0)), "status": NEVER}

# A person saves these in Hoomdossier, so the same content once more may mean something new: staff may have made another
# visit meanwhile. Hoomdossier sends the other kinds again by itself, every five minutes or every night.
SAVED_BY_A_PERSON: frozenset[EventKind] = frozenset({"appointment", "status", "delete"})
CLOCKS_APART = timedelta(minutes=10)
"""The clocks of Hoomdossier and the link differ by less than this."""


def repeats_of(kind: EventKind) -> Repeats:
    """Whether a delivery of this kind whose outcome is unknown may be made again."""
    return REPEATS.get(kind, ALWAYS)


Change = Literal["set", "moved", "cancelled"]
"""What a letter tells the resident about the appointment."""

LocalTime = Annotated[str, BeforeValidator(in_one_form)]
"""`2026-12-14 10:30:00` in Europe/Amsterdam. Documents of an earlier version may hold Hoomdossier's own notation."""


def is_past(appointment: str | None, now: datetime) -> bool:
    """Whether the appointment (Europe/Amsterdam) is over at `now` (UTC). None counts as over.

    One of which only the day is known is over at the end of that day.
    """
    return appointment is None or begins_at_last(from_amsterdam(appointment)) <= now


class Item(Job):
    """The newest event of one kind about a building. Its delivery is due at `next_at` (UTC).

    `payload` is what Hoomdossier sent; a large one is in `blob`. Both are dropped after the delivery. `version` counts
    the contents of this kind; `sending_version` was sent last and `delivered_version` arrived last. `contact_id` is the
    resident whom Hoomdossier named. `known_since` (UTC) is when the content became true: when its push arrived, or the
    time in the feed or of the imported file. `refusals` counts how often Econobis refused this content and Hoomdossier
    then sent it again. `again`: the same content was delivered before, and a person saved it once more. `found`: it
    came from the feed or an import, so its push may still follow. `entered`: a coach entered it on the own page, and
    Hoomdossier did not send it.
    """

    digest: str
    version: int
    delivered_version: int = 0
    sending_version: int = 0
    contact_id: ContactId | None = None
    accepted_at: Moment
    known_since: Moment
    delivered_at: Moment | None = None
    payload: dict[str, Any] | None = None
    blob: Blob | None = None
    next_at: Moment
    refusals: int = 0
    again: bool = False
    found: bool = False
    entered: bool = False

    def schedule(self, at: datetime) -> None:
        """Makes the delivery due at `at` (UTC). Call `Relay.reschedule` after it."""
        self.next_at = at

    @property
    def is_stopped_before_sending(self) -> bool:
        """Whether this content was never sent, and will only be sent when a person replays it."""
        return self.state != "waiting" and self.sending_version < self.version

    def forget(self) -> None:
        """Drops the content: nothing is to be delivered any more."""
        self.state, self.parked, self.payload, self.blob = "done", None, None, None
        if self.effect and self.effect.state not in {"claimed", "sent"}:
            self.effect = self.effect.without_words()

    def erase(self) -> None:
        """Drops everything about the contact. The version stays, because later contents count on from it."""
        self.forget()
        self.contact_id, self.digest, self.effect, self.attempts = None, "", None, Attempts()

    def takes_again(self, at: datetime) -> bool:
        """Whether a dead letter is tried again because Hoomdossier sent the same content once more at `at` (UTC).

        Its cause may have been mended. There is a pause between tries (`pause_before_same`), because Hoomdossier may
        send the content every five minutes, and Econobis mails its staff at each refusal.
        """
        if self.parked is None or self.parked.unknown:
            return False
        return at >= self.parked.at + pause_before_same(self.refusals)

    def mark_delivered(self, at: datetime) -> None:
        """Notes that `sending_version` arrived at `at` (UTC). A newer one is due at once; else drops the content."""
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
    """The items of one building, and the state of its visit. Stored under the key `of_building`.

    Times of the visit are in Europe/Amsterdam (`domain/local_time.py`): `appointment` is the one in Hoomdossier,
    `planned` the one in Econobis (also after the visit was `cancelled` there), `announced` the one in the last letter
    to the resident, `removed` the one that the coach removed. `executed`: the last visit took place.
    `removal_ignored`: the coach removed the date of a visit that had taken place, which changes nothing. `before` is
    the appointment that the present one replaced.

    `version` counts the changes; `follow_event` has been done up to `followed_version`. `known_as` holds the contact
    and account ids that `follow_event` wrote to the resident. `plan` holds the measures that Econobis got, for a
    cooperation that keeps measures which were taken out of the plan (known-limits D8). `building_id` and `account_id`
    are Hoomdossier's.

    `coaches` are those whom Hoomdossier named last, at `coaches_at` (UTC). `measures` are those of the newest plan;
    `plan_at` (UTC) is when the first plan with measures was there. `told` is the digest of the facts that
    `follow_event` told to the resident.
    """

    building_id: int
    contact_id: ContactId | None
    account_id: int | None
    items: dict[EventKind, Item] = {}
    version: int = 0
    followed_version: int = 0
    known_as: tuple[ContactId, int] | None = None
    appointment: LocalTime | None = None
    before: LocalTime | None = None
    announced: LocalTime | None = None
    plan: dict[str, Any] = {}
    planned: LocalTime | None = None
    cancelled: bool = False
    removed: LocalTime | None = None
    executed: bool = False
    removal_ignored: bool = False
    deleted_at: Moment | None = None
    coaches: list[ContactId] = []
    coaches_at: Moment | None = None
    measures: list[Measure] = []
    plan_at: Moment | None = None
    told: str = ""

    def derived(self) -> dict[str, Any]:
        """As in Work, with a field per kind of event. While the relay itself is a dead letter, its items are none."""
        parked = self._parked_items
        return {
            **super().derived(),
            **{f"trouble_{kind}": parked[kind].in_order if kind in parked else None for kind in ORDER},
        }

    @property
    def dead_letters(self) -> Sequence[Parked]:
        """As in Work."""
        return [*super().dead_letters, *self._parked_items.values()]

    @property
    def _parked_items(self) -> dict[EventKind, Parked]:
        """None while the relay itself is a dead letter."""
        items = {} if self.parked else self.items
        return {kind: item.parked for kind, item in items.items() if item.parked}

    def job(self, event: str | None) -> Job | None:
        """The item of this kind of event, or None; without `event` the relay itself."""
        return next((item for kind, item in self.items.items() if kind == event), None) if event else self

    @property
    def undelivered_since(self) -> datetime | None:
        """As in Work, of the oldest event that waits. An event counts from when it was accepted."""
        waiting = [it.attempts.first_failed_at or it.accepted_at for it in self.items.values() if it.state == "waiting"]
        return min(waiting) if self.due_at and waiting else super().undelivered_since

    @property
    def blobs(self) -> list[Blob]:
        """The blobs that the items refer to."""
        return [item.blob for item in self.items.values() if item.blob]

    def is_news(self, kind: EventKind, item: Item, heard_at: datetime | None = None, *, pushed: bool = False) -> bool:
        """Whether `item` has to be delivered, because it is newer than the known item of its kind.

        `heard_at` None: it was pushed just now, so it is newer than everything before it. Otherwise it comes from the
        feed or was set aside, and was received at `heard_at` (UTC): then the item with the later `known_since` wins.
        `pushed`: a push, set aside or not. After a delete nothing is delivered.

        The same content is delivered again when a push brings it because a person saved it once more and that matters
        (`_matters_again`), or when Econobis refused it before (`Item.takes_again`).
        """
        known = self.items.get(kind)
        if self.deleted_at or known is None:
            return self.deleted_at is None
        if not _is_newer(item, known, heard_at):
            return False
        if known.digest != item.digest:
            return True
        if heard_at is not None and item.known_since <= known.known_since:
            return False  # It is the known event itself, found once more.
        return (pushed and self._matters_again(kind, known)) or known.takes_again(item.accepted_at)

    def confirm(self, kind: EventKind, item: Item) -> None:
        """The known content came once more: moves `known_since` on, so that what was set aside before it is older.

        When the push comes after the feed, `found` becomes False: the next push means that a person saved it again.
        """
        known = self.items.get(kind)
        if known is None or known.digest != item.digest:
            return
        known.found = known.found and item.found
        if item.known_since > known.known_since:
            known.known_since = item.known_since
            # A push also moves `accepted_at`; the feed does not.
            known.accepted_at = known.accepted_at if item.found else item.accepted_at

    def _matters_again(self, kind: EventKind, known: Item) -> bool:
        """Whether the same content has an effect in Econobis when it is delivered again.

        An appointment may be for a visit that staff made since; a removed appointment stays removed. A status completes
        one more visit (known-limits D3), so it is not repeated while the first one is in flight or may have arrived.
        """
        if kind == "appointment":
            return self.appointment is not None and not known.found
        if kind == "status":
            return known.state == "done" or (known.parked is not None and not known.parked.unknown)
        return kind in SAVED_BY_A_PERSON

    def put(self, kind: EventKind, item: Item) -> None:
        """Replaces the item of this kind. A call in flight finishes first, and then the new item is due."""
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
        """The newest appointment that is known, also when it was removed."""
        return self.appointment or self.removed or self.planned

    @property
    def is_made_again(self) -> bool:
        """Whether a cancelled visit got back the date that it had.

        Econobis kept that date, and sets the status of a visit to "made" only with a new one.
        """
        return self.cancelled and self.appointment is not None and self.planned == self.appointment

    def change_to_tell(self, now: datetime) -> Change | None:
        """What the next letter tells the resident at `now` (UTC); None when there is nothing to tell.

        Nothing is told about an appointment that is over, was announced already, or was stopped before sending, nor
        about a cancellation that Econobis does not have yet.
        """
        new, told, item = self.appointment, self.announced, self.items.get("appointment")
        if self.deleted_at or new == told or item is None or item.is_stopped_before_sending:
            return None
        if new is None:
            taken = self.cancelled and item.state == "done"
            return "cancelled" if taken and not self.executed and not is_past(told, now) else None
        if is_past(new, now):
            return None
        return "set" if is_past(told, now) else "moved"

    @property
    def removal(self) -> Item | None:
        """The item that is to cancel a visit in Econobis, as long as that was not sent; None when there is none."""
        item = self.items.get("appointment")
        if (
            item is None
            or item.state == "done"
            or item.is_stopped_before_sending
            or (item.effect and item.effect.state == "sent")
        ):
            return None
        known = self.appointment is None and self.last_appointment is not None and not self.cancelled
        return item if known else None

    def release_item(self, kind: EventKind, at: datetime) -> None:
        """A person replays the item, due at `at` (UTC).

        With that the person says: the contact of the event is right, a delete that was held is right, and a visit whose
        date was removed did not take place.
        """
        item = self.items[kind]
        item.release(at)
        self.contact_id = item.contact_id or self.contact_id
        self.version += 1
        if kind == "delete":
            self.drop_all_but(item)
        if kind == "appointment" and self.appointment is None:
            self.executed = False
        self.reschedule()

    def close_item(self, kind: EventKind) -> None:
        """A person closes the item.

        For a removed appointment that means that the visit is cancelled in Econobis now, unless it took place.
        """
        item = self.items[kind]
        if (
            kind == "appointment"
            and self.appointment is None
            and not self.executed
            and not item.is_stopped_before_sending
        ):
            self.mark_cancelled()
        self.forget_item(kind)

    def forget_item(self, kind: EventKind) -> None:
        """Drops the content of an item: it is not delivered."""
        self.items[kind].forget()
        self.reschedule()

    def mark_cancelled(self) -> None:
        """Notes that the visit is cancelled in Econobis, so the resident may get the letter."""
        self.cancelled = True
        self.version += 1

    def drop_all_but(self, delete: Item) -> None:
        """Drops all items but the delete, because nothing is delivered after it. A call in flight finishes first."""
        self.deleted_at, self.appointment = delete.accepted_at, None
        sent = {kind: item for kind, item in self.items.items() if item.effect and item.effect.state == "sent"}
        for item in sent.values():
            item.forget()
        self.items = {**sent, "delete": delete}

    def forget_contact(self, contacts: Collection[ContactId]) -> None:
        """Erases the events about these contacts in the relay of another contact's home."""
        of_them = {kind for kind, item in self.items.items() if item.contact_id in contacts}
        for kind in of_them:
            self.items[kind].erase()
        if "plan" in of_them:
            self.plan, self.measures, self.plan_at = {}, [], None
        if "appointment" in of_them:
            self.appointment, self.removed = (None if self.cancelled else self.planned), None
        if self.known_as and self.known_as[0] in contacts:
            self.known_as = None
        self.account_id = self.known_as[1] if self.known_as else None

    def is_after_delete(self, kind: EventKind) -> bool:
        """Whether nothing of this kind may be delivered, because the dossier was deleted."""
        return self.deleted_at is not None and kind != "delete"

    def has_call_in_flight(self, kind: EventKind, now: datetime) -> bool:
        """Whether a call with another kind is in flight for this home, so that this kind has to wait.

        Econobis makes a housing file where it finds none, without a lock. Two calls at once would make two files, and a
        call that ends after a delete would make a new file.
        """
        others = (item.effect for other, item in self.items.items() if other != kind)
        return any(situation(effect, now) is Situation.RUNNING for effect in others)

    def next_item(self, now: datetime) -> EventKind | None:
        """The first kind in ORDER that is due at `now` (UTC); None when nothing is due."""
        due = [kind for kind in ORDER if (item := self.items.get(kind)) and item.state == "waiting"]
        return next((kind for kind in due if self.items[kind].next_at <= now), None)

    def finish(self) -> None:
        """As in Work. Drops the content of all items."""
        super().finish()
        for item in self.items.values():
            item.forget()

    def release(self, at: datetime) -> None:
        """As in Work. Items that wait for later are due at `at` (UTC) too; dead letters among them stay."""
        super().release(at)
        for item in self.items.values():
            item.schedule(min(item.next_at, at))
        self.reschedule()

    def reschedule(self) -> None:
        """Derives the state, `needs_person` and `due_at` from the items. To be called after each change of an item."""
        items = self.items.values()
        due = [item.next_at for item in items if item.state == "waiting"]
        if self.followed_version < self.version:
            due.append(max(item.accepted_at for item in items))
        self.needs_person = self.parked is not None or any(item.parked for item in items)
        self.state = "waiting" if due else "parked" if self.needs_person else "done"
        self.due_at = None
        if due:
            self.schedule(min(due))


def _is_newer(item: Item, known: Item, heard_at: datetime | None) -> bool:
    """Arguments as of `Relay.is_news`. Of two items with the same `known_since` the one that comes later is newer."""
    if heard_at is None or heard_at - CLOCKS_APART >= known.accepted_at:
        return True
    # A push that arrived after we asked the feed is newer, whatever time the feed gives.
    was_pushed_since = known.known_since == known.accepted_at > heard_at  # For a push both times are equal.
    return item.known_since >= known.known_since and not was_pushed_since
