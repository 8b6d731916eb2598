"""The login at a real mail server, in which no message is sent, and the records of a real DNS server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import dns.resolver
import pytest

from infra.doctor.finding import Finding, NotSeen
from infra.doctor.mail import problems
from infra.standins.mailbox import Mailbox, start
from infra.standins.mailbox.box import Fault
from tests.doctor.dns_server import DOMAIN, GOOD_RECORDS, Records, resolver_of
from tests.doctor.mail_server import PASSWORD, USER, mail_server
from tests.doctor.settings import GOOD, settings


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def server(opened: ExitStack, tmp_path: Path) -> tuple[Mailbox, str]:
    return opened.enter_context(mail_server(tmp_path))


@pytest.fixture
def doctor(opened: ExitStack, tmp_path: Path) -> Callable[..., list[Finding]]:
    def look(
        smtp: str | NotSeen, records: Records = GOOD_RECORDS, text: str = GOOD, deployed: bool = True
    ) -> list[Finding]:
        resolver = opened.enter_context(resolver_of(records))
        return problems(settings(tmp_path, text), smtp, resolver, deployed=deployed)

    return look


def told(found: list[Finding]) -> str:
    text = "\n".join(f"{it.level}: {it.what} | {it.why} | {it.where}" for it in found if it.level != "by_hand")
    assert PASSWORD not in text
    assert USER not in text
    return text


Doctor = Callable[..., list[Finding]]


def test_a_good_mail_server_and_domain_have_no_findings(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    mailbox, smtp = server
    assert told(doctor(smtp)) == ""
    assert mailbox.letters() == []


def test_without_mail_in_the_settings_nothing_is_looked_at(doctor: Doctor) -> None:
    assert doctor(NotSeen("x"), text=GOOD[: GOOD.index("    mail:")]) == []


def test_a_wrong_password_is_found(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    smtp = server[1].replace(quote(PASSWORD, safe=""), "fout")
    assert "error: de mailserver weigert gebruiker of wachtwoord (code 535)" in told(doctor(smtp))


def test_a_certificate_that_is_not_trusted_is_found(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    assert "error: het certificaat van de mailserver klopt niet" in told(doctor(server[1].partition("&ca=")[0]))


def test_a_server_that_is_away_is_found(doctor: Doctor) -> None:
    assert "error: de mailserver is niet te gebruiken (ConnectionRefusedError)" in told(doctor("smtps://127.0.0.1:1"))


def test_a_server_without_tls_is_found(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    server[0].add_faults([Fault(match="STARTTLS", kind="tls_refused")])
    assert "error: de mailserver is niet te gebruiken (SMTPResponseException)" in told(doctor(server[1]))


def test_tls_that_is_switched_off_is_found(opened: ExitStack, doctor: Doctor) -> None:
    mailbox = start(None)
    opened.callback(mailbox.stop)
    plain = f"smtp://127.0.0.1:{mailbox.port}"
    assert "warning: de mailserver wordt zonder TLS gebruikt" in told(doctor(plain, deployed=False))
    assert "error: LINK_SMTP klopt niet: “in Google Cloud letters only go over TLS" in told(doctor(plain))


def test_an_address_of_a_mail_server_that_cannot_be_read_is_found(doctor: Doctor) -> None:
    assert "error: LINK_SMTP klopt niet" in told(doctor("mail.zonnig-dorp.nl"))


def test_a_time_limit_that_outlasts_the_lease_is_found(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    assert "error: timeout in LINK_SMTP is 20 s; korter dan 13 s" in told(doctor(f"{server[1]}&timeout=20"))


def test_a_secret_that_cannot_be_read_is_not_tried(doctor: Doctor) -> None:
    assert (
        told(doctor(NotSeen("uw account heeft hier geen rechten voor")))
        == "unchecked: de mailserver | uw account heeft hier geen rechten voor | "
    )


def test_a_sender_on_another_domain_than_the_login_is_found(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    other = GOOD.replace("sender_address: dossier@zonnig-dorp.nl", "sender_address: dossier@mail.meer-energie.nl")
    said = told(doctor(server[1], {("mail.meer-energie.nl", "A"): ["203.0.113.1"]}, other))
    assert "warning: zonnig-dorp: de afzender staat op mail.meer-energie.nl" in said


RECORDS: dict[str, tuple[Records, str]] = {
    "no mail exchanger": ({(DOMAIN, "MX"): []}, "error: zonnig-dorp: zonnig-dorp.nl neemt geen e-mail aan"),
    "no SPF": ({(DOMAIN, "TXT"): ['"other"']}, "error: zonnig-dorp: zonnig-dorp.nl heeft geen SPF"),
    "SPF twice": ({(DOMAIN, "TXT"): ['"v=spf1 a ~all"', '"v=spf1 mx ~all"']}, "heeft 2 regels SPF"),
    "SPF for everybody": ({(DOMAIN, "TXT"): ['"v=spf1 +all"']}, "error: zonnig-dorp: de SPF van zonnig-dorp.nl laat iedereen toe"),
    "no DMARC": ({(f"_dmarc.{DOMAIN}", "TXT"): []}, "warning: zonnig-dorp: zonnig-dorp.nl heeft geen DMARC"),
}  # fmt: skip


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_that_is_missing_or_wrong_is_found(case: str, server: tuple[Mailbox, str], doctor: Doctor) -> None:
    changed, says = RECORDS[case]
    assert says in told(doctor(server[1], {**GOOD_RECORDS, **changed}))


def test_a_sub_domain_has_the_dmarc_of_the_domain_above_it(server: tuple[Mailbox, str], doctor: Doctor) -> None:
    sub = GOOD.replace("dossier@zonnig-dorp.nl", "dossier@post.zonnig-dorp.nl")
    records = {
        **GOOD_RECORDS,
        ("post.zonnig-dorp.nl", "MX"): ["10 mail.zonnig-dorp.nl."],
        ("post.zonnig-dorp.nl", "TXT"): ['"v=spf1 mx -all"'],
    }
    assert told(doctor(server[1], records, sub)) == ""


def test_without_dns_the_domain_is_not_judged(server: tuple[Mailbox, str], tmp_path: Path) -> None:
    nowhere = dns.resolver.Resolver(configure=False)
    nowhere.nameservers, nowhere.port = ["127.0.0.1"], 1
    assert "unchecked: zonnig-dorp: SPF en DMARC van zonnig-dorp.nl | de DNS gaf geen antwoord" in told(
        problems(settings(tmp_path), server[1], nowhere)
    )
