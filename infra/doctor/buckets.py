"""The buckets: nobody from outside can read them, and old files are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.doctor.cloud import Cloud, Resource
from infra.doctor.finding import Finding, about, error, warning
from infra.printed import counted
from shared.retention import BLOBS, DELETED_FILES


def problems(cloud: Cloud) -> list[Finding]:
    """The findings about the bucket of LINK_BLOBS and the other buckets of the deployment."""
    return about("de buckets", cloud.buckets, lambda buckets: _all(cloud, buckets))


def _all(cloud: Cloud, buckets: list[Resource]) -> Iterator[Finding]:
    blobs = cloud.bucket
    if blobs and blobs not in {it["name"] for it in buckets}:
        why = "een rapport of een gebeurtenis tijdens een storing kan dan niet worden bewaard"
        yield error(f"de bucket {blobs} bestaat niet in dit project", why, "Terminal: rol opnieuw uit met make deploy")
    for bucket in buckets:
        if bucket["name"].startswith(f"{cloud.project_id}-dossierlink-") or bucket["name"] == blobs:
            yield from _closed(bucket)
        if bucket["name"] == blobs:
            yield from _emptied(bucket)
            yield from _gone_at_once(bucket)


def _closed(bucket: Resource) -> Iterator[Finding]:
    iam: dict[str, Any] = bucket.get("iamConfiguration", {})
    name = bucket["name"]
    where = f"Google Cloud: Cloud Storage → {name} → Rechten"
    if iam.get("publicAccessPrevention") != "enforced":
        why = "één verkeerde regel maakt rapporten van bewoners dan openbaar"
        yield error(f"de bucket {name} kan openbaar worden", why, f"{where} → Openbare toegang voorkomen")
    if not iam.get("uniformBucketLevelAccess", {}).get("enabled"):
        why = "rechten per bestand zijn niet te overzien"
        yield error(f"de bucket {name} heeft geen uniforme toegang", why, f"{where} → Uniform")


def _gone_at_once(bucket: Resource) -> Iterator[Finding]:
    kept = int(bucket.get("softDeletePolicy", {}).get("retentionDurationSeconds", 0))
    if kept > DELETED_FILES.total_seconds():
        yield warning(
            f"de bucket {bucket['name']} houdt wat is verwijderd nog {kept // 86400} dagen vast",
            f"wat is gewist, hoort daar na {DELETED_FILES.days} dagen ook weg te zijn",
            f"Google Cloud: Cloud Storage → {bucket['name']} → Bescherming → Voorlopig verwijderen",
        )


def _emptied(bucket: Resource) -> Iterator[Finding]:
    rules = bucket.get("lifecycle", {}).get("rule", [])
    ages = [
        it["condition"]["age"]
        for it in rules
        if it.get("action", {}).get("type") == "Delete" and set(it.get("condition", {})) == {"age"}
    ]
    where = f"Google Cloud: Cloud Storage → {bucket['name']} → Levenscyclus; rol opnieuw uit met make deploy"
    if not ages:
        why = "bestanden met gegevens van bewoners die een storing achterlaat, blijven voor altijd staan"
        yield error(f"de bucket {bucket['name']} verwijdert niets", why, where)
    elif min(ages) < BLOBS.days:
        why = "een bestand dat nog bezorgd moet worden, kan dan weg zijn"
        yield error(
            f"de bucket {bucket['name']} verwijdert al na {counted(min(ages), 'dag', 'dagen')} in plaats van {BLOBS.days}",
            why,
            where,
        )
    elif min(ages) > BLOBS.days:
        why = "gegevens van bewoners blijven langer staan dan de README belooft"
        yield error(
            f"de bucket {bucket['name']} verwijdert pas na {counted(min(ages), 'dag', 'dagen')} in plaats van {BLOBS.days}",
            why,
            where,
        )
