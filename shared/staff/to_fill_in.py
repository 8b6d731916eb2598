"""What has to stand in the screens of Econobis and Hoomdossier, in their DNS or on a proxy, and on the web site.

The names of screens and fields are the words that stand there. `infra/doctor` and `infra/deploy` print the same on the
command line. The keys themselves are nowhere: of a hash nobody knows the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from shared.caller_key import CallerKey
from shared.config import Cooperation
from shared.secret import Secret

System = Literal["econobis", "hoomdossier", "dns", "proxy", "website"]
Note = Literal["", "address", "choose", "person", "more_than", "secret", "made_key", "signs", "token"]
"""What belongs in a field whose value is not to be copied. `Field.value` completes it:

`address`: the internet address that `make deploy` prints. `choose`: these campaigns; `""`: at least one. `person`: a
user, not only a team. `more_than`: a higher number than this. `secret`: the value of the secret with this name.
`made_key`: the key whose hash stands in the settings. `signs`: no key, because this caller signs its calls. `token`:
made here, and kept as the secret with this name.
"""


@dataclass(frozen=True)
class Field:
    """`label` is the word on the screen. Without a `note`, `value` is exactly what to type there."""

    label: str
    value: str = ""
    note: Note = ""


@dataclass(frozen=True)
class Screen:
    """`path` leads to it, in its own words. `form`: the name of the web form that this is about.

    `dns`: a record of Econobis' domain for each name. Only when it is there, and the certificate after it, Hoomdossier
    may use the name. `proxy`: in its place, when events have no name of their own.

    `after`: what has to work before, because the link's key means nothing to Econobis: filled in too early or without
    it, events are lost. `use`: of the web forms in Econobis, what this one is for; `""` when one serves for both.
    """

    system: System
    path: str
    fields: Sequence[Field]
    form: str = ""
    use: Literal["", "sign_ups", "events"] = ""
    after: Literal["", "dns", "proxy"] = ""


def screens(
    name: str,
    cooperation: Cooperation,
    address_of: Callable[[str], str],
    event_hosts: Mapping[str, str] | None = None,
    address: str = "",
) -> list[Screen]:
    """All screens of the cooperation called `name`. `address_of` gives the URL of a function by its deployed name.

    `event_hosts` are the names at which events come in, with their cooperation, and `address` is where those lead to,
    `""` when the caller does not know.
    """

    def at(function: str) -> str:
        return f"{address_of(function)}/{name}"

    events = f"{at('receive-event')}/{{key}}/hoomdossier/{{kind}}"
    hosts = [host for host, whose in (event_hosts or {}).items() if whose == name]
    wildcard = without_domain(hosts[0]) if hosts else econobis_wildcard(cooperation)
    return [
        Screen("econobis", "Beheer → Coöperatie → Hoomdossier", _link_of_econobis(cooperation, at)),
        *_webforms(cooperation),
        _names(hosts, address) if hosts else Screen("proxy", "", [Field("/api/{key}/hoomdossier/{kind}", events)]),
        Screen(
            "hoomdossier",
            f"Coöperaties → {cooperation.name}",
            _of_hoomdossier(cooperation, wildcard),
            after="dns" if hosts else "proxy",
        ),
        Screen("hoomdossier", "API Tokens", [Field("Token", cooperation.hoomdossier.token.name, "token")]),
        *(Screen("website", "", [Field("URL", f"{at('receive-webform')}/{form}")], form) for form in cooperation.forms),
    ]


def _names(hosts: Sequence[str], address: str) -> Screen:
    return Screen("dns", "", [Field(host, address, "" if address else "address") for host in hosts])


def _link_of_econobis(cooperation: Cooperation, at: Callable[[str], str]) -> list[Field]:
    campaigns = ", ".join(f"{it.name} ({number})" for number, it in cooperation.campaigns.items())
    return [
        Field("Hoom link", at("create-dossier")),
        Field("Hoom bewoner/coach link", at("link-coach")),
        _key("Hoom key", cooperation.callers.econobis),
        Field("Hoom campagnes", campaigns, "choose"),
    ]


def _webforms(cooperation: Cooperation) -> list[Screen]:
    econobis = cooperation.econobis
    events, sign_ups = econobis.key_for_events, econobis.webform_key
    if not econobis.has_two_keys:
        return [Screen("econobis", "Webformulieren", _webform(sign_ups, econobis.calls_per_minute))]
    return [
        Screen("econobis", "Webformulieren", _webform(sign_ups, econobis.calls_per_minute), use="sign_ups"),
        Screen("econobis", "Webformulieren", _webform(events, econobis.calls_per_minute), use="events"),
    ]


def _webform(key: Secret, calls_per_minute: int) -> list[Field]:
    return [
        Field("Sleutel", key.name, "secret"),
        Field("Verantwoordelijke", "", "person"),
        Field("Aanvragen per minuut", str(calls_per_minute), "more_than"),
    ]


def _of_hoomdossier(cooperation: Cooperation, wildcard: str) -> list[Field]:
    return [
        Field("Econobis wildcard", wildcard),
        _key("Econobis API key", cooperation.callers.hoomdossier),
    ]


def _key(label: str, keys: Sequence[CallerKey]) -> Field:
    """Of two keys the last secret: the first one may be on its way out."""
    if not keys:
        return Field(label, "", "signs")
    named = [key.name for key in keys if isinstance(key, Secret)]
    return Field(label, named[-1], "secret") if named else Field(label, "", "made_key")


def econobis_wildcard(cooperation: Cooperation) -> str:
    """What Hoomdossier puts before `.econobis.nl`; the whole host when the address of Econobis ends otherwise."""
    return without_domain(urlsplit(cooperation.econobis.url).hostname or "")


def without_domain(host: str) -> str:
    """What Hoomdossier puts before `.econobis.nl` to send to this host."""
    return host.removesuffix(".econobis.nl")
