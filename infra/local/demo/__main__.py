"""python -m infra.local.demo (`make demo`): plays the campaign. Exit status 0 when everything is right, else 1."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from infra.local.demo.campaign import Campaign
from infra.local.demo.client import DemoFailed
from infra.local.demo.local_run import LocalRun
from infra.printed import say


def main() -> int:
    """Returns the exit status: 0 when everything is right, else 1."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.demo", description="a campaign of ten residents")
    parser.add_argument("--with-faults", action="store_true", help="with an outage, a lost answer and a crash")
    options = parser.parse_args()
    began = time.monotonic()

    def tell(text: str) -> None:
        say(f"{time.monotonic() - began:5.1f} s  {text}")

    with tempfile.TemporaryDirectory(prefix="dossierlink-demo-") as folder, LocalRun(Path(folder)) as local_run:
        tell(f"Alles draait op {local_run.base}/ : koppeling, Econobis, Hoomdossier, wachtrij en mailbox")
        try:
            problems = play(Campaign(local_run.base, tell), local_run, with_faults=options.with_faults)
        except DemoFailed as error:
            problems = [str(error)]
    for problem in problems:
        tell(f"FOUT: {problem}")
    if not problems:
        tell(
            "Alles klopt: Econobis, Hoomdossier, de mailbox, de rapportages en de agenda’s zeggen hetzelfde, en niemand "
            "hoeft iets te herstellen."
        )
    return 1 if problems else 0


def play(campaign: Campaign, local_run: LocalRun, *, with_faults: bool) -> list[str]:
    """Plays every step. Returns what is wrong at the end; empty when nothing is. Raises DemoFailed."""

    def pull_the_plug() -> None:
        local_run.kill()
        local_run.start()
        campaign.say("Alles is hard gestopt, weer gestart, en gaat verder waar het was")

    sign_up_with_faults = (
        ("Er gaat van alles mis", campaign.break_things),
        ("Bewoners melden zich aan, op een website of op de aanmeldpagina", campaign.sign_up),
        ("Econobis is weg", campaign.wait_for_the_outage),
        ("De stroom valt uit", pull_the_plug),
        ("De koppeling herstelt zich", campaign.fill_in_homes),
    )
    steps = (
        *(sign_up_with_faults if with_faults else sign_up_with_faults[1:2]),
        (
            "Econobis heeft een intake en een kans, Hoomdossier een dossier, de bewoner een e-mail",
            campaign.wait_for_dossiers,
        ),
        ("Een medewerker plant bezoeken; de coach wordt gekoppeld", campaign.plan_visits),
        ("De coach maakt, verzet en schrapt afspraken", campaign.make_appointments),
    )
    for title, step in steps:
        campaign.say(f"— {title}")
        step()
    campaign.say("— Klopt het eind?")
    return [*campaign.problems(), *local_run.dead_letters()]


if __name__ == "__main__":
    sys.exit(main())
