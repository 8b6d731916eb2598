"""Runs an effect at most once per place, whoever asks, how often and from how many instances.

The state machine is `domain/effect.py`. It lives inside the document that it belongs to, so what follows from the
outcome (an account id, a next attempt, a dead letter) is written together with it or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.clock import Clock, to_text, utc_now
from shared.domain.effect import NEVER, Effect, Repeats, Situation, claim, situation
from shared.errors import AlreadyExists, Busy, Changed, Gone, LinkError, OutcomeUnknown
from shared.store.port import Data, Document, Store, update
from shared.work.ending import ENDING, Ending

LEASE_MARGIN = 10.0  # seconds a lease outlives the call it covers, for the two writes around it
POLL = 0.05, 0.5  # seconds between two looks at somebody else's call: first, longest


class Overtaken(LinkError):
    """Our lease ran out before anything was sent; nothing was done by us."""

    status = 503


@dataclass(frozen=True)
class Place:
    """Where an effect is kept: a document, and the path of fields to it."""

    collection: str
    key: str
    path: Sequence[str] = ("effect",)

    def read(self, data: Data | None) -> Effect | None:
        value: Any = data
        for name in self.path:
            value = (value or {}).get(name)
        return Effect.model_validate(value) if value else None

    def write(self, data: Data, effect: Effect) -> Data:
        target = data
        for name in self.path[:-1]:
            target = target[name]
        target[self.path[-1]] = effect.model_dump(mode="json")
        return data


def _as_it_is(data: Data) -> Data:
    return data


def _nothing(data: Data, _outcome: Any) -> Data:
    return data


@dataclass(frozen=True)
class Call:
    """One effect, as a flow asks for it.

    `send(data)` makes the call with the document as it was when it was marked as sent; it takes `seconds` at most.
    `admit()` is asked for room before it; it may sleep, or raise. `before(data)` and `after(data, outcome)` are
    pure and join the write that marks it sent, and the write of its outcome (the answer, or the LinkError).
    `held(data, now)`: another call in the same document has to end first. `repeats`: whether it may be made again
    when nobody knows what came of it.
    """

    send: Callable[[Data], Any]
    seconds: float
    admit: Callable[[], None] = lambda: None
    before: Callable[[Data], Data] = _as_it_is
    after: Callable[[Data, Any], Data] = _nothing
    held: Callable[[Data, datetime], bool] = lambda _data, _now: False
    repeats: Repeats = NEVER


@dataclass
class Once:
    store: Store
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
    ending: Ending = ENDING
    owner: str = field(default_factory=lambda: uuid4().hex)

    def perform(
        self, place: Place, call: Call, *, patience: float = 0, known: Document | None = None
    ) -> tuple[Any, Document]:
        """The answer, made now or earlier by whoever was first (JSON), and the document as it is with it.

        `known` is the document as the caller just read it. Raises Gone when there is none.

        Raises what `send` or `admit` raised, OutcomeUnknown when an earlier call may have worked, Busy when
        somebody else's call, or one that holds it, is still under way after `patience` seconds, and GoingDown when
        this instance is being taken away before anything was sent.
        """
        until = self.clock() + timedelta(seconds=patience)
        pause, longest = POLL
        while True:
            document, known = known or self.store.get(place.collection, place.key), None
            effect = place.read(document.data if document else None)
            now = self.clock()
            match situation(effect, now, call.repeats):
                case Situation.DONE:
                    assert effect is not None
                    assert document is not None
                    return effect.answer, document
                case Situation.UNKNOWN:
                    raise self._unknown(place, effect, call)
                case Situation.FREE if document is None or not call.held(document.data, now):
                    try:
                        return self._make(place, call, document)
                    except Changed:
                        continue
            if now >= until:
                raise Busy("the same call is under way")
            self.sleep(min(pause, longest))
            pause *= 2

    def _make(self, place: Place, call: Call, document: Document | None) -> tuple[Any, Document]:
        if document is None:
            raise Gone(f"no document in {place.collection}")
        owner = f"{self.owner}-{uuid4().hex[:8]}"
        claimed = claim(owner, self.clock(), call.seconds + LEASE_MARGIN, place.read(document.data))
        data = place.write(document.data, claimed)
        document = self.store.replace(place.collection, place.key, data, document.version)
        try:
            self.ending.check(self.clock())
            call.admit()  # It may have waited for room.
            self.ending.check(self.clock())
        except LinkError as error:
            self._finish(place, call, document, claimed, "failed", error)
            raise
        document, sent = self._mark_sent(place, call, document, claimed)
        try:
            if self.clock() >= sent.lease_until:
                raise Overtaken("we stood still for too long")
            self.ending.check(self.clock())
            answer = call.send(document.data)
        except LinkError as error:
            state = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
            self._finish(place, call, document, sent, state, error)
            raise
        except Exception as error:
            lost = OutcomeUnknown(f"{type(error).__name__} during the call")
            self._finish(place, call, document, sent, "unknown", lost)
            raise lost from error
        return answer, self._finish(place, call, document, sent, "done", answer)

    def _mark_sent(self, place: Place, call: Call, document: Document, claimed: Effect) -> tuple[Document, Effect]:
        lease_until = self.clock() + timedelta(seconds=call.seconds + LEASE_MARGIN)
        sent = claimed.model_copy(update={"state": "sent", "lease_until": lease_until})

        def change(data: Data | None) -> Data:
            current = place.read(data)
            if data is None or current is None or (current.owner, current.state) != (claimed.owner, "claimed"):
                raise Overtaken("somebody else took over")
            return place.write(call.before(data), sent)

        written = update(self.store, place.collection, place.key, change, known=document)
        assert written is not None
        return written, sent

    def _finish(  # noqa: PLR0913, PLR0917  (each is a part of the one write)
        self, place: Place, call: Call, document: Document, ours: Effect, state: str, outcome: Any
    ) -> Document:
        reason = str(outcome) if state == "unknown" else ""  # Nobody asks for it in another state.
        answer = None if isinstance(outcome, LinkError) else outcome
        finished = ours.model_copy(update={"state": state, "reason": reason, "answer": answer})

        def change(data: Data | None) -> Data | None:
            current = place.read(data)
            if data is None or current is None or current.owner != ours.owner or current.state == "done":
                return None  # Erased, or taken over after our lease: what we learned is no longer ours to write.
            return call.after(place.write(data, finished), outcome)

        return update(self.store, place.collection, place.key, change, known=document) or document

    def _unknown(self, place: Place, effect: Effect | None, call: Call) -> OutcomeUnknown:
        """A call that was sent and never came back (its lease ran out) becomes unknown for everybody to see."""
        assert effect is not None
        error = OutcomeUnknown(effect.reason or "the caller stopped before the answer came")
        if effect.state == "sent":
            document = self.store.get(place.collection, place.key)
            if document:
                self._finish(place, call, document, effect, "unknown", error)
        return error

    @contextmanager
    def alone(self, name: str, seconds: float, patience: float) -> Any:
        """Only one at a time per `name`, over all instances, for a call of `seconds` at most. Raises Busy."""
        until = self.clock() + timedelta(seconds=patience)
        pause, longest = POLL
        while True:
            expires_at = to_text(self.clock() + timedelta(seconds=seconds + LEASE_MARGIN))
            try:
                document = self.store.create("locks", name, {"owner": self.owner, "expires_at": expires_at})
                break
            except AlreadyExists:
                if self.clock() >= until:
                    raise Busy("the same person's call is under way") from None
                self.sleep(min(pause, longest))
                pause *= 2
        try:
            yield
        finally:
            with suppress(Changed):  # It ran out and is somebody else's now.
                self.store.delete("locks", name, document.version)
