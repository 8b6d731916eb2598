"""What the command lines print of what came from outside."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from infra.operate import dead_letters
from infra.printed import printable
from shared.clock import utc_now
from shared.dead_letters.find import DeadLetter
from shared.domain.work import Parked

EVIL = "\x1b[2J\x1b]0;titel\x07\x9b31m\r\nalles\u2028is\u2029\u202egoed\u2066\u200b\x7f\x00\ud83d"


def dangerous(text: str) -> set[str]:
    return {it for it in text if not it.isprintable() and it != " " and unicodedata.category(it) != "Zs"}


def test_no_character_of_all_that_there_are_acts_on_a_terminal() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert dangerous(printable(everything)) == set()


def test_what_people_write_stays_as_it_is() -> None:
    text = "Zoë D'Hondt, Šmídová, 王, Ñandú: € 12 – “hoi” \u00a0 😀"
    assert printable(text) == text


def test_what_was_there_can_still_be_seen() -> None:
    assert printable(EVIL) == (
        "\\u001b[2J\\u001b]0;titel\\u0007\\u009b31m\\r\\nalles\\u2028is\\u2029\\u202egoed\\u2066\\u200b\\u007f\\u0000\\ud83d"
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_a_peers_own_words_stay_in_their_line(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    letter = DeadLetter("links", "c:1:2", "c", Parked(code="Refused", reason=EVIL, at=utc_now()), EVIL, EVIL)
    options = dead_letters._parser().parse_args(["show", *(["--json"] if as_json else [])])
    dead_letters._show([letter], options)
    printed = capsys.readouterr().out
    assert dangerous(printed) == {"\n"}
    assert len(printed.split("\n")) == (12 if as_json else 4)
    if as_json:
        assert json.loads(printed)[0]["reason"] == EVIL
