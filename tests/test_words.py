"""Words in Dutch that a page shows in another language."""

from __future__ import annotations

import json

from shared.words import Words

ENGLISH = {
    "In {place} kan {sign} niet staan.": "There cannot be {sign} in {place}.",
    "een komma": "a comma",
    "komma": "comma",
}
SIGN = Words("In {place} kan {sign} niet staan.", place="komma", sign=Words("een komma"))


def english(text: str) -> str:
    return ENGLISH.get(text, text)


def test_words_are_the_text_in_dutch() -> None:
    assert SIGN == "In komma kan een komma niet staan."
    assert json.dumps([SIGN]) == '["In komma kan een komma niet staan."]'


def test_of_the_values_only_words_are_translated() -> None:
    """What somebody typed may look like a text of ours."""
    assert SIGN.translated(english) == "There cannot be a comma in komma."


def test_what_somebody_typed_is_no_shape() -> None:
    typed = "{sign} {0} %s %(x)s"
    for words in (Words("In {place} kan {sign} niet staan.", place=typed, sign=typed), Words(typed)):
        assert typed in words
        assert typed in words.translated(english)


def test_words_can_have_other_values() -> None:
    place = Words("de toevoeging")
    said = Words(
        "{about} Vul {place} in.", about=Words("In {place} kan {sign} niet staan.", place=place, sign="x"), place=place
    )
    other = said.having(place=Words("het busnummer"), city=Words("gemeente"))
    assert other == "In het busnummer kan x niet staan. Vul het busnummer in."
    assert other.shape == said.shape
    assert said.having() == said


def test_words_without_english_stay_dutch() -> None:
    assert Words("Vul dit in.").translated(english) == "Vul dit in."
