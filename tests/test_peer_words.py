"""The words of a peer stand in that peer's folder: elsewhere the code speaks of appointments, not of `afspraak`.

Checked are names (of modules, variables, functions, arguments, attributes) and every text that is one word, for
example a key of a dictionary. Sentences in Dutch are for people, and stay Dutch. `docs/peers/` explains the words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tree import PRODUCT, syntax, within

THEIR_FOLDERS = ("shared.econobis", "shared.hoomdossier", "shared.address_register")

# Dutch words in the names that both peers use on the wire: paths, keys and fields (docs/peers/econobis.md 4 and 5,
# docs/peers/hoomdossier.md 3). Each counts on its own and as a part of a longer name: `kansactie_id`.
DUTCH = frozenset({
    "aanmaken", "aanmeldingsbron", "aantal", "achternaam", "adres", "afgehandeld", "afspraak", "bedrag",
    "begindatum", "bewoner", "bewoners", "bezoek", "bijlage", "bouwjaar", "bouwlagen", "campagne",
    "contactpersoon", "daktype", "datum", "duratie", "einddatum", "electriciteit", "elektra", "elektriciteit",
    "emailadres", "energielabel", "forceer", "geboortedatum", "gebruik", "gebruiker", "gebruiksoppervlakte",
    "groep", "huisnummer", "incasso", "interesse", "kalender", "kans", "kansactie", "koophuis", "maatregel",
    "maatregelen", "machtiging", "motivatie", "nieuw", "nummer", "omschrijving", "opbrengst", "opmerking",
    "opmerkingen", "organisatienaam", "plaats", "privacybeleid", "stooktemperatuur", "straat", "taak",
    "telefoonnummer", "terug", "titel", "toevoeging", "tussenvoegsel", "uitgebracht", "verantwoordelijke",
    "verbinding", "verbruik", "voorletters", "voornaam", "woning", "woningtype", "woondossier", "woonplan",
    "zonnepanelen",
})  # fmt: skip
# English names that mean something only to a peer.
WIRE_NAMES = frozenset({
    "account_related", "building_coach_status", "building_coach_statuses", "hoom_account_id", "hoom_building_id",
    "hoom_group_id", "intake_id_extern", "scan-status", "scan_status", "tool_question_custom_values", "tool_questions",
    "user_action_plan_advice_comments", "user_action_plan_advices",
})  # fmt: skip
ONE_WORD = re.compile(r"[a-z0-9_.\[\]-]+")

# What people read or type, and no peer ever sees.
FOR_PEOPLE: dict[str, frozenset[str]] = {
    "shared.domain.place": frozenset({"straat", "toevoeging"}),  # typed in place of a street
    "shared.letters.write_letter": frozenset({"bewoner"}),  # whom a letter greets when the name cannot be shown
    "shared.mail.message": frozenset({"afspraak.ics"}),  # the name of the attachment
    "shared.staff.export": frozenset({"woonplan"}),  # the name of a file that a resident gets
}


def is_theirs(word: str) -> bool:
    parts = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower())
    return word in WIRE_NAMES or not DUTCH.isdisjoint(parts)


def words_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word):
                yield word
            case ast.FunctionDef(name=word) | ast.ClassDef(name=word) | ast.MatchAs(name=str(word)):
                yield word
            case ast.keyword(arg=str(word)):
                yield word
            case ast.alias(name=name, asname=alias):
                yield from (name, alias or "")
            case ast.Constant(value=str(text)) if ONE_WORD.fullmatch(text):
                yield text
            case ast.Constant(value=bytes(body)) if ONE_WORD.fullmatch(text := body.decode("latin-1")):
                yield text


def test_the_words_of_a_peer_stand_in_its_folder() -> None:
    found: dict[str, set[str]] = {}
    for module in PRODUCT:
        if not within(module, *THEIR_FOLDERS):
            theirs = {word for word in (module, *words_of(syntax(module))) if is_theirs(word)}
            theirs -= FOR_PEOPLE.get(module, set())
            found |= {module: theirs} if theirs else {}
    assert found == {}


def test_their_own_folders_use_them() -> None:
    """Otherwise the lists above would be about words that nobody uses."""
    used = {word for module in PRODUCT if within(module, *THEIR_FOLDERS) for word in words_of(syntax(module))}
    assert {"afspraak", "woning-status", "account_related", "intake_id_extern", "voornaam"} <= used


@pytest.mark.parametrize(
    "code",
    [
        "afspraak = 1",
        "def send(woonplan): ...",
        "def send_woonplan(): ...",
        "class ScanStatusWoning: ...",
        "item.gebruik",
        "send(kansactie_id=1)",
        "{'account_related': ids}",
        "body['user_action_plan_advices']",
        "kind == 'woning-status'",
        "b'afspraak'",
        "from shared.econobis import afspraak",
        "match kind:\n    case 'woonplan': ...",
    ],
)
def test_a_word_is_seen_wherever_it_stands(code: str) -> None:
    assert any(is_theirs(word) for word in words_of(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    ["text = 'De afspraak is verzet.'", "kind = 'appointment'", "intake_id = 1", "# afspraak", "label = 'Afspraak'"],
)
def test_sentences_and_our_own_words_are_fine(code: str) -> None:
    assert not any(is_theirs(word) for word in words_of(ast.parse(code)))
