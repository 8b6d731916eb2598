"""Prints what a person types into Econobis, Hoomdossier and the web site, per cooperation."""

from __future__ import annotations

from infra.deploy.settings_file import Settings
from infra.printed import say

_FUNCTIONS = ("create-dossier", "link-coach", "receive-event", "receive-webform")


def tell(address: str, settings: Settings) -> None:
    """`address` has {function} in the place of a function's name."""
    say("")
    say("Type these addresses. `make key` makes a key, and the line for the settings.")
    for name, cooperation in settings.config.cooperations.items():
        at = {it: address.replace("{function}", it) + f"/{name}" for it in _FUNCTIONS}
        say(f"{cooperation.name}")
        say("  Econobis, Beheer → Coöperatie → Hoomdossier:")
        say(f"    Hoom link                 {at['create-dossier']}")
        say(f"    Hoom bewoner/coach link   {at['link-coach']}")
        say("    Hoom key                  the key that belongs to callers.econobis")
        say("  Hoomdossier, as super admin, at the cooperation:")
        say("    Econobis API key          the key that belongs to callers.hoomdossier")
        say("  Your proxy, which sends on what Hoomdossier sends to /api/{key}/hoomdossier/{kind}:")
        say(f"    to                        {at['receive-event']}/{{key}}/hoomdossier/{{kind}}")
        for form in cooperation.forms:
            say("  The web form of your site posts to:")
            say(f"    {form:<25} {at['receive-webform']}/{form}")
