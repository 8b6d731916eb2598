"""The e-mails say the right things, and a name or an own template cannot break them."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.mail.facts import EXAMPLE, FACTS, MailName, example
from shared.mail.render import check_templates, day_in_words, in_words, render
from shared.mail.settings import MailSettings

NAMES = get_args(MailName)
FOR_STAFF = "staff_digest"
"""It does not name the helpdesk, where residents ask."""
VOID = {"meta", "br", "img"}


class Page(HTMLParser):
    """Fails on a tag that is not closed in order; keeps the words and the links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.words = ""
        self.language: str | None = None
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(values["href"] or "")
        if tag == "img":
            self.images.append(values)
        if tag == "html":
            self.language = values["lang"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_holds_every_fact_in_text_and_in_html(name: MailName, cooperation: MailSettings) -> None:
    mail = render(name, cooperation, example(name))
    page = Page(mail.html)
    facts = example(name)
    if name in {"welcome", "coach_linked", "coach_digest"}:
        facts.setdefault("dossier_url", str(cooperation.dossier_url))
    for row in facts.pop("rows", []):
        facts |= {f"{fact} of {row['about']}": str(row[fact]) for fact in ("count", "url")}
        facts[f"since of {row['about']}"] = day_in_words(row["since"])
    facts |= {fact: str(facts[fact]) for fact in ("people", "trouble") if fact in facts}
    for resident in facts.pop("residents", []):
        facts |= {f"{resident['first_name']}'s {fact}": value for fact, value in resident.items()}
    for fact, value in facts.items():
        shown = in_words(value) if isinstance(value, datetime) else value
        assert shown in mail.text, fact
        assert shown in in_one_line(page.words) + " ".join(page.links), fact
    helpdesk = (cooperation.helpdesk_phone, cooperation.helpdesk_email, cooperation.helpdesk_hours)
    for part in (cooperation.name, *(() if name == FOR_STAFF else helpdesk)):
        assert part in mail.text
        assert part in in_one_line(page.words)
    assert ("tel:0320123456" in page.links) == (name != FOR_STAFF)
    assert page.language == "nl"


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_with_the_fewest_facts_has_no_holes(name: MailName, plain_cooperation: MailSettings) -> None:
    mail = render(name, plain_cooperation, example(name, optional=False))
    words = in_one_line(Page(mail.html).words)
    for text in (mail.subject, mail.text, words):
        assert "None" not in text
        assert " ." not in text
        assert " ," not in text
        assert "()" not in text
    assert ("Beantwoord dan deze e-mail." in mail.text) == (name != FOR_STAFF)
    assert ("Beantwoord dan deze e-mail." in words) == (name != FOR_STAFF)
    assert "\n\n\n" not in mail.text


def test_subjects_name_nobody(cooperation: MailSettings) -> None:
    """A subject is seen by every mail server on the way, and on a locked telephone."""
    subjects = {name: render(name, cooperation, example(name)).subject for name in NAMES}
    assert subjects == {
        "welcome": "Je Hoomdossier staat klaar",
        "coach_linked": "Een nieuwe bewoner voor jou: plan een afspraak",
        "appointment_set": "Je afspraak met de energiecoach: dinsdag 1 december 2026",
        "appointment_moved": "Je afspraak is verzet naar dinsdag 1 december 2026 om 10:00 uur",
        "appointment_cancelled": "Je afspraak met de energiecoach gaat niet door",
        "coach_digest": "Nieuwe bewoners voor jou: plan afspraken",
        "confirm_email": "Bevestig je aanmelding",
        "staff_digest": "Nu nodig: 5 bewoners wachten te lang, 1 storing",
    }


def test_the_welcome_explains_hoomdossiers_own_mail(cooperation: MailSettings) -> None:
    """Hoomdossier mails a link that works 30 days to a new account only, under this subject."""
    text = render("welcome", cooperation, example("welcome")).text
    assert "'Welkom in het Hoomdossier'" in text
    assert "De link werkt 30 dagen." in text
    assert "Had je al een account bij Hoomdossier? Dan gebruik je het wachtwoord dat je al hebt." in text


def test_the_coach_goes_to_the_residents_dossier_when_it_is_known(cooperation: MailSettings) -> None:
    own, general = EXAMPLE["dossier_url"], str(cooperation.dossier_url)
    assert own in Page(render("coach_linked", cooperation, example("coach_linked")).html).links
    assert general in Page(render("coach_linked", cooperation, example("coach_linked", optional=False)).html).links


def test_a_link_to_an_address_holds_that_address_and_nothing_more(cooperation: MailSettings) -> None:
    evil = "a?bcc=evil%40evil.example&body=hoi@example.org"
    links = Page(render("coach_linked", cooperation, {**example("coach_linked"), "email": evil}).html).links
    assert "mailto:a%3Fbcc%3Devil%2540evil.example%26body%3Dhoi@example.org" in links
    facts = {**example("appointment_set"), "coach_email": evil, "coach_phone": "06 1234;ext=5"}
    links = Page(render("appointment_set", cooperation, facts).html).links
    assert {"mailto:a%3Fbcc%3Devil%2540evil.example%26body%3Dhoi@example.org", "tel:0612345"} <= set(links)


def test_names_with_html_are_shown_as_they_are(cooperation: MailSettings) -> None:
    evil = '<img src=x onerror=alert(1)> & "Zoon" {{ 7 * 7 }} {% raw %}'
    for name in NAMES:
        facts = {
            fact: evil if fact in {"first_name", "coach_name", "address"} else it for fact, it in example(name).items()
        }
        if name == "coach_digest":
            facts["residents"] = [{"first_name": evil, "last_name": evil, "address": evil}]
        if name in {"confirm_email", FOR_STAFF}:
            continue  # They say nothing that anybody typed.
        mail = render(name, cooperation, facts)
        page = Page(mail.html)
        assert page.images == []
        assert evil in in_one_line(page.words)
        assert evil in mail.text


def test_line_breaks_and_control_characters_in_a_fact_become_spaces(cooperation: MailSettings) -> None:
    name = "Marie\r\nBcc: boos@example.org\x00\u202e\u2028x"
    mail = render("welcome", cooperation, {"first_name": name})
    assert "Beste Marie Bcc: boos@example.org x," in mail.text


def test_a_missing_an_unknown_and_a_wrong_fact_are_refused_without_showing_it(cooperation: MailSettings) -> None:
    whole = example("appointment_set")
    without = {name: value for name, value in whole.items() if name != "starts_at"}
    for facts in (without, {**whole, "bsn": "Geheim"}, {**whole, "starts_at": "Geheim"}):
        with pytest.raises(ValidationError) as refused:
            render("appointment_set", cooperation, facts)
        assert "Geheim" not in str(refused.value)
        assert "Marie" not in str(refused.value)


def test_a_moment_without_a_zone_is_refused(cooperation: MailSettings) -> None:
    with pytest.raises(ValidationError):
        render("appointment_set", cooperation, {"first_name": "Marie", "starts_at": "2026-12-01T10:00:00"})


def test_facts_may_be_as_a_document_keeps_them(cooperation: MailSettings) -> None:
    facts = {"first_name": "Marie", "starts_at": "2026-12-01T09:00:00.000000Z"}
    assert "dinsdag 1 december 2026 om 10:00 uur" in render("appointment_set", cooperation, facts).text


@pytest.mark.parametrize(
    ("utc", "words"),
    [
        ("2026-03-29T00:59:00", "zondag 29 maart 2026 om 01:59 uur"),
        ("2026-03-29T01:00:00", "zondag 29 maart 2026 om 03:00 uur"),
        ("2026-03-29T12:00:00", "zondag 29 maart 2026 om 14:00 uur"),
        ("2026-10-25T00:30:00", "zondag 25 oktober 2026 om 02:30 uur"),
        ("2026-10-25T01:30:00", "zondag 25 oktober 2026 om 02:30 uur"),
        ("2026-10-25T13:05:00", "zondag 25 oktober 2026 om 14:05 uur"),
        ("2026-12-31T23:30:00", "vrijdag 1 januari 2027 om 00:30 uur"),
        ("2028-02-29T08:00:00", "dinsdag 29 februari 2028 om 09:00 uur"),
    ],
)
def test_a_moment_is_told_in_amsterdam_in_dutch(utc: str, words: str) -> None:
    assert in_words(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == words


# -- templates of the cooperation's own ------------------------------------------------------------------------------


def with_templates(cooperation: MailSettings, folder: Path, **templates: str) -> MailSettings:
    for name, text in templates.items():
        (folder / f"{name.replace('__', '.')}.j2").write_text(text, encoding="utf-8")
    return MailSettings.model_validate({**cooperation.model_dump(), "templates_folder": folder})


def test_an_own_template_goes_first_and_the_others_stay_ours(cooperation: MailSettings, tmp_path: Path) -> None:
    own = with_templates(cooperation, tmp_path, welcome__txt="Hoi {{ first_name }}\n\nEigen tekst.\n")
    mail = render("welcome", own, {"first_name": "Marie"})
    assert (mail.subject, mail.text) == ("Hoi Marie", "Eigen tekst.\n")
    assert "<h1" in mail.html
    assert "Hoi Marie" in mail.html
    assert render("appointment_set", own, example("appointment_set")) == render(
        "appointment_set", cooperation, example("appointment_set")
    )


def test_an_own_template_may_change_one_block_of_ours(cooperation: MailSettings, tmp_path: Path) -> None:
    own = with_templates(
        cooperation,
        tmp_path,
        welcome__txt='{% extends "default/welcome.txt.j2" %}{% block subject %}Welkom!{% endblock %}',
        base__html="<title>{{ subject }}</title><p>eigen kader</p>{% block body %}{% endblock %}",
    )
    mail = render("welcome", own, {"first_name": "Marie"})
    assert mail.subject == "Welkom!"
    assert "Fijn dat je meedoet!" in mail.text
    assert "<p>eigen kader</p>" in mail.html
    assert "Fijn dat je meedoet!" in mail.html


def test_a_subject_of_an_own_template_stays_one_header(cooperation: MailSettings, tmp_path: Path) -> None:
    own = with_templates(cooperation, tmp_path, welcome__txt="Hoi {{ first_name }}\n\nx")
    mail = render("welcome", own, {"first_name": "=?utf-8?q?x=0aBcc:_boos@example.org?="})
    assert mail.subject == "Hoi = ?utf-8?q?x=0aBcc:_boos@example.org?="


@pytest.mark.parametrize(
    "template", ["Onderwerp {{ achternaam }}", "Onderwerp {% if %}", "{% if not coach_name %}{{ oeps }}{% endif %}"]
)
def test_a_wrong_own_template_is_found_at_the_start(cooperation: MailSettings, tmp_path: Path, template: str) -> None:
    """Also one that goes wrong only when an optional fact is missing."""
    own = with_templates(cooperation, tmp_path, welcome__txt=template)
    with pytest.raises(ValueError, match="templates_folder: the mail welcome cannot be made"):
        check_templates(own)


def test_our_own_templates_pass_that_check(cooperation: MailSettings, plain_cooperation: MailSettings) -> None:
    check_templates(cooperation)
    check_templates(plain_cooperation)


def test_an_own_template_reaches_nothing_outside_its_facts(cooperation: MailSettings, tmp_path: Path) -> None:
    own = with_templates(cooperation, tmp_path, welcome__txt="{{ cooperation.__class__.__mro__ }}")
    with pytest.raises(jinja2.TemplateError):
        render("welcome", own, {"first_name": "Marie"})


# -- settings --------------------------------------------------------------------------------------------------------


@given(st.integers(0, 0xFFFFFF))
def test_the_text_on_any_colour_can_be_read(colour: int) -> None:
    def luminance(value: str) -> float:
        channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    settings = MailSettings(
        name="X", sender_address="a@b.example", dossier_url="https://c.example", colour=f"#{colour:06x}"
    )
    low, high = sorted([luminance(settings.colour), luminance(settings.text_colour)])
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender_address": "geen adres"},
        {"sender_address": "a@b.example\r\nBcc: c@d.example"},
        {"sender_address": "jörg@b.example"},
        {"reply_to": "x"},
        {"dossier_url": "javascript:alert(1)"},
        {"logo_url": "data:text/html,x"},
        {"colour": "red; background: url(x)"},
        {"helpdesk_phone": '"><script>'},
        {"templates_folder": "/bestaat/niet"},
        {"onbekend": 1},
    ],
)
def test_wrong_settings_are_refused(cooperation: MailSettings, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MailSettings.model_validate({**cooperation.model_dump(), **wrong})


def test_a_logo_has_the_name_as_its_text(cooperation: MailSettings) -> None:
    with_logo = MailSettings.model_validate({**cooperation.model_dump(), "logo_url": "https://x.example/logo.png"})
    images = Page(render("welcome", with_logo, {"first_name": "Marie"}).html).images
    assert [(image["src"], image["alt"]) for image in images] == [("https://x.example/logo.png", cooperation.name)]


def test_every_mail_has_facts_and_both_templates() -> None:
    folder = Path(__file__).parents[2] / "shared/mail/templates"
    for name in NAMES:
        assert name in FACTS
        assert (folder / f"{name}.txt.j2").exists()
        assert (folder / f"{name}.html.j2").exists()
