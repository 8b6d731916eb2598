"""The mail server (a login, and no message), and what the DNS says of the sender's domain."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator

import dns.exception
import dns.resolver

from infra.doctor.finding import Finding, NotSeen, by_hand, error, unchecked, warning
from infra.doctor.settings_file import Settings
from shared.flows.send_email import SendEmail
from shared.mail.smtp import Smtp

SCREEN = "Google Cloud: Secret Manager → LINK_SMTP → Nieuwe versie"
_STEPS = 3
"""The whole dialogue of `Smtp` may take so many times its timeout."""


def problems(
    settings: Settings, smtp: str | NotSeen, resolver: dns.resolver.Resolver, *, deployed: bool = True
) -> list[Finding]:
    """The findings about the mail of every cooperation with a `mail` block. `smtp` is the value of LINK_SMTP.

    Not `deployed`: a mail server without TLS is accepted, as in a local run.
    """
    senders = {
        name: it.mail.sender_address.rpartition("@")[2] for name, it in settings.config.cooperations.items() if it.mail
    }
    if not senders:
        return []
    found = [*_server(smtp, senders, deployed=deployed)]
    for name, domain in senders.items():
        where = settings.where("cooperations", name, "mail", "sender_address")
        found += _domain(name, domain, where, resolver)
    return found


# -- the server --------------------------------------------------------------------------------------------------------


def _server(smtp: str | NotSeen, senders: dict[str, str], *, deployed: bool) -> Iterator[Finding]:
    if isinstance(smtp, NotSeen):
        yield unchecked("de mailserver", smtp.reason)
        return
    try:
        server = Smtp.from_url(smtp.strip(), only_tls=deployed)
    except ValueError as wrong:
        reason = str(wrong).removeprefix("LINK_SMTP: ")
        yield error(f"LINK_SMTP klopt niet: “{reason}”", "er gaat geen e-mail weg", SCREEN)
        return
    if server.timeout * _STEPS >= SendEmail.seconds:
        why = "na die tijd geldt het versturen als mislukt, terwijl de server nog bezig kan zijn"
        longest = SendEmail.seconds / _STEPS
        yield error(f"timeout in LINK_SMTP is {server.timeout:g} s; korter dan {longest:.0f} s is nodig", why, SCREEN)
    yield from _login(server)
    yield from _other_domain(server, senders)


def _login(server: Smtp) -> Iterator[Finding]:
    if server.tls == "none":
        yield warning("de mailserver wordt zonder TLS gebruikt", "post gaat leesbaar over het net", SCREEN)
    try:
        with _connect(server) as connection:
            if server.tls == "starttls":
                connection.starttls(context=server.tls_context)
            if server.user:
                connection.login(server.user, server.password or "")
    except smtplib.SMTPAuthenticationError as refused:
        why = "er gaat geen e-mail weg"
        yield error(f"de mailserver weigert gebruiker of wachtwoord (code {refused.smtp_code})", why, SCREEN)
    except ssl.SSLCertVerificationError as wrong:
        why = "de koppeling verstuurt dan niets"
        yield error(
            f"het certificaat van de mailserver klopt niet: {wrong.verify_message}",
            why,
            f"{SCREEN}: de naam van de server",
        )
    except (OSError, smtplib.SMTPException) as failed:
        # The words of the server may hold an e-mail address, so only the kind of the error is shown.
        why = "er gaat geen e-mail weg; sommige netwerken laten poort 587 niet door"
        yield error(f"de mailserver is niet te gebruiken ({type(failed).__name__})", why, f"{SCREEN}: server en poort")


def _connect(server: Smtp) -> smtplib.SMTP:
    if server.tls == "immediate":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=server.tls_context)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout)


def _other_domain(server: Smtp, senders: dict[str, str]) -> Iterator[Finding]:
    """Many servers take only senders on the domain of the login."""
    login = (server.user or "").rpartition("@")[2].lower() if "@" in (server.user or "") else ""
    for name, domain in senders.items():
        if login and not _is_within(domain.lower(), login):
            yield warning(
                f"{name}: de afzender staat op {domain}, en de mailserver kent ons op een ander domein",
                "veel mailservers weigeren een afzender die niet bij de gebruiker hoort",
                f"de instellingen: mail.sender_address; of {SCREEN}",
            )


def _is_within(domain: str, other: str) -> bool:
    return domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}")


# -- the domain of the sender ------------------------------------------------------------------------------------------


class _NotTold(Exception):
    """The DNS gave no answer. The text is Dutch."""


def _domain(name: str, domain: str, where: str, resolver: dns.resolver.Resolver) -> Iterator[Finding]:
    place = f"de DNS van {domain}, bij uw domeinprovider"
    try:
        if not _records(resolver, domain, "MX") and not _records(resolver, domain, "A"):
            why = "antwoorden van bewoners, en meldingen dat een adres niet bestaat, komen niet aan"
            yield error(f"{name}: {domain} neemt geen e-mail aan", why, f"{place}: MX; of {where}")
        yield from _spf(name, domain, place, resolver)
        yield from _dmarc(name, domain, place, resolver)
    except _NotTold as told:
        yield unchecked(f"{name}: SPF en DMARC van {domain}", str(told))
        return
    yield by_hand(
        f"{name}: ondertekent de mailserver met DKIM voor {domain}?",
        "dat is zonder de naam van de sleutel niet te zien",
        "stuur een proefaanmelding naar een adres bij Gmail, en kijk onder “Origineel tonen”: SPF, DKIM en DMARC",
    )


def _spf(name: str, domain: str, place: str, resolver: dns.resolver.Resolver) -> Iterator[Finding]:
    found = [it for it in _records(resolver, domain, "TXT") if it.lower().split(" ")[0] == "v=spf1"]
    why = "post van de koppeling komt dan bij de ongewenste post, of niet aan"
    if not found:
        yield error(f"{name}: {domain} heeft geen SPF", why, f"{place}: TXT v=spf1 …, zoals de mailprovider opgeeft")
    elif len(found) > 1:
        yield error(
            f"{name}: {domain} heeft {len(found)} regels SPF", "dan geldt geen ervan", f"{place}: maak er één van"
        )
    elif "+all" in (words := found[0].lower().split()) or "all" in words:
        yield error(
            f"{name}: de SPF van {domain} laat iedereen toe", "wie wil kan namens u mailen", f"{place}: ~all of -all"
        )


def _dmarc(name: str, domain: str, place: str, resolver: dns.resolver.Resolver) -> Iterator[Finding]:
    """A sub-domain without a record of its own has that of a domain above it."""
    labels = domain.split(".")
    above = (".".join(labels[first:]) for first in range(len(labels) - 1))
    for each in above:
        if any(
            it.replace(" ", "").lower().startswith("v=dmarc1") for it in _records(resolver, f"_dmarc.{each}", "TXT")
        ):
            return
    why = "grote mailproviders vertrouwen post van dit domein dan minder, en namaak valt niet op"
    yield warning(f"{name}: {domain} heeft geen DMARC", why, f"{place}: TXT _dmarc, bijvoorbeeld v=DMARC1; p=none")


def _records(resolver: dns.resolver.Resolver, name: str, kind: str) -> list[str]:
    """The texts of the records; empty when there are none. Raises _NotTold."""
    try:
        answer = resolver.resolve(name, kind, lifetime=5)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as failed:
        raise _NotTold(f"de DNS gaf geen antwoord ({type(failed).__name__})") from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [str(record) for record in answer]
