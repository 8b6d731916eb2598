"""Which version of the settings each function uses, and whether that is the newest one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.doctor.cloud import Cloud, Resource, last
from infra.doctor.finding import Finding, NotSeen, about, error, warning
from infra.secret_manager import SETTINGS, settings_version

SCREEN = f"Google Cloud: Secret Manager → {SETTINGS}"
ROLL_OUT = "Terminal: make settings"


def versions_in_use(cloud: Cloud) -> dict[str, str]:
    """The version that each deployed function has mounted, such as `3`; `""` when it has none."""
    return {name: settings_version(cloud.service(name)) for name in cloud.deployed()}


def problems(cloud: Cloud) -> list[Finding]:
    """The findings about the versions of the settings."""
    if isinstance(cloud.secrets, NotSeen):
        return about("de instellingen in Secret Manager", cloud.secrets, lambda _: [])
    if SETTINGS not in cloud.secrets:
        why = "zonder instellingen start geen functie"
        return [error(f"het geheim {SETTINGS} bestaat niet", why, "Terminal: make deploy")]
    found = about("de versies van de instellingen", cloud.versions[SETTINGS], lambda it: _versions(cloud, it))
    return [*_mounts(cloud), *found]


def _mounts(cloud: Cloud) -> Iterator[Finding]:
    used = versions_in_use(cloud)
    if without := [name for name, version in used.items() if not version]:
        why = "zonder instellingen start een functie niet"
        yield error(f"zonder instellingen: {', '.join(without)}", why, ROLL_OUT)
    if loose := [name for name, version in used.items() if version == "latest"]:
        yield warning(
            f"niet vast op een versie van de instellingen: {', '.join(loose)}",
            "een nieuwe versie geldt dan instantie voor instantie, zonder proef vooraf",
            ROLL_OUT,
        )
    numbers = sorted({version for version in used.values() if version})
    if len(numbers) > 1:
        yield error(
            f"de functies gebruiken verschillende versies van de instellingen: {', '.join(numbers)}",
            "de uitrol is halverwege gestopt, en de ene functie kent coöperaties of sleutels die de andere niet kent",
            ROLL_OUT,
        )
    for name in used:
        mount = _mounted_at(cloud.service(name))
        if mount and mount != (told := cloud.environment(name).get("LINK_CONFIG")):
            why = "de functie zoekt de instellingen waar ze niet staan"
            yield error(f"LINK_CONFIG van {name} is {told} en niet {mount}", why, "Terminal: make deploy")


def _mounted_at(service: Resource) -> str:
    for volume in service.get("secretVolumes", []):
        if last(volume.get("secret", "")) == SETTINGS:
            path = next((it.get("path", "") for it in volume.get("versions", [])), SETTINGS)
            return f"{volume['mountPath'].rstrip('/')}/{path.lstrip('/')}"
    return ""


def _versions(cloud: Cloud, versions: list[Resource]) -> Iterator[Finding]:
    states = {int(last(it["name"])): it.get("state") for it in versions}
    newest = max((number for number, state in states.items() if state == "ENABLED"), default=0)
    if not newest:
        yield error("geen enkele versie van de instellingen is ingeschakeld", "geen functie kan starten", SCREEN)
    for number in sorted({int(it) for it in versions_in_use(cloud).values() if it.isdigit()}):
        if states.get(number) != "ENABLED":
            why = "de volgende instantie die start, vindt geen instellingen"
            yield error(f"versie {number} van de instellingen is in gebruik maar niet ingeschakeld", why, SCREEN)
        elif number < newest:
            yield warning(
                f"versie {number} van de instellingen is in gebruik, en er is een versie {newest}",
                "wat u later hebt gewijzigd, geldt nog niet",
                ROLL_OUT,
            )


def have_value(cloud: Cloud) -> set[str] | None:
    """The names of the secrets with a version that is enabled, or whose versions cannot be seen.

    None when it cannot be seen which secrets there are.
    """
    if isinstance(cloud.secrets, NotSeen):
        return None
    return {name for name, rows in cloud.versions.items() if isinstance(rows, NotSeen) or has_value(rows)}


def has_value(versions: Iterable[Resource]) -> bool:
    """Whether one of the versions of a secret is enabled."""
    return any(it.get("state") == "ENABLED" for it in versions)
