"""The command lines print texts that came from outside without characters that act on the terminal."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata

import pytest

from infra.operate import dead_letters
from infra.printed import printable
from shared.clock import utc_now
from shared.dead_letters.find import DeadLetter
from shared.domain.ids import ContactId
from shared.domain.link import Link
from shared.domain.work import Parked

EVIL = "\x1b[2J\x1b]0;titel\x07\x9b31m\r\nalles\u2028is\u2029\u202egoed\u2066\u200b\x7f\x00\ud83d"


def dangerous(text: str) -> set[str]:
    return {it for it in text if not it.isprintable() and it != " " and unicodedata.category(it) != "Zs"}


def test_no_character_of_unicode_acts_on_the_terminal() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert dangerous(printable(everything)) == set()


def test_ordinary_text_is_unchanged() -> None:
    text = "Zoë D'Hondt, Šmídová, 王, Ñandú: € 12 – “hoi” \u00a0 😀"
    assert printable(text) == text


def test_dangerous_characters_are_shown_escaped() -> None:
    assert printable(EVIL) == (
        "\\u001b[2J\\u001b]0;titel\\u0007\\u009b31m\\r\\nalles\\u2028is\\u2029\\u202egoed\\u2066\\u200b\\u007f\\u0000\\ud83d"
    )


@pytest.mark.parametrize("as_json", [False, True])
def test_a_peers_text_in_a_dead_letter_is_printed_on_one_line(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    parked, link = (
        Parked(code="Refused", reason=EVIL, at=utc_now()),
        Link(cooperation="c", coach_contact_id=ContactId(1), resident_contact_id=ContactId(2), accepted_at=utc_now()),
    )
    letter = DeadLetter("links", "c:1:2", "c", parked, EVIL, EVIL, work=link)
    options = argparse.Namespace(action="show", json=as_json)
    dead_letters.show([letter], options)
    printed = capsys.readouterr().out
    assert dangerous(printed) == {"\n"}
    assert len(printed.split("\n")) == (13 if as_json else 4)
    if as_json:
        assert json.loads(printed)[0]["reason"] == EVIL
