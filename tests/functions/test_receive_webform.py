"""A resident signs up with any kind of post. The sign-up is stored once, with the fields that the form allows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared import wiring
from shared.domain.submission import Submission
from tests.functions.examples import sign_up
from tests.functions.routes import is_problem
from tests.world.functions_over_http import Machine, logged

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WAYS: dict[str, dict[str, Any]] = {
    "JSON": {"json": sign_up()},
    "urlencoded": {"data": sign_up(), "headers": {"Accept": "application/json"}},
    "multipart": {
        "files": {name: (None, text) for name, text in sign_up().items()},
        "headers": {"Accept": "application/json"},
    },
}
NAMED = {"input_3": "voornaam", "naam": "achternaam", "email": "emailadres"}


def econobis_names(**changes: Any) -> dict[str, Any]:
    """For a form without a mapping."""
    return {NAMED.get(name, name): value for name, value in sign_up(**changes).items()}


def submissions(link: Machine) -> list[dict[str, Any]]:
    return list(link.documents("submissions").values())


def stored(link: Machine) -> dict[str, Any]:
    (submission,) = submissions(link)
    kept: dict[str, Any] = submission["sign_up"]
    return kept


@pytest.mark.parametrize("way", WAYS)
def test_a_sign_up_can_be_posted_in_every_way(link: Machine, way: str) -> None:
    answer = link.sign_up(**WAYS[way])
    assert answer.status_code == 202
    assert answer.json() == {"id": answer.json()["id"], "status": "accepted"}
    kept = stored(link)
    assert kept["person"] == {
        "first_name": "Anna",
        "prefix": "van den",
        "last_name": "Berg",
        "initials": "",
        "email": "anna@voorbeeld.nl",
        "phone": "0612345678",
    }
    assert kept["address"] == {
        "postal_code": "3811 AB",
        "number": 12,
        "addition": "a",
        "street": "Langestraat",
        "city": "Amersfoort",
    }


def test_the_three_ways_are_one_submission(link: Machine) -> None:
    answers = [link.sign_up(**way) for way in WAYS.values()]
    assert len({answer.content for answer in answers}) == 1
    (submission,) = submissions(link)
    assert submission["version"] == 1


def test_the_status_of_a_sign_up_can_be_asked(link: Machine) -> None:
    id_ = link.sign_up(json=sign_up()).json()["id"]
    progress = link.get("receive-webform", f"/zonnig-dorp/aanmelden/{id_}")
    assert progress.status_code == 200
    assert progress.headers["Cache-Control"] == "no-store"
    assert progress.json() == {"status": "accepted"}


def status_of(link: Machine, id_: str, form: str = "aanmelden") -> Any:
    return link.get("receive-webform", f"/zonnig-dorp/{form}/{id_}").json()["status"]


def test_the_answer_does_not_tell_who_signed_up_before(link: Machine) -> None:
    """Another person sends the same name and address, with the same form or another form of the campaign."""
    id_ = link.sign_up(json=sign_up()).json()["id"]
    later = datetime.now(UTC) + timedelta(hours=1)
    wiring.services().clock = lambda: later
    wiring.services().records(Submission).update(
        id_, lambda stored: stored and stored.model_copy(update={"state": "done"})
    )
    assert status_of(link, id_) == "done"
    for form in ("aanmelden", "pagina"):
        assert link.sign_up(f"/zonnig-dorp/{form}", json=econobis_names()).json()["id"] == id_
        assert status_of(link, id_, form) == "accepted"
    wiring.services().clock = lambda: later + timedelta(seconds=21)
    assert status_of(link, id_, "pagina") == "done"


def test_a_form_may_use_econobis_names_beside_its_mapping(link: Machine) -> None:
    assert link.sign_up(json=econobis_names()).status_code == 202
    assert link.sign_up(json=sign_up()).status_code == 202
    assert stored(link)["person"]["first_name"] == "Anna"


def test_a_refusal_names_the_field_as_the_form_does(link: Machine) -> None:
    answer = link.sign_up(json=sign_up(input_3="", email="anna@", adres_postcode="1012 SS"))
    assert is_problem(answer, 422).keys() == {"input_3", "email", "adres_postcode"}


STAFF = {
    "kansactie_id": "5",
    "kansactie_update_afspraak_status": "4",
    "contact_nummer": "7",
    "contact_groep_ids": "1,2",
    "intake_campagne_id": "99",
    "intake_maatregel_id": "8",
    "intake_id_extern": "x",
    "hoomdossier_aanmaken": "1",
    "deelname_iban": "NL91ABNA0417164300",
    "intake_bijlage_url": "http://169.254.169.254/latest/meta-data",
    "kans_code": "X",
    "coach": "12",
    "campaign": "2",
}


def test_staff_fields_never_get_through(link: Machine) -> None:
    link.sign_up(json=sign_up(**STAFF, contact_opmerkingen="niet in dit formulier"))
    (submission,) = submissions(link)
    kept = json.dumps(submission)
    assert submission["sign_up"]["others"] == {}
    assert submission["campaign_id"] == 1
    assert not [value for value in STAFF.values() if len(value) > 5 and value in kept]
    assert "niet in dit formulier" not in kept


def test_staff_fields_that_the_form_allows_are_kept(link: Machine) -> None:
    extra = {"intake_opmerkingen_bewoner": "Graag na vijf uur.\nHond!", "woondossier_bouwjaar": 1931}
    link.sign_up(json=sign_up(**extra))
    assert stored(link)["others"] == {**extra, "woondossier_bouwjaar": "1931"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("woondossier_bouwjaar", "1931,5"), ("geboortedatum", "31-12-1980"), ("geboortedatum", "1980-02-31")],
)
def test_a_value_that_would_fail_in_econobis_is_refused(link: Machine, field: str, value: str) -> None:
    assert is_problem(link.sign_up(json=sign_up(**{field: value})), 422).keys() == {field}


def test_an_identity_number_is_not_stored(link: Machine) -> None:
    remark = "Mijn BSN is 111222333 en mijn rekening NL91 ABNA 0417 1643 00, bel 06-12345678."
    link.sign_up(json=sign_up(intake_opmerkingen_bewoner=remark))
    expected = "Mijn BSN is *** en mijn rekening ***, bel 06-12345678."
    assert stored(link)["others"] == {"intake_opmerkingen_bewoner": expected}
    everything = json.dumps([link.documents(), logged])
    assert "111222333" not in everything
    assert "0417" not in everything


@pytest.mark.parametrize(
    "change",
    [
        {"input_3": "ANNA", "email": "Anna@Voorbeeld.NL"},
        {"naam": "  berg ", "tussenvoegsel": "Van  den"},
        {"adres_postcode": "3811 AB", "adres_huisnummer": "12", "adres_toevoeging": "A"},
        {"telefoonnummer": "+31 6 12345678"},
        {"adres_straat": "Langestr."},
    ],
)
def test_the_same_person_again_is_the_same_submission(link: Machine, change: dict[str, Any]) -> None:
    first = link.sign_up(json=sign_up())
    again = link.sign_up(json=sign_up(**change))
    assert again.content == first.content
    assert len(submissions(link)) == 1


@pytest.mark.parametrize("change", [{"input_3": "Bea"}, {"adres_huisnummer": "12b"}, {"email": "bea@voorbeeld.nl"}])
def test_another_person_is_another_submission(link: Machine, change: dict[str, Any]) -> None:
    first = link.sign_up(json=sign_up())
    assert link.sign_up(json=sign_up(**change)).json()["id"] != first.json()["id"]
    assert len(submissions(link)) == 2


def test_many_equal_posts_at_once_are_one_submission(link: Machine) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: link.sign_up(json=sign_up()), range(32)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert submissions(link)[0]["version"] == 1


def test_the_same_person_in_another_cooperation_is_another_submission(link: Machine) -> None:
    link.sign_up(json=sign_up())
    answer = link.sign_up("/meer-energie/aanmelden", json=econobis_names(adres_postcode="9000", telefoonnummer=""))
    assert answer.status_code == 202
    assert len(submissions(link)) == 2


def test_an_id_holds_nothing_that_was_typed(link: Machine) -> None:
    id_ = link.sign_up(json=sign_up()).json()["id"]
    assert f"submissions/{id_}" in link.documents("submissions")
    assert len(id_) == 32


@pytest.mark.parametrize("consent", [None, "", "nee", "0", 0, False, "misschien", [], {}])
def test_without_consent_nothing_is_kept(link: Machine, consent: Any) -> None:
    assert "akkoord_privacybeleid" in is_problem(link.sign_up(json=sign_up(akkoord_privacybeleid=consent)), 422)
    assert link.documents() == {}


@pytest.mark.parametrize("consent", ["ja", "JA", "on", "1", 1, True, "akkoord"])
def test_a_sign_up_with_consent_is_kept(link: Machine, consent: Any) -> None:
    assert link.sign_up(json=sign_up(akkoord_privacybeleid=consent)).status_code == 202
    assert stored(link)["consent_at"]


# -- robots ----------------------------------------------------------------------------------------------------------


def same(answer: httpx.Response) -> tuple[Any, ...]:
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "content-length"}}
    body = {**answer.json(), "id": len(answer.json()["id"])} if answer.status_code == 202 else answer.content
    return answer.status_code, headers, body, len(answer.content)


@pytest.mark.parametrize("way", WAYS)
def test_a_robot_gets_the_answer_of_a_sign_up(link: Machine, way: str) -> None:
    person = link.sign_up(**WAYS[way])
    before = link.versions()
    changed = {**WAYS[way]}
    name = next(name for name in ("json", "data", "files") if name in changed)
    changed[name] = {**changed[name], "website": (None, "https://x") if name == "files" else "https://x"}
    logged.clear()
    robot = link.sign_up(**changed)
    counted = {"message": "robot", "severity": "INFO", "cooperation": "zonnig-dorp", "form": "aanmelden"}
    (line,) = (line for line in logged if line["message"] == "robot")
    assert counted.items() <= line.items()
    assert same(robot) == same(person)
    assert robot.json()["id"] != person.json()["id"]
    assert link.sign_up(**changed).json() == robot.json()
    assert status_of(link, robot.json()["id"]) == status_of(link, person.json()["id"])
    assert link.versions() == before


def test_a_robot_in_a_browser_gets_the_thank_you_page(link: Machine) -> None:
    answer = link.sign_up("/zonnig-dorp/pagina", data={**econobis_names(), "website": "x"}, headers={"Accept": HTML})
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://zonnig-dorp.example/bedankt")
    assert link.documents() == {}


def test_without_a_honeypot_in_the_settings_every_field_may_be_filled_in(link: Machine) -> None:
    """A field with the name `website` may be visible."""
    fields = {**econobis_names(adres_postcode="9000", telefoonnummer=""), "website": "https://x", "": "x"}
    assert link.sign_up("/meer-energie/aanmelden", json=fields).status_code == 202
    assert len(submissions(link)) == 1


@pytest.mark.parametrize("nothing", ["", " ", None, [], "0", False])
def test_an_empty_honeypot_catches_nobody(link: Machine, nothing: Any) -> None:
    link.sign_up(json=sign_up(website=nothing))
    assert len(submissions(link)) == 1


@pytest.mark.parametrize("filled", ["x", ["x"], {"a": "x"}, 1, "x" * 50_000])
def test_a_honeypot_with_any_value_catches_a_robot(link: Machine, filled: Any) -> None:
    assert link.sign_up(json=sign_up(website=filled)).status_code == 202
    assert link.documents() == {}


# -- browsers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["data", "files"])
def test_a_browser_is_redirected_to_the_thank_you_page(link: Machine, way: str) -> None:
    fields = econobis_names()
    sent = {"data": fields} if way == "data" else {"files": {name: (None, text) for name, text in fields.items()}}
    answer = link.sign_up("/zonnig-dorp/pagina", **sent, headers={"Accept": HTML})
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://zonnig-dorp.example/bedankt")
    assert len(submissions(link)) == 1


def test_a_browser_is_redirected_to_the_error_page_with_only_the_names_of_the_fields(link: Machine) -> None:
    fields = econobis_names(input_3="", email="anna@@voorbeeld.nl")
    answer = link.sign_up("/zonnig-dorp/pagina", data=fields, headers={"Accept": HTML})
    assert answer.status_code == 303
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://zonnig-dorp.example/aanmelden"
    assert parse_qs(address.query) == {"stap": ["2"], "velden": ["voornaam,emailadres"]}
    assert "voorbeeld" not in address.query
    assert link.documents() == {}


def test_a_form_without_pages_of_its_own_shows_ours(link: Machine) -> None:
    good = link.sign_up(data=sign_up(), headers={"Accept": HTML})
    assert good.status_code == 200
    bad = link.sign_up(data=sign_up(email="<script>alert(1)</script>"), headers={"Accept": HTML})
    assert bad.status_code == 422
    for answer in (good, bad):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert '<html lang="nl">' in answer.text
    assert "<script>" not in bad.text
    assert "<strong>E-mailadres</strong>" in bad.text
    assert "terugknop" in bad.text


def test_a_sign_up_is_kept_while_the_queue_is_away(link: Machine) -> None:
    link.queue.close()
    assert link.sign_up(json=sign_up()).status_code == 202
    (submission,) = submissions(link)
    assert submission["due_at"]


def test_nothing_personal_is_logged(link: Machine) -> None:
    link.sign_up(json=sign_up())
    link.sign_up(json=sign_up(email="anna@voorbeeld", intake_opmerkingen_bewoner="x" * 3000))
    text = json.dumps(logged)
    assert not [word for word in ("anna", "Berg", "3811", "0612345678") if word in text]
