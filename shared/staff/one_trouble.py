"""One dead letter on the staff pages: what stands there, what a person may decide about it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shared.dead_letters.decide import CannotReplay, can_settle, close, replay, settle
from shared.dead_letters.find import DeadLetter, job_of, letter_named, read_job, with_advice
from shared.domain.dead_letter_texts import text_of
from shared.domain.ids import ContactId
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.work import State, Work
from shared.staff.mend import Settled, refusal
from shared.staff.told import Told
from shared.work.kinds import kind_of
from shared.work.services import Services
from shared.work.settle_dossier import AccountTaken

Letter = DeadLetter
"""A dead letter, as the pages know it."""

Said = Literal["replayed", "closed", "settled", "already", "cannot"]
"""What a decision did. `already`: it is no dead letter any more. `cannot`: it does not help; nothing was changed."""


@dataclass(frozen=True)
class Decided:
    """What became of a letter that is none any more. `gone`: its work is not kept any more."""

    kind: str
    state: State | Literal["gone"]
    contact_id: ContactId | None


def look(services: Services, cooperation: str, letter_id: str) -> DeadLetter | Decided | None:
    """The dead letter with this id, or what became of it. None when the cooperation has, or had, no such thing.

    Raises StoreUnavailable.
    """
    kind = letter_id.rsplit("/", maxsplit=1)[-1] if letter_id.count("/") > 1 else letter_id.partition("/")[0]
    stored = read_job(services, letter_id)
    if stored is None:
        return Decided(kind, "gone", None) if _may_be_of(cooperation, letter_id) else None
    work: Work = stored.record
    if letter := letter_named(letter_id, stored):
        return with_advice(services, letter) if work.cooperation == cooperation else None
    job = job_of(letter_id, work)
    state: State | Literal["gone"] = job.state if job else "gone"
    return Decided(kind, state, getattr(work, "contact_id", None)) if work.cooperation == cooperation else None


def _may_be_of(cooperation: str, letter_id: str) -> bool:
    """Whether such a thing can have been this cooperation's: else who asks learns what another one does not have."""
    collection, _, key = letter_id.partition("/")
    if collection == kind_of(OutgoingMail).collection:
        key = key.partition("-")[2]
    return ":" not in key or key.startswith(f"{cooperation}:")


def send_again(services: Services, letter: DeadLetter, by: str) -> Said:
    """Raises StoreUnavailable and Busy, as do the others; then do it again."""
    try:
        return "replayed" if replay(services, letter, by) else "already"
    except CannotReplay:
        return "cannot"


def set_aside_for_good(services: Services, letter: DeadLetter, by: str) -> Said:
    """A person did it by hand, or nothing has to be done."""
    return "closed" if close(services, letter, by) else "already"


def take_account(services: Services, letter: DeadLetter, account_id: int, by: str) -> Said | Settled:
    """The dossier exists: this is its account id in Hoomdossier. `Settled`: it was refused, and why."""
    try:
        return "settled" if settle(services, letter, account_id, by) else "already"
    except CannotReplay:
        return "cannot"
    except AccountTaken as taken:
        return refusal(taken, account_id)


def takes_account(letter: DeadLetter) -> bool:
    """Whether an account id settles it."""
    return can_settle(letter)


def why_of(letter: DeadLetter, translate: Callable[[str], str]) -> str:
    """Why it stands still, as far as that is our text."""
    return text_of(letter.parked.code, letter.parked.reason, letter.source.advice, translate).why


def advice_of(letter: DeadLetter, translate: Callable[[str], str], *, is_dutch: bool) -> Told:
    """What to do. `translate` gives a Dutch text in the language that was asked for, or as it is."""
    dutch = text_of(letter.parked.code, letter.parked.reason, letter.source.advice).advice
    if letter.advice != dutch:  # How to do it by hand, with the names on Econobis' own Dutch screens.
        return Told(letter.advice, not is_dutch)
    translated = text_of(letter.parked.code, letter.parked.reason, letter.source.advice, translate).advice
    return Told(translated, translated == dutch and not is_dutch)
