"""To send much again at once: what it would do, the confirmation, and how far it is."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

from flask import Response

from functions._http import UnknownAddress
from functions.staff.advice import advice
from functions.staff.visit import Visit
from shared.clock import from_text, to_text
from shared.domain.cause_titles import DECISIONS, title_of
from shared.domain.replay import Chosen, Replay
from shared.errors import BadInput
from shared.staff.bulk_replay import Preview, latest, of_replay
from shared.staff.bulk_replay import begin as begin_replay
from shared.staff.bulk_replay import preview as preview_of
from shared.staff.told import Told
from shared.staff.trouble_filters import as_query, read_exactly

_KEY = re.compile(r"[0-9a-f]{32}")


def preview(visit: Visit) -> Response:
    """What it would do. Changes nothing."""
    chosen = read_exactly(visit.request.args)
    shown = preview_of(visit.services, visit.cooperation, chosen)
    return visit.page(
        "replay_preview.html",
        chosen=chosen,
        shown=shown,
        fields={**as_query(chosen), "key": shown.key, "at": to_text(shown.at), "count": shown.count},
        back=visit.url("trouble.show", **as_query(chosen)),
        running=[(key, it) for key, it in latest(visit.services, visit.cooperation) if it.is_sending],
        title_of=title_of,
        decision=_decision(visit, shown, chosen),
        decide=lambda cause: visit.url("replays.preview", **as_query(chosen, cause=cause.code)),
    )


def _decision(visit: Visit, shown: Preview, chosen: Chosen) -> list[Told]:
    """What it means to send these again, when that is a decision about each."""
    asked = [cause.oldest[0] for cause in shown.again if chosen.cause in DECISIONS]
    return list(dict.fromkeys(advice(visit, letter) for letter in asked))


def begin(visit: Visit) -> Response:
    """Begins it, once for each preview."""
    form = visit.request.form
    key, count = form.get("key", ""), form.get("count", "")
    if not _KEY.fullmatch(key) or not re.fullmatch(r"[1-9][0-9]{0,6}", count):
        raise BadInput({"body": ["Dit formulier is niet compleet. Begin opnieuw bij Storingen."]})
    chosen = read_exactly(form)
    at = _moment(form.get("at", ""))
    begin_replay(visit.services, visit.cooperation, key, chosen, visit.person, at=at, count=int(count))
    return visit.go(visit.url("replays.show", key=key))


def _moment(text: str) -> datetime:
    """Only what the preview wrote: another text may be without a zone, or of a year that no document can hold."""
    with suppress(ValueError, OverflowError):
        at = from_text(text)
        if to_text(at) == text:
            return at
    raise BadInput({"body": ["Dit formulier is niet compleet. Begin opnieuw bij Storingen."]})


def show(visit: Visit, key: str) -> Response:
    """How far it is, and what came of it. The page shows itself again while there is something to follow."""
    replay = visit.services.records(Replay).get(of_replay(visit.cooperation, key)) if _KEY.fullmatch(key) else None
    if replay is None:
        raise UnknownAddress
    again = sorted(replay.again.items(), key=lambda it: -it[1])
    again_url = {code: visit.url("trouble.show", **as_query(replay.chosen, cause=code)) for code, _ in again}
    return visit.page("replay.html", replay=replay, again=again, again_url=again_url, title_of=title_of)
