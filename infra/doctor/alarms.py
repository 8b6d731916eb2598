"""Does an alarm reach a person, and what is there to alarm about: the errors of the last day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from infra.doctor.cloud import Cloud, Resource
from infra.doctor.finding import Finding, about, error, warning
from infra.function_table import Row
from shared.retention import LOGS

_SCREEN = "Google Cloud: Monitoring → Alerting"

_AGAIN = "Terminal: rol opnieuw uit met make deploy"

# What stands in the condition of an alert: a message of our log, the severity, a metric.
WATCHED = {
    "needs a person": "werk waar een mens naar moet kijken",
    "severity>=ERROR": "een fout in het logboek",
    "5xx": "een functie die met een fout antwoordt",
    "swept": "een sweep die stilstaat",
}

# What the README says about each message under "Operate", shortened. A message that is not here is shown all the same.
ADVICE = {
    "needs a person": "Terminal: .venv/bin/python -m infra.operate --project … dead-letters list",
    "called with a wrong key": "Econobis: Beheer → Coöperatie → Hoomdossier → Hoom key; Hoomdossier: Econobis API key",
    "refused an event": "meld de regel bij Hoomdossier",
    "a form is flooded": "de instellingen: limits of honeypot van dat formulier",
    "cannot be taken up": "README, Operate: de regel “cannot be taken up”",
    "unreadable document": "rol de versie uit die het document schreef",
    "broken": "meld de regel; stack_trace zegt waar",
}


def problems(cloud: Cloud, table: Mapping[str, Row]) -> list[Finding]:
    """The findings about alerts, their channels, and the log."""
    return [
        *about("de waarschuwingen", cloud.alerts, _alerts),
        *about("wie waarschuwingen krijgt", cloud.channels, lambda channels: _channels(cloud, channels)),
        *about("de fouten in het logboek", cloud.errors, lambda lines: _errors(table, lines)),
        *about("hoe lang het logboek wordt bewaard", cloud.log_bucket, _kept),
        *about("of adressen met een sleutel in het logboek staan", cloud.logged_addresses, _addresses),
    ]


def _alerts(alerts: list[Resource]) -> Iterator[Finding]:
    if not alerts:
        why = "een storing of vastgelopen werk ziet dan niemand"
        yield error("er zijn geen waarschuwingen ingesteld", why, _AGAIN)
        return
    told = json.dumps([alert for alert in alerts if alert.get("enabled", True)])
    for sign, about_what in WATCHED.items():
        if sign not in told:
            why = "dat ziet dan niemand"
            yield error(f"er is geen waarschuwing voor {about_what}", why, _AGAIN)
    for alert in alerts:
        name = alert.get("displayName", "zonder naam")
        if not alert.get("enabled", True):
            yield error(f"de waarschuwing “{name}” staat uit", "niemand hoort er dan van", f"{_SCREEN} → {name}")
        if not alert.get("notificationChannels"):
            why = "zij komt bij niemand aan"
            yield error(f"de waarschuwing “{name}” gaat naar niemand", why, f"{_SCREEN} → {name} → Meldingen")


def _channels(cloud: Cloud, channels: list[Resource]) -> Iterator[Finding]:
    """`verificationStatus` is absent for a channel that needs no verification."""
    alerts = cloud.alerts if isinstance(cloud.alerts, list) else []
    used = {name for alert in alerts for name in alert.get("notificationChannels", [])}
    known = {it["name"]: it for it in channels}
    where = f"{_SCREEN} → Meldingskanalen bewerken"
    for name in sorted(used):
        channel = known.get(name)
        if channel is None:
            yield error("een waarschuwing gaat naar een kanaal dat niet bestaat", "zij komt bij niemand aan", where)
        elif not channel.get("enabled", True):
            yield error(
                f"het kanaal “{channel.get('displayName', '')}” staat uit", "waarschuwingen komen niet aan", where
            )
        elif channel.get("verificationStatus") == "UNVERIFIED":
            why = "Google stuurt niets naar een adres dat niet is bevestigd"
            yield error(f"het kanaal “{channel.get('displayName', '')}” is niet bevestigd", why, where)


def _kept(log: Resource) -> Iterator[Finding]:
    days = int(log.get("retentionDays", 0))
    if days > LOGS.days:
        yield warning(
            f"het logboek wordt {days} dagen bewaard",
            f"internetadressen horen er na {LOGS.days} dagen uit te zijn",
            "Google Cloud: Logging → Logboekopslag → _Default → Bewaartermijn",
        )


def _addresses(lines: list[Resource]) -> Iterator[Finding]:
    if lines:
        yield error(
            "Google bewaart de adressen van aanroepen in het logboek",
            "in het adres van een gebeurtenis staat de sleutel van Hoomdossier, in dat van een bevestiging die van de bewoner",
            "Google Cloud: Logging → Logboekrouter → _Default → Uitsluitingen; rol opnieuw uit met make deploy",
        )


def _errors(table: Mapping[str, Row], lines: list[Resource]) -> Iterator[Finding]:
    """Our own messages are fixed texts. What Google or a library wrote may hold anything, so it is only counted."""
    counts = Counter((_function(line), _message(line)) for line in lines if _function(line) in table)
    for (function, message), count in sorted(counts.items(), key=lambda it: (-it[1], it[0])):
        yield warning(
            f"{count} keer {message} in {function} in de laatste 24 uur",
            "elke fout in het logboek vraagt om een mens",
            ADVICE.get(message.strip("“”"), f"Google Cloud: Cloud Run → {function} → Logboeken, Ernst: Error"),
        )


def _function(line: Resource) -> str:
    return str(line.get("resource", {}).get("labels", {}).get("service_name", ""))


def _message(line: Resource) -> str:
    if "message" in line.get("jsonPayload", {}):
        return f"“{line['jsonPayload']['message']}”"
    status = line.get("httpRequest", {}).get("status")
    return f"een antwoord {status}" if status else "een melding die niet van ons is"
