"""Whether Econobis takes our keys, as its last answers in the log show.

No call can try a key without effects: Econobis mails its staff about every call that it refuses, also when the key is
right (docs/peers/econobis.md 4.2, known-limits E19). So where the log says nothing, a person tries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from infra.doctor.cloud import Cloud, Resource
from infra.doctor.finding import Finding, NotSeen, about, by_hand, error
from infra.doctor.settings_file import Settings
from shared.secret import NamedSecret

_USED_BY = {"webform_key": "submit_intake", "event_key": "deliver_event"}
_NEVER = datetime.min.replace(tzinfo=UTC)
_TRY = {
    "webform_key": "meld u met uw eigen naam aan op het webformulier, en zoek uw naam na vijf minuten in Econobis onder"
    " Contacten",
    "event_key": "sla in Hoomdossier de afspraak van een proefbewoner opnieuw op, en kijk na vijf minuten in Econobis bij"
    " de kansactie naar de datum",
}


def problems(cloud: Cloud, settings: Settings) -> list[Finding]:
    """A finding for each key that Econobis refused last, or that it has not been seen to take."""
    return about("of Econobis onze sleutels kent", cloud.calls_of_econobis, lambda lines: _keys(cloud, settings, lines))


def untried(settings: Settings) -> list[Finding]:
    """Says of each key how to try it, where there is no log to look in."""
    return [_try(settings, use) for use in _keys_of(settings)]


def _keys_of(settings: Settings) -> list[NamedSecret]:
    return [use for use in settings.secrets if use.setting in _USED_BY]


def _keys(cloud: Cloud, settings: Settings, lines: list[Resource]) -> Iterator[Finding]:
    """What Econobis said before the newest version of the key says nothing about that version."""
    for use in _keys_of(settings):
        since = _newest_version(cloud, use.secret.name)
        said = [it for it in lines if _is_about(it, use) and _at(it) > since]
        if not said:
            yield _try(settings, use)
        elif max(said, key=_at)["jsonPayload"].get("error") == "KeyUnknown":
            yield error(
                f"{use.cooperation}: Econobis kent de sleutel {use.secret.name} niet",
                "wat ermee verstuurd wordt, komt niet aan",
                f"Econobis: Webformulieren → Sleutel, en de datums waarop die geldt; Google Cloud: Secret Manager → {use.secret.name}"
                " → Nieuwe versie",
            )


def _is_about(line: Resource, use: NamedSecret) -> bool:
    """A cancelled appointment goes through the web form, so an appointment shows nothing about the key of events."""
    said = line.get("jsonPayload", {})
    through_form = use.setting == "event_key" and said.get("kind") == "appointment"
    return (said.get("cooperation"), said.get("flow")) == (use.cooperation, _USED_BY[use.setting]) and not through_form


def _at(line: Resource) -> datetime:
    return datetime.fromisoformat(line["timestamp"])


def _newest_version(cloud: Cloud, name: str) -> datetime:
    versions = cloud.versions.get(name, [])
    made = [] if isinstance(versions, NotSeen) else [datetime.fromisoformat(it["createTime"]) for it in versions]
    return max(made, default=_NEVER)


def _try(settings: Settings, use: NamedSecret) -> Finding:
    return by_hand(
        f"{use.cooperation}: kent Econobis de sleutel {use.secret.name}? De laatste twee weken is er niets mee verstuurd",
        "een proef van hier zou Econobis een foutmail aan de verantwoordelijke laten sturen",
        f"{_TRY[use.setting]}; of vergelijk in Econobis: Webformulieren → Sleutel ({settings.where(*use.place)})",
    )
