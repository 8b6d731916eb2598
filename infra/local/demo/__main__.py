"""python -m infra.local.demo: starts everything, plays the campaign, and ends with 0 when all of it is right."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from infra.local.demo.campaign import Campaign
from infra.local.demo.machine import Machine
from infra.local.demo.world import NotSo
from infra.printed import say


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local.demo", description="a campaign of ten residents")
    parser.add_argument("--with-faults", action="store_true", help="an outage, a lost answer and a crash on the way")
    options = parser.parse_args()
    began = time.monotonic()

    def tell(text: str) -> None:
        say(f"{time.monotonic() - began:5.1f} s  {text}")

    with tempfile.TemporaryDirectory(prefix="dossierlink-demo-") as folder, Machine(Path(folder)) as machine:
        tell(f"Alles draait op {machine.base}/ : koppeling, Econobis, Hoomdossier, wachtrij en mailbox")
        try:
            wrong = play(Campaign(machine.base, tell), machine, with_faults=options.with_faults)
        except NotSo as error:
            wrong = [str(error)]
    for line in wrong:
        tell(f"FOUT: {line}")
    if not wrong:
        tell("Alles klopt: Econobis, Hoomdossier en de mailbox zeggen hetzelfde, en niemand hoeft iets te herstellen.")
    return 1 if wrong else 0


def play(campaign: Campaign, machine: Machine, *, with_faults: bool) -> list[str]:
    def pull_the_plug() -> None:
        machine.kill()
        machine.start()
        campaign.say("Alles is hard gestopt, weer gestart, en gaat verder waar het was")

    trouble = (
        ("Er gaat van alles mis", campaign.break_things),
        ("Bewoners melden zich aan op het webformulier", campaign.sign_up),
        ("Econobis is weg", campaign.wait_for_the_outage),
        ("De stroom valt uit", pull_the_plug),
        ("De link herstelt zich", campaign.fill_in_homes),
    )
    steps = (
        *(trouble if with_faults else trouble[1:2]),
        ("Econobis heeft een intake en een kans, Hoomdossier een dossier, de bewoner een e-mail", campaign.arrive),
        ("Een medewerker plant bezoeken; de coach wordt gekoppeld", campaign.plan_visits),
        ("De coach maakt, verzet en schrapt afspraken", campaign.make_appointments),
    )
    for title, step in steps:
        campaign.say(f"— {title}")
        step()
    campaign.say("— Klopt het eind?")
    return [*campaign.wrong(), *machine.dead_letters()]


if __name__ == "__main__":
    sys.exit(main())
