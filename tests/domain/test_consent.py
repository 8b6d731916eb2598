"""The values of form builders for a ticked box, and the texts that mean no."""

from __future__ import annotations

import pytest

from shared.domain.consent import is_no, says_yes

YES = [
    *("1", "on", "true", "TRUE", "yes", "Yes.", "ja", "JA!", "j", "y", "x", "aan", "ok", "✓", "✔️"),
    *(
        "Accepted",
        "accepted",
        "Checked",
        "checked",
        "Agreed",
        "I agree",
        "akkoord",
        "Akkoord.",
        "geaccepteerd",
        "Aangevinkt",
    ),
    *("Ja, ik ga akkoord", "Ik ga akkoord met het privacybeleid.", "ik ga akkoord met de <a href='/p'>voorwaarden</a>"),
    *(
        "Ik geef toestemming voor het verwerken van mijn gegevens",
        "Ik stem ermee in dat deze site mijn gegevens opslaat",
    ),
    *("I agree to the privacy policy", "I accept", "I consent to having this website store my submitted information"),
    *("Gelezen en\u00a0akkoord", "Daar ben ik het mee eens", '["Ja"]', "  ja  ", "yes (consent)"),
]
NO = [
    *("", " ", "0", "false", "False", "off", "no", "No, thanks", "nee", "Nee.", "neen", "n", "uit", "unchecked", "Unchecked"),
    *("not accepted", "Not Checked", "I do not agree", "I don't agree", "disagree", "declined", "rejected", "null"),
    *("niet akkoord", "Ik ga niet akkoord", "Nog niet", "geen toestemming", "zonder toestemming", "ingetrokken"),
    *("misschien", "2", "-1", "00", "ja/nee", "akkoord?", "Ik wil er nog eens over denken", "Maak een keuze", "privacybeleid"),
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert says_yes(text)


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert not says_yes(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("gelezen", "Gelezen"),
        ("Geen bezwaar.", "geen bezwaar"),
        ("Gaat u akkoord?", "Gaat u akkoord?"),
        ("Ik heb het <a href='/p'>beleid</a>  gelezen &amp; begrepen", "Ik heb het beleid gelezen & begrepen"),
    ],
)
def test_what_the_settings_say_is_a_yes(text: str, value: str) -> None:
    assert not says_yes(text)
    assert says_yes(text, ["anders", value])


@pytest.mark.parametrize("text", ["", "nee", "0", "false", "off", "niet akkoord"])
def test_no_setting_makes_a_yes_of_a_no(text: str) -> None:
    assert is_no(text)
    assert not says_yes(text, [text])
