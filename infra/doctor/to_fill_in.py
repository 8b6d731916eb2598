"""What has to stand in the screens of Econobis and Hoomdossier, with the addresses of this deployment, in Dutch.

`shared/staff/to_fill_in.py` knows the screens. The staff pages show the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.doctor.settings_file import Settings
from shared.config import Cooperation
from shared.staff.to_fill_in import Field, Note, Screen, screens
from shared.tasks.queue import QueueAddress

_UNKNOWN = "https://{function}-….run.app"
_NOTES: dict[Note, str] = {
    "": "{}",
    "address": "het internetadres dat `make deploy` toonde: een A-record",
    "choose": "{}",
    "person": "een persoon, niet alleen een team",
    "more_than": "meer dan {}",
    "secret": "de waarde van {}",
    "made_key": "de sleutel die `make key` toonde bij de sha256: in de instellingen",
    "signs": "geen: wie aanroept zet er een handtekening onder",
    "token": "maak hem hier, en bewaar hem als {}",
}
_USES = {"": "", "sign_ups": ", het formulier voor aanmeldingen", "events": ", het formulier voor berichten"}
_AFTER = {
    "": "",
    "dns": ", pas als de naam hierboven goed is",
    "proxy": ", alleen als een proxy berichten doorgeeft; laat anders beide staan, want Econobis weigert onze sleutel",
}
_NO_CAMPAIGN = "minstens één; en in de instellingen onder campaigns"


def lines(
    settings: Settings, address: QueueAddress | None, event_hosts: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A line for each field, by cooperation. Without `address` the addresses of the functions are left open.

    `event_hosts` are the names at which events come in, with the cooperation of each.
    """
    address_of = address.url_of if address else _open_address
    for name, cooperation in settings.config.cooperations.items():
        for screen in screens(name, cooperation, address_of, event_hosts):
            yield f"{name}, {_where(screen, cooperation)}:"
            yield from (f"  {field.label:<25} {in_words(field)}" for field in screen.fields)


def _open_address(function: str) -> str:
    return _UNKNOWN.replace("{function}", function)


def _where(screen: Screen, cooperation: Cooperation) -> str:
    match screen.system:
        case "econobis":
            return f"in Econobis ({cooperation.econobis.url}) onder {screen.path}{_USES[screen.use]}"
        case "hoomdossier":
            return f"in Hoomdossier (super-admin) onder {screen.path}{_AFTER[screen.after]}"
        case "dns":
            return "in de DNS van econobis.nl, door de makers van Econobis (docs/letters/econobis.md)"
        case "proxy":
            return "op een reverse proxy, alleen voor de sleutel van Hoomdossier, van en naar"
        case "website":
            return f"formulier {screen.form}: hier staat onze aanmeldpagina, en hierheen verstuurt het formulier van uw website"


def in_words(field: Field) -> str:
    """What to type, or what belongs there."""
    if field.note == "choose" and not field.value:
        return _NO_CAMPAIGN
    return _NOTES[field.note].format(field.value)
