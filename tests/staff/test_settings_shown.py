"""What the settings page says of a cooperation: the fields of each form, what is missing or unusual, and no secret."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from infra.deploy.addresses import tell
from infra.doctor import settings_file, to_fill_in
from infra.doctor.settings_file import Settings
from shared.config import Cooperation
from shared.staff.form_shown import fields_of
from shared.staff.settings_shown import Remark, SettingsShown, show_settings
from shared.staff.to_fill_in import screens
from shared.tasks.queue import QueueAddress
from tests.tree import ROOT

TODAY = date(2026, 11, 26)
URL = "https://{function}.example"


def parsed(*changes: tuple[str, str]) -> Settings:
    """The settings of the example, in which each text is replaced."""
    text = (ROOT / "infra/cooperations.example.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    settings = settings_file.parse(text, "cooperations.yaml")
    assert isinstance(settings, Settings), settings
    return settings


def of(settings: Settings) -> Cooperation:
    return settings.config.cooperations["zonnig-dorp"]


def shown(*changes: tuple[str, str], today: date = TODAY) -> SettingsShown:
    return show_settings("zonnig-dorp", of(parsed(*changes)), _address_of, today)


def _address_of(function: str) -> str:
    return URL.replace("{function}", function)


def said(settings: Cooperation, **changes: Any) -> set[Remark]:
    """The remarks about these settings, in which values are replaced."""
    changed = settings.model_copy(update=changes)
    return set(show_settings("zonnig-dorp", changed, _address_of, TODAY).remarks)


# -- forms -------------------------------------------------------------------------------------------------------------


def test_a_form_takes_the_fields_of_its_settings_under_its_own_names() -> None:
    settings = of(parsed())
    fields = {field.field: field for field in fields_of(settings, settings.forms["aanmelden"])}
    assert (fields["emailadres"].name, fields["emailadres"].label) == ("input_3", "Uw e-mailadres")
    assert (fields["adres_postcode"].name, fields["adres_postcode"].label) == ("input_7", "Postcode")
    assert fields["akkoord_privacybeleid"].kind == "tick"
    assert fields["intake_opmerkingen_bewoner"].kind == "long"
    assert {name for name, field in fields.items() if field.required} == {
        "voornaam", "achternaam", "emailadres", "telefoonnummer", "adres_postcode", "adres_huisnummer", "akkoord_privacybeleid",
    }  # fmt: skip
    assert "woondossier_bouwjaar" in fields
    assert "geboortedatum" not in fields


# -- what is missing or unusual ----------------------------------------------------------------------------------------


def test_settings_that_are_complete_need_no_remark() -> None:
    """The example has two keys of Econobis, as while one is replaced."""
    assert list(shown().remarks) == [Remark("two_keys", "Econobis")]


def test_what_is_missing_is_said() -> None:
    settings = of(parsed())
    usual = said(settings)
    assert said(settings, mail=None) - usual == {Remark("no_mail")}
    nobody = [it.model_copy(update={"digest": False}) for it in settings.staff]
    assert said(settings, staff=nobody) - usual == {Remark("no_digest")}
    assert said(settings, staff=nobody, mail=None) - usual == {Remark("no_mail")}  # One remark for both.
    lower = [it.model_copy(update={"role": "work"}) for it in settings.staff]
    assert said(settings, staff=lower) - usual == {Remark("no_manager")}
    assert said(settings, campaigns={}) - usual == {Remark("no_campaigns")}
    assert said(settings, forms={}) - usual == {Remark("no_forms")}
    assert said(settings, coaches=[]) - usual == {Remark("no_coaches")}
    one_key = settings.econobis.model_copy(update={"event_key": None})
    assert said(settings, econobis=one_key) - usual == {Remark("one_key")}


def test_what_is_unusual_is_said() -> None:
    settings = of(parsed())
    usual, campaign, form = said(settings), settings.campaigns[12], settings.forms["aanmelden"]
    assert Remark("campaign_over", "Isolatie 2027") in shown(today=date(2027, 7, 1)).remarks
    assert Remark("campaign_over", "Isolatie 2027") not in shown(today=date(2027, 6, 30)).remarks
    two = {12: campaign, 13: campaign.model_copy(update={"name": "Nieuw"})}
    assert said(settings, campaigns=two) - usual == {Remark("campaign_without_form", "Nieuw")}
    bare = {"aanmelden": form.model_copy(update={"action": None, "dossier": False})}
    assert said(settings, forms=bare) - usual == {
        Remark("form_without_visit", "aanmelden"),
        Remark("form_without_dossier", "aanmelden"),
    }


def test_a_feed_of_which_the_key_is_replaced_is_told() -> None:
    two = ("          - sha256:8ddecb8c", f"          - sha256:{'1' * 64}\n          - sha256:8ddecb8c")
    assert Remark("two_keys", "power-bi") in shown(two).remarks
    assert {key.feed: key.has for key in shown(two).keys}["power-bi"] == 2


def test_keys_are_counted_and_not_shown() -> None:
    keys = {key.setting: (key.has, key.signed) for key in shown().keys}
    assert keys["callers.econobis"] == (2, 0)
    assert keys["callers.hoomdossier"] == (1, 0)
    assert keys["webform_key"] == keys["event_key"] == keys["token"] == (1, 0)
    assert keys["feeds.power-bi"] == (1, 0)
    assert "2a862096" not in repr(shown())
    assert "8ddecb8c" not in repr(shown())


# -- what to type elsewhere --------------------------------------------------------------------------------------------


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the page, `make doctor` and `make deploy` say, each as one text."""
    settings = parsed()
    page = "\n".join(
        f"{field.label} {field.value}"
        for name, cooperation in settings.config.cooperations.items()
        for screen in screens(name, cooperation, _address_of)
        for field in screen.fields
    )
    tell(URL, settings, {})
    printed = capsys.readouterr()
    address = QueueAddress("projects/p/locations/l", URL)
    return {
        "page": page,
        "doctor": "\n".join(to_fill_in.lines(settings, address)),
        "deploy": printed.out + printed.err,
    }


def test_the_page_and_both_commands_say_the_same(told: dict[str, str]) -> None:
    expected = {
        "Hoom link": "https://create-dossier.example/zonnig-dorp",
        "Hoom bewoner/coach link": "https://link-coach.example/zonnig-dorp",
        "Hoom campagnes": "Isolatie 2027 (12)",
        "Econobis wildcard": "zonnig-dorp",
        "Econobis API key": "ZONNIG_DORP_HOOMDOSSIER_CALLS",
        "Token": "ZONNIG_DORP_",
        "/api/{key}/hoomdossier/{kind}": "https://receive-event.example/zonnig-dorp/{key}/hoomdossier/{kind}",
        "URL": "https://receive-webform.example/zonnig-dorp/aanmelden",
    }
    for label, value in expected.items():
        for where, text in told.items():
            line = next(line for line in text.splitlines() if line.strip().startswith(label))
            assert value in line, (where, line)


def test_a_name_for_events_takes_the_place_of_the_proxy(capsys: pytest.CaptureFixture[str]) -> None:
    """On the page, in `make doctor` and in `make deploy`; only the last one knows the address."""
    settings, host = parsed(), "zonnigdorp-link.econobis.nl"
    by_name = {host: "zonnig-dorp", "elders.econobis.nl": "elders"}
    page = [
        (screen.system, field.label, field.value, field.note)
        for screen in show_settings("zonnig-dorp", of(settings), _address_of, TODAY, by_name).screens
        for field in screen.fields
        if screen.system in {"dns", "proxy"} or field.label == "Econobis wildcard"
    ]
    assert page == [("dns", host, "", "address"), ("hoomdossier", "Econobis wildcard", "zonnigdorp-link", "")]
    doctor = "\n".join(to_fill_in.lines(settings, QueueAddress("projects/p/locations/l", URL), by_name))
    tell(URL, settings, {host: {"cooperation": "zonnig-dorp", "address": "203.0.113.7"}})
    deploy = capsys.readouterr().out
    assert f"{host} het internetadres dat `make deploy` toonde" in doctor
    assert f"{host} 203.0.113.7\n" in deploy
    for said in (doctor, deploy):
        assert "Econobis wildcard         zonnigdorp-link\n" in said
        assert "elders" not in said


def test_a_host_elsewhere_is_typed_as_a_whole() -> None:
    """As long as Hoomdossier puts .econobis.nl behind it, that leads nowhere; a later version may not."""
    shown_screens = screens("zonnig-dorp", of(parsed()), _address_of, {"events.zonnig-dorp.nl": "zonnig-dorp"})
    assert "events.zonnig-dorp.nl" in {field.value for screen in shown_screens for field in screen.fields}
