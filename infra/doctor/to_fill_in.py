"""What has to stand in the screens of Econobis and Hoomdossier, with the addresses of this deployment, in Dutch.

`shared/staff/to_fill_in.py` knows the screens. The staff pages show the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.settings_file import Settings
from shared.config import Cooperation
from shared.staff.to_fill_in import Field, Note, Screen, screens
from shared.tasks.queue import QueueAddress

_UNKNOWN = "https://{function}-….run.app"
_NOTES: dict[Note, str] = {
    "": "{}",
    "choose": "{}",
    "person": "een persoon, niet alleen een team",
    "more_than": "meer dan {}",
    "secret": "de waarde van {}",
    "made_key": "de sleutel die `make key` toonde bij de sha256: in de instellingen",
    "signs": "geen: wie aanroept zet er een handtekening onder",
    "token": "maak hem hier, en bewaar hem als {}",
}
_USES = {"": "", "sign_ups": ", het formulier voor aanmeldingen", "events": ", het formulier voor berichten"}
_NO_CAMPAIGN = "minstens één; en in de instellingen onder campaigns"


def lines(settings: Settings, address: QueueAddress | None) -> Iterator[str]:
    """A line for each field, by cooperation. Without `address` the addresses of the functions are left open."""
    address_of = address.url_of if address else _open_address
    for name, cooperation in settings.config.cooperations.items():
        for screen in screens(name, cooperation, address_of):
            yield f"{name}, {_where(screen, cooperation)}:"
            yield from (f"  {field.label:<25} {in_words(field)}" for field in screen.fields)


def _open_address(function: str) -> str:
    return _UNKNOWN.replace("{function}", function)


def _where(screen: Screen, cooperation: Cooperation) -> str:
    match screen.system:
        case "econobis":
            return f"in Econobis ({cooperation.econobis.url}) onder {screen.path}{_USES[screen.use]}"
        case "hoomdossier":
            return f"in Hoomdossier (super-admin) onder {screen.path}"
        case "proxy":
            return "op de reverse proxy van uw naam bij econobis.nl, van en naar"
        case "website":
            return f"formulier {screen.form}: hier staat onze aanmeldpagina, en hierheen verstuurt het formulier van uw website"


def in_words(field: Field) -> str:
    """What to type, or what belongs there."""
    if field.note == "choose" and not field.value:
        return _NO_CAMPAIGN
    return _NOTES[field.note].format(field.value)
