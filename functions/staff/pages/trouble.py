"""What stands still and needs a person: all of it, and one."""

from __future__ import annotations

from flask import Response

from functions._http import UnknownAddress
from functions.staff.advice import advice
from functions.staff.language import translations
from functions.staff.visit import Visit
from shared.clock import to_text
from shared.domain.cause_titles import title_of
from shared.domain.ids import read_id
from shared.domain.replay import Chosen
from shared.errors import BadInput
from shared.staff.bulk_replay import latest
from shared.staff.mend import Settled
from shared.staff.one_trouble import (
    Decided,
    Letter,
    Said,
    look,
    send_again,
    set_aside_for_good,
    take_account,
    takes_account,
    why_of,
)
from shared.staff.peers import peer_states
from shared.staff.told import Told
from shared.staff.trouble import Group, names_of, page_of_cause, quote_of, set_aside_of, trouble
from shared.staff.trouble_filters import KIND_NAMES, SYSTEMS, as_query, read_chosen

FIRST = 5
"""So many of each cause stand on the page of all."""


def show(visit: Visit) -> Response:
    """All trouble by cause; with `?cause=` the whole list of one cause, in pages."""
    services, cooperation = visit.services, visit.cooperation
    chosen = read_chosen(visit.request.args)
    groups, standing = trouble(services, cooperation, chosen)
    letters, more = _letters(visit, chosen, groups)
    return visit.page(
        "trouble.html",
        chosen=chosen,
        groups=groups,
        standing=standing,
        letters=letters,
        more=more,
        names=names_of(services, cooperation, [it for them in letters.values() for it in them]),
        advice_of={group.code: _advice_of(visit, group) for group in groups},
        title_of=title_of,
        kinds=KIND_NAMES,
        systems=SYSTEMS,
        peers=peer_states(services, cooperation),
        aside=set_aside_of(services, cooperation),
        replays=[(key, it) for key, it in latest(services, cooperation) if it.is_sending or it.left],
        query=lambda **changed: as_query(chosen, **changed),
    )


def _letters(visit: Visit, chosen: Chosen, groups: list[Group]) -> tuple[dict[str, list[Letter]], str]:
    """The letters to show of each cause, and where the next page begins."""
    if not chosen.cause:
        return {group.code: group.oldest[:FIRST] for group in groups}, ""
    letters, more = page_of_cause(visit.services, visit.cooperation, chosen, visit.request.args.get("after", ""))
    return {chosen.cause: letters}, more


def _advice_of(visit: Visit, group: Group) -> list[tuple[str, Told]]:
    """What to do, once for each different text, with the kind of work that it is for; `""` for all."""
    told = {cause.source.name: advice(visit, cause.oldest[0]) for cause in group.causes}
    return [("", next(iter(told.values())))] if len(set(told.values())) == 1 else list(told.items())


# -- one ---------------------------------------------------------------------------------------------------------------


def show_one(visit: Visit) -> Response:
    """Everything about one; also about one that was decided, as long as its work is there."""
    said = visit.request.args.get("said", "")
    found = look(visit.services, visit.cooperation, visit.request.args.get("id", ""))
    if isinstance(found, Letter):
        return _one(visit, found)
    if found is None or found.kind not in KIND_NAMES or (found.state == "gone" and not said):
        raise UnknownAddress
    return visit.page("trouble_done.html", done=found, said=said)


def _one(visit: Visit, letter: Letter, problem: str = "", *, known: int = 0) -> Response:
    return visit.page(
        "trouble_one.html",
        status=422 if problem else 200,
        letter=letter,
        at=to_text(letter.parked.at),
        title=title_of(letter.parked.code),
        why=why_of(letter, translations(visit.language).gettext),
        quote=quote_of(letter),
        name=names_of(visit.services, visit.cooperation, [letter]).get(letter.id, ""),
        advice=advice(visit, letter),
        can_settle=takes_account(letter),
        problem=problem,
        known=known,
        typed=visit.request.form.get("account_id", "").strip(),
        said=visit.request.args.get("said", ""),
    )


def replay(visit: Visit) -> Response:
    """Sends it again."""
    letter = _posted(visit)
    return _told(visit, send_again(visit.services, letter, visit.person) if letter else "already")


def close(visit: Visit) -> Response:
    """A person did it by hand, or nothing has to be done."""
    letter = _posted(visit)
    return _told(visit, set_aside_for_good(visit.services, letter, visit.person) if letter else "already")


def settle(visit: Visit) -> Response:
    """Takes over the account id of a dossier that exists in Hoomdossier."""
    letter = _posted(visit)
    if letter is None:
        return _told(visit, "already")
    account_id = read_id(visit.request.form.get("account_id", "").strip())
    if account_id is None:
        return _one(visit, letter, "account_id")
    said = take_account(visit.services, letter, account_id, visit.person)
    if isinstance(said, Settled):
        return _one(visit, letter, said.outcome, known=said.known)
    return _told(visit, said)


def _posted(visit: Visit) -> Letter | None:
    """The one that the form is about; None when it is none any more, or stopped again since the page was shown.

    Raises UnknownAddress and BadInput. One of another cooperation looks like one that does not exist.
    """
    letter_id = visit.request.form.get("id", "")
    if not letter_id:
        raise BadInput({"body": ["Dit formulier is niet compleet."]})
    found = look(visit.services, visit.cooperation, letter_id)
    if found is None or (isinstance(found, Decided) and found.kind not in KIND_NAMES):
        raise UnknownAddress
    seen = visit.request.form.get("at", "")
    return found if isinstance(found, Letter) and seen in {"", to_text(found.parked.at)} else None


def _told(visit: Visit, said: Said) -> Response:
    return visit.go(visit.url("trouble.show_one", id=visit.request.form["id"], said=said))
