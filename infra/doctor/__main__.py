"""`python -m infra.doctor --project P [--settings FILE] [--offline]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.resolver
import httpx

from infra.doctor import (
    access,
    alarms,
    buckets,
    commands,
    database,
    deployed,
    econobis_keys,
    from_outside,
    mail,
    offline,
    peers,
    queues,
    report,
    settings_in_use,
    staff_pages,
    timeouts,
    to_fill_in,
)
from infra.doctor.cloud import Cloud, Values, collect, look
from infra.doctor.finding import Finding, NotSeen, about, exit_code, unchecked
from infra.doctor.settings_file import Settings, load, parse
from infra.function_table import SMTP, function_rows, rows
from infra.printed import say
from infra.secret_manager import SETTINGS
from shared.clock import Clock, utc_now
from shared.public_addresses import public_client
from shared.tasks.google_token import GOOGLE_CERTS

HELP = """Kijkt of de koppeling goed is ingesteld, en zegt bij elke fout waar die te herstellen is.

Leest alleen; wijzigt niets, ook niet in Econobis en Hoomdossier, en verstuurt niets.
Het eind: 0 alles goed, 1 er is iets mis, 2 niet alles kon worden nagekeken.

  python -m infra.doctor --project mijn-project
  python -m infra.doctor --settings cooperations.yaml --offline
"""


@dataclass
class Surroundings:
    """What doctor looks with; tests give their own. None: that of this machine."""

    http: httpx.Client | None = None
    resolver: dns.resolver.Resolver | None = None
    clock: Clock = utc_now
    google: str = GOOGLE_CERTS


@dataclass
class Run:
    """The findings so far, in the order in which they are shown."""

    findings: list[Finding] = field(default_factory=list)

    def look(self, title: str, check: Callable[[], Iterable[Finding]]) -> None:
        """Runs the check of one group and shows what it found. An answer that it cannot read was not looked at."""
        try:
            found = [*check()]
        except (LookupError, TypeError, ValueError, AttributeError) as surprised:
            reason = f"een antwoord zag er anders uit dan verwacht ({type(surprised).__name__}); meld dit bij de makers"
            found = [unchecked("deze groep", reason)]
        report.show(title, found)
        self.findings += found


def main(arguments: Sequence[str] | None = None, surroundings: Surroundings | None = None) -> int:
    """Runs the checks that the arguments ask for, and returns the exit code."""
    options = _options(arguments)
    run, look_with = Run(), surroundings or Surroundings()
    if options.offline or not options.project:
        settings = load(options.settings)
        _settings(run, settings, None)
        run.look("Time-outs", lambda: timeouts.problems(function_rows(), {}, {}))
        if not options.offline and isinstance(settings, Settings):
            _network(run, settings, _Environment(), look_with)
        _fill_in(settings, None)
    else:
        _project(run, options.project, options.settings, look_with)
    report.summarize(run.findings)
    return exit_code(run.findings)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.doctor", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--project", help="het project in Google Cloud")
    parser.add_argument("--settings", type=Path, help="een bestand met instellingen, in plaats van die in Google Cloud")
    parser.add_argument("--offline", action="store_true", help="alleen wat zonder netwerk te zien is")
    options = parser.parse_args(arguments)
    if not options.settings and (options.offline or not options.project):
        parser.error("geef het project: make doctor PROJECT=mijn-project, of --project; of een bestand met --settings")
    return options


# -- the groups --------------------------------------------------------------------------------------------------------


def _project(run: Run, project: str, file: Path | None, look_with: Surroundings) -> None:
    table = function_rows()
    say(f"Google Cloud, project {project}: dit duurt ongeveer een minuut.")
    seen = look(commands.project(project))
    run.look("Project", lambda: about(f"het project {project}", seen, deployed.project_problems))
    if isinstance(seen, NotSeen):
        return
    cloud, values, now = collect(project, table), Values(project), look_with.clock()
    settings = load(file) if file else _settings_of(cloud, values)
    _settings(run, settings, settings_in_use.have_value(cloud))
    used = settings if isinstance(settings, Settings) else None
    run.look("Functies", lambda: deployed.problems(cloud, table))
    run.look("Instellingen in gebruik", lambda: settings_in_use.problems(cloud))
    run.look("Toegang en geheimen", lambda: access.problems(cloud, rows(), used))
    run.look("Pagina’s voor staf", lambda: staff_pages.problems(cloud, used))
    run.look("Time-outs", lambda: timeouts.problems(table, deployed.timeouts(cloud), queues.deadlines(cloud, table)))
    run.look("Wachtrij en planning", lambda: queues.problems(cloud, table, now))
    run.look("Database", lambda: database.problems(cloud, now))
    run.look("Bestanden", lambda: buckets.problems(cloud))
    run.look("Waarschuwingen en logboek", lambda: alarms.problems(cloud, rows()))
    if used:
        _network(run, used, values, look_with, cloud)
    else:
        rest = "toegang tot geheimen, bereikbaarheid, Econobis, Hoomdossier en e-mail"
        run.look("De rest", lambda: [unchecked(rest, "dat kan niet zonder instellingen die te lezen zijn")])
    _fill_in(settings, cloud)


def _settings(run: Run, settings: Settings | list[Finding], known: set[str] | None) -> None:
    run.look("Instellingen", lambda: settings if isinstance(settings, list) else offline.problems_of(settings, known))


def _settings_of(cloud: Cloud, values: Values) -> Settings | list[Finding]:
    """The settings that the functions use; the newest ones when no function is seen to use any."""
    version = next((it for it in settings_in_use.versions_in_use(cloud).values() if it), "latest")
    text = values.value(SETTINGS, version)
    if isinstance(text, NotSeen):
        return [unchecked(f"de instellingen ({SETTINGS}, versie {version})", text.reason)]
    return parse(text, f"{SETTINGS} versie {version}")


def _network(
    run: Run, settings: Settings, values: Values | _Environment, look_with: Surroundings, cloud: Cloud | None = None
) -> None:
    http = look_with.http or public_client(allow_loopback=cloud is None)
    if cloud:
        run.look("Bereikbaarheid", lambda: _from_outside(cloud, settings, http))
    run.look(
        "Econobis en Hoomdossier",
        lambda: [
            *peers.problems(
                settings, http, values.value, look_with.clock, look_with.google, cloud.event_hosts if cloud else {}
            ),
            *(econobis_keys.problems(cloud, settings) if cloud else econobis_keys.untried(settings)),
        ],
    )
    run.look("E-mail", lambda: _mail(settings, values.value(SMTP), look_with, deployed=cloud is not None))


def _mail(settings: Settings, smtp: str | NotSeen, look_with: Surroundings, *, deployed: bool) -> list[Finding]:
    try:
        resolver = look_with.resolver or dns.resolver.Resolver()
    except dns.exception.DNSException:
        return [unchecked("e-mail", "deze computer heeft geen DNS")]
    return mail.problems(settings, smtp, resolver, deployed=deployed)


def _from_outside(cloud: Cloud, settings: Settings, http: httpx.Client) -> list[Finding]:
    if cloud.address is None:
        return [unchecked("of de functies antwoorden", "hun adres is niet te zien")]
    return [
        *from_outside.problems(cloud.address.url, function_rows(), settings, http),
        *staff_pages.from_outside(cloud, cloud.address.url, http),
    ]


def _fill_in(settings: Settings | list[Finding], cloud: Cloud | None) -> None:
    if isinstance(settings, Settings):
        say("")
        say("Wat in de schermen moet staan")
        for line in to_fill_in.lines(settings, cloud.address if cloud else None, cloud.event_hosts if cloud else {}):
            say(f"  {line}")


class _Environment:
    """The values of secrets from the environment, without a project."""

    def value(self, name: str) -> str | NotSeen:
        return os.environ.get(name) or NotSeen(f"de omgevingsvariabele {name} is niet gezet")


if __name__ == "__main__":
    sys.exit(main())
