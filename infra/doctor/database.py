"""Firestore, compared with `infra/firestore.indexes.json`, which a test compares with the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.doctor.cloud import DATABASE, Cloud, Resource, last
from infra.doctor.finding import Finding, about, error, warning
from shared.retention import BACKUPS

INDEXES = Path(__file__).parents[1] / "firestore.indexes.json"
_AGAIN = "rol opnieuw uit met make deploy"
_SCREEN = "Google Cloud: Firestore"
_DAY = timedelta(days=1)


def problems(cloud: Cloud, now: datetime) -> list[Finding]:
    """The findings about database, deletion, indexes and backups at `now` (aware)."""
    wanted = json.loads(INDEXES.read_text(encoding="utf-8"))
    return [
        *about("de database", cloud.databases, lambda it: _database(cloud, it)),
        *about("het automatisch verwijderen in de database", cloud.expiry_fields, lambda it: _expiry(wanted, it)),
        *about("de indexen van de database", cloud.indexes, lambda it: _indexes(wanted, it)),
        *about("de planning van reservekopieën", cloud.backup_schedules, _backup_schedules),
        *about("de reservekopieën", cloud.backups, lambda it: _backups(cloud, it, now)),
    ]


def _database(cloud: Cloud, databases: list[Resource]) -> Iterator[Finding]:
    found = next((it for it in databases if last(it["name"]) == DATABASE), None)
    if found is None:
        why = "er is geen plek om aan te nemen wat binnenkomt"
        yield error(f"de database {DATABASE} bestaat niet", why, f"Terminal: {_AGAIN}")
        return
    if found.get("type") != "FIRESTORE_NATIVE":
        why = "de koppeling werkt alleen met de native mode, en dat is niet te wijzigen"
        yield error(f"de database is van de soort {found.get('type')}", why, f"{_SCREEN}: maak een nieuw project")
    if cloud.region and found.get("locationId") != cloud.region:
        why = "de gegevens van bewoners horen in de Europese Unie, bij de functies"
        yield error(
            f"de database staat in {found.get('locationId')} en niet in {cloud.region}",
            why,
            f"{_SCREEN}: maak een nieuw project",
        )
    if found.get("pointInTimeRecoveryEnablement") != "POINT_IN_TIME_RECOVERY_ENABLED":
        why = "na een vergissing is de toestand van een uur geleden niet terug te halen"
        yield error(
            "herstel naar een tijdstip (PITR) staat uit", why, f"{_SCREEN} → {DATABASE} → Noodherstel; {_AGAIN}"
        )
    if found.get("deleteProtectionState") != "DELETE_PROTECTION_ENABLED":
        why = "één opdracht kan dan alles wissen"
        yield warning(
            "de database is niet beschermd tegen verwijderen", why, f"{_SCREEN} → {DATABASE} → Bewerken; {_AGAIN}"
        )


def _expiry(wanted: Any, fields: list[Resource]) -> Iterator[Finding]:
    """The name of a field is `projects/p/databases/d/collectionGroups/submissions/fields/expires_at`."""
    states = {(it["name"].split("/")[5], last(it["name"])): it.get("ttlConfig", {}).get("state") for it in fields}
    for override in wanted["fieldOverrides"]:
        if not override.get("ttl"):
            continue
        state = states.get((override["collectionGroup"], override["fieldPath"]))
        if state not in {"ACTIVE", "CREATING"}:
            yield error(
                f"{override['collectionGroup']} wordt niet verwijderd na {override['fieldPath']} ({state or 'geen regel'})",
                "gegevens van bewoners blijven dan langer staan dan de README belooft",
                f"{_SCREEN} → Time-to-live; {_AGAIN}",
            )


def _indexes(wanted: Any, indexes: list[Resource]) -> Iterator[Finding]:
    states = {_shape(it["name"].split("/")[5], it): it.get("state") for it in indexes}
    for index in wanted["indexes"]:
        shape = _shape(index["collectionGroup"], index)
        if states.get(shape) != "READY":
            yield error(
                f"de index op {', '.join(field for field, _ in shape[1])} van {shape[0]} is er niet of nog niet klaar",
                "Firestore weigert de vraag die hem nodig heeft",
                f"{_SCREEN} → Indexen; {_AGAIN}",
            )


def _shape(collection: str, index: Resource) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Google adds `__name__` to what was asked for."""
    fields = [(it["fieldPath"], it.get("order") or it.get("arrayConfig", "")) for it in index["fields"]]
    return collection, tuple(field for field in fields if field[0] != "__name__")


def _backup_schedules(schedules: list[Resource]) -> Iterator[Finding]:
    where = f"{_SCREEN} → {DATABASE} → Noodherstel → Back-upschema's; {_AGAIN}"
    if not schedules:
        yield error("er is geen planning voor reservekopieën", "PITR gaat maar zeven dagen terug", where)
    longest = max((float(it.get("retention", "0s").removesuffix("s")) for it in schedules), default=0.0)
    if longest > BACKUPS.total_seconds():
        yield warning(
            f"reservekopieën blijven {longest / 86400:.0f} dagen bewaard",
            f"wat is gewist, hoort daar na {BACKUPS.days} dagen ook weg te zijn",
            where,
        )


def _backups(cloud: Cloud, backups: list[Resource], now: datetime) -> Iterator[Finding]:
    """A schedule that was made today has no backup yet."""
    schedules = cloud.backup_schedules if isinstance(cloud.backup_schedules, list) else []
    if not schedules:
        return
    longest = 2 * _DAY if any("dailyRecurrence" in it for it in schedules) else 8 * _DAY
    begun = min(datetime.fromisoformat(it["createTime"]) for it in schedules)
    made = [datetime.fromisoformat(it["snapshotTime"]) for it in backups if it.get("state") == "READY"]
    if now - max([begun, *made]) > longest:
        why = "na een ramp is er niets recents om op terug te vallen"
        where = f"{_SCREEN} → {DATABASE} → Noodherstel → Back-ups"
        yield error(f"er is {longest.days} dagen geen reservekopie gelukt", why, where)
