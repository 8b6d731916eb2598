"""Prints what a person types into Econobis, Hoomdossier and the web site, per cooperation.

`shared/staff/to_fill_in.py` knows the screens. The staff pages show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.deploy.settings_file import Settings
from infra.printed import say
from shared.config import Cooperation
from shared.staff.to_fill_in import Note, Screen, screens

_NOTES: dict[Note, str] = {
    "": "{}",
    "address": "{}",
    "choose": "{}",
    "person": "a person, not only a team",
    "more_than": "more than {}",
    "secret": "the value of the secret {}",
    "made_key": "the key that belongs to the sha256: in the settings",
    "signs": "none: this caller signs its calls",
    "token": "make it here, and keep it as the secret {}",
}
_USES = {"": "", "sign_ups": ", the form for sign-ups", "events": ", the form for events"}
_AFTER = {
    "": "",
    "dns": ", when `make doctor` finds the name right",
    "proxy": ", when a proxy passes events on; else leave both as they are, because Econobis refuses our key",
}
_NO_CAMPAIGN = "at least one, also under campaigns in the settings"


def tell(address: str, settings: Settings, event_hosts: Mapping[str, Mapping[str, Any]]) -> None:
    """`address` has {function} in the place of a function's name. `event_hosts` is that output of Terraform."""
    whose = {host: str(it["cooperation"]) for host, it in event_hosts.items()}
    leads_to = next((str(it["address"]) for it in event_hosts.values()), "")
    say("")
    say("Fill these in. Is a key lost? `make key` makes another one, with its line for the settings.")
    for name, cooperation in settings.config.cooperations.items():
        say(f"{cooperation.name}")
        for screen in screens(name, cooperation, lambda it: address.replace("{function}", it), whose, leads_to):
            say(f"  {_where(screen, cooperation)}:")
            for it in screen.fields:
                value = it.value or (_NO_CAMPAIGN if it.note == "choose" else "")
                say(f"    {it.label:<25} {_NOTES[it.note].format(value)}")
            if screen.system == "dns":
                say(
                    "    No AAAA record, and a CAA record only when it allows pki.goog. A certificate comes within an hour."
                )
                say("    Until then the events that Hoomdossier sends there are lost.")
        staff = ", ".join(it.email for it in cooperation.staff) or "nobody yet; add them under staff in the settings"
        say(f"  The pages for your staff ({staff}):")
        say(f"    {address.replace('{function}', 'show-staff')}/{name}/")


def _where(screen: Screen, cooperation: Cooperation) -> str:
    match screen.system:
        case "econobis":
            return f"Econobis ({cooperation.econobis.url}), {screen.path}{_USES[screen.use]}"
        case "hoomdossier":
            return f"Hoomdossier, as super admin, {screen.path}{_AFTER[screen.after]}"
        case "dns":
            return "The makers of Econobis (docs/letters/econobis.md), an A record in their DNS, from and to"
        case "proxy":
            return "A reverse proxy for events (README, Three roads), for the key of Hoomdossier only, from and to"
        case "website":
            return f"Form {screen.form}: our sign-up page is here, and the web form of your site posts to here"
