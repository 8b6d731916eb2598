"""What doctor sees in the settings alone: none in good ones, and each fault with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.doctor.finding import Finding
from infra.doctor.offline import problems
from infra.doctor.our_keys import EXAMPLE
from tests.doctor.settings import GOOD

OTHER = GOOD.partition("\n")[2].replace("zonnig-dorp", "meer-energie")


def found(folder: Path, text: str = GOOD, known: set[str] | None = None) -> list[Finding]:
    file = folder / "cooperations.yaml"
    file.write_text(text, encoding="utf-8")
    return problems(file, secrets_known=known, shown="cooperations.yaml")


def told(findings: list[Finding], level: str) -> str:
    return "\n".join(f"{it.what} | {it.where}" for it in findings if it.level == level)


def test_good_settings_have_no_errors(tmp_path: Path) -> None:
    assert told(found(tmp_path), "error") == ""


def test_what_cannot_be_seen_from_outside_is_left_to_a_person(tmp_path: Path) -> None:
    assert "verantwoordelijke" in told(found(tmp_path), "by_hand")


CHANGES: dict[str, tuple[str, str, str, str]] = {
    # name: the text in the settings, what replaces it, the level of the finding, and what it says
    "not YAML": ("name: Zonnig Dorp\n    econobis", "name: [\n    econobis", "error", "De instellingen kloppen niet"),
    "a missing setting": ("      token: env:TOKEN\n", "", "error", "cooperations.yaml, regel 8: cooperations.zonnig-dorp.hoomdossier.token"),
    "no https": ("https://zonnig-dorp.econobis.nl", "http://127.0.0.1:8080", "error", "begint niet met https:// | cooperations.yaml, regel 5"),
    ".test": ("https://zonnig-dorp.econobis.nl", "https://zonnig-dorp.test", "error", "staat .test | cooperations.yaml, regel 5"),
    "an example": ("https://zonnig-dorp.hoomdossier.nl/api", "https://x.example/api", "error", "x.example is een voorbeeld"),
    "one key": ("      event_key: env:EVENT\n", "", "warning", "er is maar één sleutel van Econobis"),
    "one key twice": ("env:EVENT", "env:FORM", "warning", "er is maar één sleutel van Econobis"),
    "one key for both peers": ("[env:HOOMDOSSIER]", "[env:ECONOBIS]", "error", "waarmee Econobis ons aanroept, is ook die waarmee Hoomdossier ons aanroept | cooperations.yaml, regel 13"),
    "a feed with the key of a peer": ("    mail:\n", "    feeds:\n      power-bi: {keys: [env:ECONOBIS]}\n    mail:\n", "error", "waarmee Econobis ons aanroept, is ook die van de feed power-bi | cooperations.yaml, regel"),
    "two feeds with one key": ("    mail:\n", "    feeds:\n      power-bi: {keys: [env:BI]}\n      excel: {keys: [env:BI]}\n    mail:\n", "error", "de sleutel van de feed power-bi is ook die van de feed excel"),
    "a feed with a key in a secret": ("    mail:\n", "    feeds:\n      power-bi: {keys: [env:BI]}\n    mail:\n", "warning", "de sleutel van de feed power-bi staat als env:"),
    "no privacy page": ("        page: {privacy_page: https://www.zonnig-dorp.nl/privacy}\n", "", "warning", "geen link naar een privacyverklaring"),
    "an example of a privacy page": ("https://www.zonnig-dorp.nl/privacy", "https://x.example/privacy", "error", "x.example is een voorbeeld"),
    "no coach": ("        coach: 345\n", "", "warning", "formulier aanmelden: er is geen vaste coach"),
    "no measures": ("        measures: [3]\n", "        action: null\n", "warning", "er zijn geen maatregelen"),
    "from every web site": (
        "        origins: [https://www.zonnig-dorp.nl]\n",
        "",
        "warning",
        "er staat niet van welke websites",
    ),
    "pages on two sites": ("https://www.zonnig-dorp.nl/fout", "https://www.zonnigdorp.nl/fout", "warning", "op verschillende websites"),
    "too many calls": ("      token:", "      calls_per_minute: 60\n      token:", "warning", "60 aanroepen per minuut van Hoomdossier"),
    "a feed that is not there": ("      token:", "      appointments_feed: true\n      token:", "warning", "appointments_feed staat aan"),
    "no helpdesk": ("      helpdesk_email: hulp@zonnig-dorp.nl\n", "", "warning", "geen helpdesk en geen antwoordadres"),
    "no mail": (GOOD[GOOD.index("    mail:") :], "", "warning", "verstuurt geen e-mail"),
    "two with one Econobis": ("cooperations:\n", f"cooperations:\n{OTHER.replace('https://meer-energie.econobis.nl', 'https://zonnig-dorp.econobis.nl')}", "error", "hebben allebei het Econobis https://zonnig-dorp.econobis.nl"),
    "two with one key": ("cooperations:\n", f"cooperations:\n{OTHER}", "error", "hebben allebei het geheim FORM"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_fault_is_found_with_its_place(change: str, tmp_path: Path) -> None:
    before, after, level, says = CHANGES[change]
    assert before in GOOD
    assert says not in told(found(tmp_path), level)
    assert says in told(found(tmp_path, GOOD.replace(before, after, 1)), level)


def test_a_key_of_a_caller_is_better_a_hash(tmp_path: Path) -> None:
    assert "de sleutel waarmee Econobis ons aanroept, staat als env:" in told(found(tmp_path), "warning")
    hashed = GOOD.replace("env:ECONOBIS", f"sha256:{'1' * 64}").replace("env:HOOMDOSSIER", f"sha256:{'2' * 64}")
    assert told(found(tmp_path, hashed), "warning") == ""


def test_the_hash_of_the_example_is_not_a_key(tmp_path: Path) -> None:
    example = next(iter(re.findall("sha256:[0-9a-f]{64}", EXAMPLE.read_text(encoding="utf-8"))))
    said = told(found(tmp_path, GOOD.replace("env:ECONOBIS", example)), "error")
    assert "de sleutel waarmee Econobis ons aanroept, is die van het voorbeeld | cooperations.yaml, regel 12" in said


def test_two_cooperations_with_one_hash_are_found(tmp_path: Path) -> None:
    other = re.sub("env:([A-Z]+)", r"env:OTHER_\1", OTHER)
    both = f"{GOOD}{other}".replace("env:ECONOBIS", f"sha256:{'1' * 64}").replace(
        "env:OTHER_ECONOBIS", f"sha256:{'1' * 64}"
    )
    said = told(found(tmp_path, both), "error")
    assert "zonnig-dorp en meer-energie hebben allebei de sleutel sha256:11111111…" in said


def test_without_campaigns_no_appointment_is_forwarded(tmp_path: Path) -> None:
    without = GOOD.replace("    campaigns:\n      12: {name: Isolatie}\n", "")
    without = without.replace(
        "        measures: [3]\n        coach: 345\n", "        action: null\n        dossier: false\n"
    )
    assert "er zijn geen campagnes" in told(found(tmp_path, without), "error")


def test_without_forms_nobody_can_sign_up(tmp_path: Path) -> None:
    start, end = GOOD.index("    forms:"), GOOD.index("    mail:")
    assert "er is geen webformulier" in told(found(tmp_path, GOOD[:start] + GOOD[end:]), "warning")


def test_a_broken_template_is_found(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "welcome.txt.j2").write_text("{{ nothing.like.this }}")
    text = f"{GOOD}      templates_folder: {tmp_path / 'templates'}\n"
    assert "een sjabloon klopt niet" in told(found(tmp_path, text), "error")


def test_a_secret_without_a_value_is_found(tmp_path: Path) -> None:
    known = {"FORM", "EVENT", "TOKEN", "ECONOBIS", "HOOMDOSSIER"}
    assert told(found(tmp_path, known=known), "error") == ""
    assert "het geheim TOKEN heeft geen waarde" in told(found(tmp_path, known=known - {"TOKEN"}), "error")


def test_a_secret_that_stands_in_the_file_is_not_shown(tmp_path: Path) -> None:
    shown = str(found(tmp_path, GOOD.replace("env:TOKEN", "7|een-echt-token")))
    assert "een-echt-token" not in shown
    assert "De instellingen kloppen niet" in shown


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (finding,) = problems(tmp_path / "nothing.yaml")
    assert finding.level == "error"
    assert "No such file" in finding.what


def test_the_example_is_recognised_as_an_example() -> None:
    findings = problems(EXAMPLE)
    assert {it.what.partition(": ")[2] for it in findings if it.level == "error"} == {
        "de sleutel waarmee Econobis ons aanroept, is die van het voorbeeld",
        "de sleutel van de feed power-bi is die van het voorbeeld",
        "zonnig-dorp.example is een voorbeeld en bestaat niet",
        "een e-mailadres op zonnig-dorp.example bestaat niet",
    }
