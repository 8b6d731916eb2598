"""What has to stand in the screens of Econobis and Hoomdossier, with the addresses of this deployment."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from infra.doctor.settings_file import Settings
from shared.config import Cooperation
from shared.tasks.queue import QueueAddress

_UNKNOWN = "https://{function}-….run.app"


def lines(settings: Settings, address: QueueAddress | None) -> Iterator[str]:
    """A line for each field, by cooperation. Without `address` the addresses of the functions are left open."""
    url = address.url if address else _UNKNOWN
    for name, cooperation in settings.config.cooperations.items():
        yield f"{name}, in Econobis ({cooperation.econobis.url}) onder Beheer → Coöperatie → Hoomdossier:"
        yield f"  Hoom link                 {url.replace('{function}', 'create-dossier')}/{name}"
        yield f"  Hoom bewoner/coach link   {url.replace('{function}', 'link-coach')}/{name}"
        yield f"  Hoom key                  {_key(settings, name, 'econobis')}"
        campaigns = [f"{it.name} ({number})" for number, it in cooperation.campaigns.items()]
        yield f"  Hoom campagnes            {', '.join(campaigns) or 'minstens één; en in de instellingen onder campaigns'}"
        yield f"{name}, in Econobis onder Webformulieren, twee formulieren met elk een persoon als Verantwoordelijke:"
        for key in [*settings.named(name, "webform_key"), *settings.named(name, "event_key")]:
            yield f"  Sleutel                   de waarde van {key.secret.name}"
        most = cooperation.econobis.calls_per_minute
        yield f"  Aanvragen per minuut      meer dan {most}"
        yield f"{name}, in Hoomdossier (super-admin, Coöperaties → {name}):"
        yield f"  Econobis wildcard         {econobis_wildcard(cooperation)}"
        yield f"  Econobis API key          {_key(settings, name, 'hoomdossier')}"
        yield f"{name}, op de reverse proxy van uw naam bij econobis.nl:"
        yield f"  /api/{{key}}/hoomdossier/{{kind}}  naar  {url.replace('{function}', 'receive-event')}/{name}/{{key}}/hoomdossier/{{kind}}"
        for form in cooperation.forms:
            yield f"{name}, het webformulier {form} van uw website:"
            yield f"  verstuurt naar            {url.replace('{function}', 'receive-webform')}/{name}/{form}"


def econobis_wildcard(cooperation: Cooperation) -> str:
    """What Hoomdossier puts before `.econobis.nl`; the whole host when the address of Econobis ends otherwise."""
    return (urlsplit(cooperation.econobis.url).hostname or "").removesuffix(".econobis.nl")


def _key(settings: Settings, name: str, caller: str) -> str:
    """The key itself is not shown: of a hash nobody knows it, and of a secret only who may read it."""
    named = [it.secret.name for it in settings.named(name, f"callers.{caller}")]
    return (
        f"de waarde van {named[-1]}" if named else "de sleutel die `make key` toonde bij de sha256: in de instellingen"
    )
