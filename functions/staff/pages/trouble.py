"""What stands still and needs a person: all of it, and one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response

from functions._http import UnknownAddress
from functions.staff.chosen import SYSTEMS, as_query, read_chosen
from functions.staff.language import translations
from functions.staff.visit import Visit
from shared.dead_letters.causes import page_of
from shared.dead_letters.decide import CannotReplay, can_settle
from shared.dead_letters.decide import close as close_letter
from shared.dead_letters.decide import replay as replay_letter
from shared.dead_letters.decide import settle as settle_letter
from shared.dead_letters.find import DeadLetter, find_job, find_letter, job_of
from shared.dead_letters.sources import SOURCES
from shared.domain.cause_titles import title_of
from shared.domain.dead_letter_texts import text_of
from shared.domain.replay import Chosen
from shared.errors import BadInput, StoreUnavailable
from shared.events.set_aside import SetAside, look_aside
from shared.staff.bulk_replay import latest
from shared.staff.peers import peer_states
from shared.staff.trouble import Group, names_of, quote_of, trouble

FIRST = 5
"""So many of each cause stand on the page of all."""
_LARGEST = 2**53
"""An account id is smaller."""


@dataclass(frozen=True)
class Told:
    """A text on the page, and whether it is in Dutch although the page is not."""

    text: str
    is_foreign: bool = False


def show(visit: Visit) -> Response:
    """All trouble by cause; with `?cause=` the whole list of one cause, in pages."""
    chosen = read_chosen(visit.request.args)
    groups, standing = trouble(visit.services, visit.cooperation, chosen)
    letters, more = _letters(visit, chosen, groups)
    return visit.page(
        "trouble.html",
        chosen=chosen,
        groups=groups,
        standing=standing,
        letters=letters,
        more=more,
        names=names_of(visit.services, visit.cooperation, [it for them in letters.values() for it in them]),
        advice_of={group.code: _advice_of(visit, group) for group in groups},
        title_of=title_of,
        sources=SOURCES,
        systems=SYSTEMS,
        peers=peer_states(visit.services, visit.cooperation),
        aside=_aside(visit),
        replays=[(key, it) for key, it in latest(visit.services, visit.cooperation) if it.is_sending or it.left],
        query=lambda **changed: as_query(chosen, **changed),
        said=visit.request.args.get("said", ""),
    )


def _letters(visit: Visit, chosen: Chosen, groups: list[Group]) -> tuple[dict[str, list[DeadLetter]], str]:
    """The letters to show of each cause, and where the next page begins."""
    if not chosen.cause:
        return {group.code: group.oldest[:FIRST] for group in groups}, ""
    after = visit.request.args.get("after", "")
    letters, more = page_of(visit.services, visit.cooperation, chosen, after)
    return {chosen.cause: letters}, more


def _aside(visit: Visit) -> SetAside | None:
    """None: the bucket cannot be reached, so nobody knows."""
    try:
        return look_aside(visit.services, visit.cooperation)
    except StoreUnavailable:
        return None


def _advice_of(visit: Visit, group: Group) -> list[tuple[str, Told]]:
    """What to do, once for each different text, with the kind of work that it is for; `""` for all."""
    told = {cause.source.name: _advice(visit, cause.oldest[0]) for cause in group.causes}
    return [("", next(iter(told.values())))] if len(set(told.values())) == 1 else list(told.items())


def _advice(visit: Visit, letter: DeadLetter) -> Told:
    """The advice in the language of the page, as far as there is one."""
    translate = translations(visit.language).gettext
    general = text_of(letter.parked.code, letter.parked.reason, letter.source.advice).advice
    own = text_of(letter.parked.code, letter.parked.reason, letter.source.advice, translate).advice
    if letter.advice != general:  # How to do it by hand, with names of Econobis' own Dutch screens.
        return Told(letter.advice, visit.language != "nl")
    return Told(own, own == general and visit.language != "nl")


# -- one ---------------------------------------------------------------------------------------------------------------


def show_one(visit: Visit) -> Response:
    """Everything about one; also about one that was decided, as long as its work is there."""
    letter_id = visit.request.args.get("id", "")
    letter = find_letter(visit.services, letter_id)
    if letter is None:
        return _decided(visit, letter_id)
    _check_ours(visit, letter)
    return _one(visit, letter)


def _one(visit: Visit, letter: DeadLetter, problem: str = "", *, status: int = 200) -> Response:
    translate = translations(visit.language).gettext
    return visit.page(
        "trouble_one.html",
        status=status,
        letter=letter,
        title=title_of(letter.parked.code),
        why=text_of(letter.parked.code, letter.parked.reason, letter.source.advice, translate).why,
        quote=quote_of(letter),
        name=names_of(visit.services, visit.cooperation, [letter]).get(letter.id, ""),
        advice=_advice(visit, letter),
        can_settle=can_settle(letter),
        problem=problem,
        said=visit.request.args.get("said", ""),
    )


def _decided(visit: Visit, letter_id: str) -> Response:
    """What became of one that is no trouble any more."""
    found = find_job(visit.services, letter_id)
    if found and found[2].cooperation != visit.cooperation:
        raise UnknownAddress
    said = visit.request.args.get("said", "")
    if found is None and not said:
        raise UnknownAddress
    job = job_of(letter_id, found[2]) if found else None
    letter = letter_id.split("/")
    contact = getattr(found[2], "contact_id", None) if found else None
    return visit.page("trouble_done.html", state=job.state if job else "gone", said=said, parts=letter, contact=contact)


def replay(visit: Visit) -> Response:
    """Sends it again."""
    letter = _posted(visit)
    if letter is None:
        return _told(visit, "already")
    try:
        done = replay_letter(visit.services, letter, visit.person)
    except CannotReplay:
        return _told(visit, "cannot")
    return _told(visit, "replayed" if done else "already")


def close(visit: Visit) -> Response:
    """A person did it by hand, or nothing has to be done."""
    letter = _posted(visit)
    done = letter is not None and close_letter(visit.services, letter, visit.person)
    return _told(visit, "closed" if done else "already")


def settle(visit: Visit) -> Response:
    """Takes over the account id of a dossier that exists in Hoomdossier."""
    letter = _posted(visit)
    if letter is None:
        return _told(visit, "already")
    if not can_settle(letter):
        return _told(visit, "cannot")
    text = visit.request.form.get("account_id", "").strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < _LARGEST):
        return _one(visit, letter, "account_id", status=422)
    done = settle_letter(visit.services, letter, int(text), visit.person)
    return _told(visit, "settled" if done else "already")


def _posted(visit: Visit) -> DeadLetter | None:
    """The one that the form is about; None when it is none any more. Raises UnknownAddress and BadInput."""
    letter_id = visit.request.form.get("id", "")
    if letter := find_letter(visit.services, letter_id):
        _check_ours(visit, letter)
        return letter
    found = find_job(visit.services, letter_id)
    if found and found[2].cooperation != visit.cooperation:
        raise UnknownAddress
    if not letter_id:
        raise BadInput({"body": ["Dit formulier is niet compleet."]})
    return None


def _check_ours(visit: Visit, letter: DeadLetter) -> None:
    """Raises UnknownAddress: one of another cooperation looks like one that does not exist."""
    if letter.cooperation != visit.cooperation:
        raise UnknownAddress


def _told(visit: Visit, said: str) -> Response:
    facts: dict[str, Any] = {"id": visit.request.form.get("id", ""), "said": said}
    return visit.go(visit.url("trouble.show_one", **facts))
