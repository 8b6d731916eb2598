"""A cooperation's settings as the link understood them, and what in them is missing or unusual. Holds no secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.config import Cooperation
from shared.staff.form_shown import FormShown, show_form
from shared.staff.snippets import Snippets, snippets_of
from shared.staff.to_fill_in import Screen, screens

Missing = Literal["no_mail", "no_digest", "no_manager", "no_campaigns", "no_forms", "no_coaches", "one_key"]
Unusual = Literal["two_keys", "campaign_over", "campaign_without_form", "form_without_visit", "form_without_dossier"]


@dataclass(frozen=True)
class Remark:
    """`about`: the peer, feed, campaign or form that it is about; `""` for the cooperation."""

    code: Missing | Unusual
    about: str = ""


@dataclass(frozen=True)
class Key:
    """A key of the settings. `has`: how many are there. `signed`: how many secrets for signatures instead.

    `feed`: the program that reads with it; `""` for a key of Econobis or Hoomdossier.
    """

    setting: str
    has: int
    signed: int = 0
    feed: str = ""


@dataclass(frozen=True)
class SettingsShown:
    """What the page shows beside the settings themselves. `snippets`: what a web site needs, by the form's name."""

    remarks: Sequence[Remark]
    screens: Sequence[Screen]
    forms: Sequence[FormShown]
    snippets: Mapping[str, Snippets]
    keys: Sequence[Key]


def show_settings(
    name: str,
    settings: Cooperation,
    address_of: Callable[[str], str],
    today: date,
    event_hosts: Mapping[str, str] | None = None,
) -> SettingsShown:
    """`address_of` gives the URL of a function by its deployed name. `event_hosts`: see `screens`."""
    return SettingsShown(
        remarks=[*_missing(settings), *_unusual(settings, today)],
        screens=screens(name, settings, address_of, event_hosts),
        forms=[show_form(settings, form_name, form) for form_name, form in settings.forms.items()],
        snippets={
            form_name: snippets_of(settings, form, f"{address_of('receive-webform')}/{name}/{form_name}")
            for form_name, form in settings.forms.items()
        },
        keys=_keys(settings),
    )


def _missing(settings: Cooperation) -> Iterator[Remark]:
    if settings.mail is None:
        yield Remark("no_mail")
    elif not any(member.gets_digest for member in settings.staff):
        yield Remark("no_digest")
    if not any(member.role == "manage" for member in settings.staff):
        yield Remark("no_manager")
    if not settings.campaigns:
        yield Remark("no_campaigns")
    if not settings.forms:
        yield Remark("no_forms")
    if not settings.coaches:
        yield Remark("no_coaches")
    if not settings.econobis.has_two_keys:
        yield Remark("one_key")


def _unusual(settings: Cooperation, today: date) -> Iterator[Remark]:
    callers = settings.callers
    feeds = [(name, feed.keys) for name, feed in settings.feeds.items()]
    for owner, keys in (("Econobis", callers.econobis), ("Hoomdossier", callers.hoomdossier), *feeds):
        if len(keys) > 1:
            yield Remark("two_keys", owner)
    used = {form.campaign for form in settings.forms.values()}
    for number, campaign in settings.campaigns.items():
        if campaign.target_by and campaign.target_by < today:
            yield Remark("campaign_over", campaign.name)
        if settings.forms and number not in used:
            yield Remark("campaign_without_form", campaign.name)
    for name, form in settings.forms.items():
        if form.action is None:
            yield Remark("form_without_visit", name)
        if not form.dossier:
            yield Remark("form_without_dossier", name)


def _keys(settings: Cooperation) -> list[Key]:
    callers = settings.callers
    return [
        Key("webform_key", 1),
        Key("event_key", 1 if settings.econobis.event_key else 0),
        Key("token", 1),
        Key("callers.econobis", len(callers.econobis), len(callers.econobis_signing)),
        Key("callers.hoomdossier", len(callers.hoomdossier), len(callers.hoomdossier_signing)),
        *(Key(f"feeds.{name}", len(feed.keys), feed=name) for name, feed in settings.feeds.items()),
    ]
