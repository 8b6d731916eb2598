"""Prints what a person types into Econobis, Hoomdossier and the web site, per cooperation."""

from __future__ import annotations

from infra.deploy.settings_file import Settings
from infra.doctor.to_fill_in import econobis_wildcard
from infra.printed import say

_FUNCTIONS = ("create-dossier", "link-coach", "receive-event", "receive-webform")


def tell(address: str, settings: Settings) -> None:
    """`address` has {function} in the place of a function's name."""
    say("")
    say("Fill these in. Is a key lost? `make key` makes another one, with its line for the settings.")
    for name, cooperation in settings.config.cooperations.items():
        at = {it: address.replace("{function}", it) + f"/{name}" for it in _FUNCTIONS}
        campaigns = ", ".join(f"{it.name} ({number})" for number, it in cooperation.campaigns.items())
        say(f"{cooperation.name}")
        say(f"  Econobis ({cooperation.econobis.url}), Beheer → Coöperatie → Hoomdossier:")
        say(f"    Hoom link                 {at['create-dossier']}")
        say(f"    Hoom bewoner/coach link   {at['link-coach']}")
        say("    Hoom key                  the key that belongs to callers.econobis in the settings")
        say(f"    Hoom campagnes            {campaigns or 'at least one, also under campaigns in the settings'}")
        say("  Hoomdossier, as super admin, at the cooperation:")
        say(f"    Econobis wildcard         {econobis_wildcard(cooperation)}")
        say("    Econobis API key          the key that belongs to callers.hoomdossier in the settings")
        say("  The reverse proxy on your Econobis name, for events (README, What to know before you start):")
        say(f"    /api/{{key}}/hoomdossier/{{kind}}  to  {at['receive-event']}/{{key}}/hoomdossier/{{kind}}")
        for form in cooperation.forms:
            say(f"  The web form {form} of your site posts to:")
            say(f"    {at['receive-webform']}/{form}")
