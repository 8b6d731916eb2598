"""The pages with the settings, and with a sign-up on trial, as a browser gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from functions.staff.csrf import make_token
from shared import wiring
from tests.functions.staff.dutch_left import dutch_in
from tests.world.functions_over_http import SECRETS, Machine, logged, running

COORDINATOR, VIEWER = "coordinator@zonnig-dorp.example", "kijker@zonnig-dorp.example"
ELSEWHERE = "coordinator@meer-energie.example"
SETTINGS, TRIAL = "/zonnig-dorp/settings", "/zonnig-dorp/settings/forms/aanmelden"
TYPED = {
    "input_3": "anna", "naam": "Zwartewater", "email": "anna.zwartewater@example.org", "adres_postcode": "1234ab",
    "adres_huisnummer": "12a", "akkoord_privacybeleid": "1", "intake_opmerkingen_bewoner": "Bel liever niet.",
}  # fmt: skip


class Page(HTMLParser):
    """`inputs` by id, with their attributes; `rows`: the cells of each row of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.labels: set[str | None] = set()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"input", "textarea"} and given.get("type") != "hidden":
            self.inputs[given.get("id") or ""] = given
        if tag == "label":
            self.labels.add(given.get("for"))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self._in_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data

    @property
    def sent(self) -> dict[str, tuple[str, str]]:
        """Of each field that would go to Econobis: the value, and where it comes from."""
        cells = [[" ".join(cell.split()) for cell in row] for row in self.rows]
        return {name.split(" ")[-1]: (value, source) for name, value, source in (row for row in cells if len(row) == 3)}


def get(link: Machine, path: str, person: str = COORDINATOR, lang: str = "nl") -> httpx.Response:
    return link.get("show-staff", f"{path}?lang={lang}", headers={"Cookie": f"dossierlink_as={person}"})


def send(link: Machine, typed: dict[str, str], path: str = TRIAL, person: str = VIEWER) -> httpx.Response:
    fields = {f"field.{name}": value for name, value in typed.items()}
    data = {"token": make_token(person, path), **fields}
    return link.post("show-staff", path, data=data, headers={"Cookie": f"dossierlink_as={person}"})


# -- the settings ------------------------------------------------------------------------------------------------------


def test_every_address_stands_in_a_field_that_can_be_selected(lasting_link: Machine) -> None:
    answer = get(lasting_link, SETTINGS, VIEWER)
    assert answer.status_code == 200
    page = Page(answer.text)
    assert all("readonly" in given for given in page.inputs.values())
    assert page.inputs.keys() <= page.labels
    values = {given.get("value") for given in page.inputs.values()}  # a text to copy has none
    base = f"{lasting_link.base}/functions"
    forms = ("aanmelden", "pagina", "bouwer", "ruim", "eigen", "streng", "krap")
    assert {
        f"{base}/create-dossier/zonnig-dorp",
        f"{base}/link-coach/zonnig-dorp",
        f"{base}/receive-event/zonnig-dorp/{{key}}/hoomdossier/{{kind}}",
        *(f"{base}/receive-webform/zonnig-dorp/{form}" for form in forms),
    } <= values


def test_a_name_for_events_takes_the_place_of_the_proxy(tmp_path: Path) -> None:
    """Nobody puts the name of Econobis itself back into Hoomdossier because it stands on this page."""
    host = "zonnigdorp-link.econobis.nl"
    with running(tmp_path, LINK_EVENT_HOSTS=f"{host}=zonnig-dorp") as link:
        text = unescape(get(link, SETTINGS).text)
        values = {given.get("value") for given in Page(text).inputs.values()}
        assert "zonnigdorp-link" in values
        assert not [value for value in values if value and "/receive-event/" in value]
        assert host in text
        assert "het internetadres dat “make deploy” toonde" in text
        assert dutch_in(get(link, SETTINGS, lang="en").text) == []
        assert host not in get(link, "/meer-energie/settings", ELSEWHERE).text


def test_each_copy_button_names_its_field(lasting_link: Machine) -> None:
    text = get(lasting_link, SETTINGS).text
    copied = re.findall(r'data-copy="([^"]+)"', text)
    assert copied == list(Page(text).inputs)
    assert text.count('<button type="button" class="plain" data-copy=') == text.count(" hidden>") == len(copied)


def test_no_key_and_no_hash_is_on_the_page(lasting_link: Machine) -> None:
    settings = (lasting_link.state / "cooperations.yaml").read_text(encoding="utf-8")
    hashes = re.findall(r"sha256:([0-9a-f]{64})", settings)
    assert hashes
    for path in (SETTINGS, "/meer-energie/settings"):
        text = get(lasting_link, path, COORDINATOR if path == SETTINGS else ELSEWHERE).text
        for secret in (*SECRETS.values(), *hashes):
            assert secret not in text
    assert "ZONNIG_WEBFORM" in get(lasting_link, SETTINGS).text  # Its name tells where it is kept.


def test_what_is_missing_is_said_at_the_top(lasting_link: Machine) -> None:
    """These settings have no mail, and two keys of each peer."""
    text = unescape(get(lasting_link, SETTINGS).text)
    top = text.partition('<nav class="on-page"')[0]
    assert "Geen e-mail: bewoners, coaches en medewerkers krijgen geen e-mail van de koppeling." in top
    assert "Econobis heeft twee geldige sleutels." in top
    assert "Niemand krijgt de e-mail om zeven uur" in text


def test_people_of_the_cooperation_and_no_others_are_on_it(lasting_link: Machine) -> None:
    text = get(lasting_link, SETTINGS).text
    for known in (COORDINATOR, VIEWER, "Cora Coach", "Isolatie 2027"):
        assert known in text
    for other in (ELSEWHERE, "Warme wijk", "Meer Energie"):
        assert other not in text


@pytest.mark.parametrize("path", [SETTINGS, TRIAL])
def test_the_pages_are_whole_in_english(lasting_link: Machine, path: str) -> None:
    assert dutch_in(get(lasting_link, path, lang="en").text) == []


# -- a sign-up on trial ------------------------------------------------------------------------------------------------


def test_the_form_has_the_fields_of_the_web_form(lasting_link: Machine) -> None:
    page = Page(get(lasting_link, TRIAL, VIEWER).text)
    names = {given["name"] for given in page.inputs.values()}
    assert {f"field.{name}" for name in TYPED} <= names
    assert "field.website" not in names  # The field that only robots fill in.
    ids = set(page.inputs)
    assert ids <= page.labels
    assert get(lasting_link, f"{SETTINGS}/forms/onbekend").status_code == 404


def test_what_would_be_sent_stands_there_field_by_field(link: Machine) -> None:
    answer = send(link, TYPED)
    assert answer.status_code == 200
    assert "Er is niets verstuurd of bewaard." in answer.text
    sent = Page(answer.text).sent
    assert sent["adres_postcode"] == ("1234 AB", "netjes geschreven; ingevuld was: “1234ab”")
    assert sent["achternaam"] == ("Zwartewater", "zoals ingevuld")
    assert sent["adres_toevoeging"] == ("a", "uit een ander veld: adres_huisnummer (“12a”)")
    assert sent["intake_campagne_id"] == ("1", "instelling van het formulier: campaign (Isolatie 2027)")
    assert sent["intake_id_extern"][1] == "van de koppeling"


def test_what_was_typed_stays_in_the_form(link: Machine) -> None:
    page = Page(send(link, TYPED).text)
    values = {given["name"]: given.get("value") for given in page.inputs.values()}
    assert values["field.email"] == TYPED["email"]
    assert values["field.adres_huisnummer"] == "12a"


def test_a_wrong_field_is_named_above_and_at_the_field(link: Machine) -> None:
    answer = send(link, {**TYPED, "email": "anna", "adres_postcode": "1"})
    assert answer.status_code == 422
    assert "2 velden kloppen niet" in answer.text
    page = Page(answer.text)
    wrong = {id_ for id_, given in page.inputs.items() if given.get("aria-invalid") == "true"}
    assert {page.inputs[id_]["name"] for id_ in wrong} == {"field.email", "field.adres_postcode"}
    assert set(re.findall(r'<a href="#(f[^"]+)"', answer.text)) == wrong
    assert {page.inputs[id_]["aria-describedby"] for id_ in wrong} <= set(re.findall(r'id="([^"]+)"', answer.text))
    assert answer.text.partition("<title>")[2].startswith("Fout: ")


def test_markup_is_shown_as_it_was_typed(link: Machine) -> None:
    answer = send(link, {**TYPED, "intake_opmerkingen_bewoner": "</textarea><b>vet</b>"})
    assert "<b>vet" not in answer.text
    assert "&lt;b&gt;vet" in answer.text


def test_nothing_is_stored_sent_logged_or_counted(link: Machine) -> None:
    """A hundred times, and then a form with the lowest limits still takes a real sign-up."""
    before = link.versions()
    narrow = "/zonnig-dorp/settings/forms/krap"
    for number in range(100):
        assert send(link, {**TYPED, "email": f"anna.zwartewater{number}@example.org"}, narrow).status_code == 200
    assert send(link, {**TYPED, "email": "zwartewater"}, narrow).status_code == 422
    assert link.versions() == before
    assert not list(link.tasks.list_tasks(parent="projects/test/locations/local/queues/default"))
    said = repr(logged)
    assert "zwartewater" not in said.lower()
    assert "1234" not in said.replace("127.0.0.1", "")
    answer = link.sign_up("/zonnig-dorp/krap", json={**TYPED, "akkoord_privacybeleid": "1"})
    assert answer.status_code == 202, answer.text


def test_a_field_of_a_form_may_have_the_name_of_ours(tmp_path: Path) -> None:
    with _running_with(tmp_path, "input_3: voornaam, email", "token: voornaam, email") as link:
        answer = send(link, {**TYPED, "token": "Anna"})
        assert answer.status_code == 200
        assert Page(answer.text).sent["voornaam"][0] == "Anna"
        without = {name: value for name, value in TYPED.items() if name != "input_3"}
        assert "Vul uw voornaam in." in send(link, without).text  # Ours is not taken for theirs.


@contextmanager
def _running_with(folder: Path, old: str, new: str) -> Iterator[Machine]:
    """The functions with other settings."""
    with running(folder) as machine:
        settings = machine.state / "cooperations.yaml"
        text = settings.read_text(encoding="utf-8")
        assert old in text
        settings.write_text(text.replace(old, new), encoding="utf-8")
        wiring.forget()
        yield machine
