"""What can be seen in the settings alone, without a network. `make settings` looks at it before it puts them to use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from infra.doctor import our_keys
from infra.doctor.finding import Finding, by_hand, error, warning
from infra.doctor.settings_file import Settings, load
from shared import config
from shared.config import Cooperation, Form
from shared.mail.render import check_templates

Place = tuple[int | str, ...]
_RESERVED = ("example", "test", "invalid", "localhost")
"""Top-level domains that never exist on the internet (RFC 2606)."""
_RESPONSIBLE = "Econobis: Webformulieren → elk van de twee formulieren → Verantwoordelijke"


def problems(path: Path, *, secrets_known: Collection[str] | None = None, shown: str | None = None) -> list[Finding]:
    """The findings about the settings in the file at `path`, which is named `shown`.

    `secrets_known` are the names of the secrets that have a value; None: not looked at. Reads no value of a secret.
    """
    loaded = load(path, shown)
    return loaded if isinstance(loaded, list) else problems_of(loaded, secrets_known)


def problems_of(settings: Settings, secrets_known: Collection[str] | None = None) -> list[Finding]:
    """As `problems`, for settings that were read."""
    found = [*_shared(settings), *our_keys.problems(settings), *_without_value(settings, secrets_known)]
    for name, cooperation in settings.config.cooperations.items():
        for check in (_addresses, _keys, _campaigns, _forms, _pace, _feed, _mail, _staff, _responsible):
            found += check(settings, name, cooperation)
    return found


# -- addresses ---------------------------------------------------------------------------------------------------------


def _addresses(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    for location, url in _urls(cooperation):
        where = settings.where("cooperations", name, *location)
        host = (urlsplit(url).hostname or "").lower()
        if not url.startswith("https://"):
            yield error(
                f"{name}: {url} begint niet met https://", "sleutels en gegevens gaan dan leesbaar over het net", where
            )
        if ".test" in url:
            why = "zo’n adres bestaat niet; en met .test in “Hoom link” verzint Econobis accountnummers"
            yield error(f"{name}: in {url} staat .test", why, where)
        elif host.rpartition(".")[2] in _RESERVED:
            yield error(
                f"{name}: {host} is een voorbeeld en bestaat niet",
                "de koppeling roept dit adres aan, of stuurt bewoners erheen",
                where,
            )
    for place, address in _email_addresses(cooperation):
        if address.rpartition(".")[2].lower() in _RESERVED:
            where = settings.where("cooperations", name, *place)
            domain = address.rpartition("@")[2]
            yield error(f"{name}: een e-mailadres op {domain} bestaat niet", "e-mail komt nergens aan", where)


def _urls(cooperation: Cooperation) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("econobis", "url"), cooperation.econobis.url
    yield ("hoomdossier", "url"), cooperation.hoomdossier.url
    for form_name, form in cooperation.forms.items():
        for page in ("thank_you_page", "error_page"):
            if url := getattr(form, page):
                yield ("forms", form_name, page), url
        if url := form.page.privacy_page:
            yield ("forms", form_name, "page", "privacy_page"), url
    for page in ("dossier_url", "logo_url"):
        if url := getattr(cooperation.mail, page, None):
            yield ("mail", page), url


def _email_addresses(cooperation: Cooperation) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for index, coach in enumerate(cooperation.coaches):
        yield ("coaches", index, "email"), coach.email
    for index, member in enumerate(cooperation.staff):
        yield ("staff", index, "email"), member.email
    for field in ("sender_address", "reply_to", "helpdesk_email"):
        if address := getattr(cooperation.mail, field, None):
            yield ("mail", field), address


# -- keys --------------------------------------------------------------------------------------------------------------


def _keys(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    if not cooperation.econobis.has_two_keys:
        yield warning(
            f"{name}: er is maar één sleutel van Econobis (known-limits G1)",
            "een nieuwe versie van Econobis weigert een sleutel die voor twee dingen dient",
            f"{settings.where('cooperations', name, 'econobis', 'event_key')}; maak de sleutel in Econobis onder"
            " Webformulieren, met een tweede formulier",
        )


def _without_value(settings: Settings, secrets_known: Collection[str] | None) -> Iterator[Finding]:
    if secrets_known is None:
        return
    for it in settings.secrets:
        if it.secret.name not in secrets_known:
            yield error(
                f"{it.cooperation}: het geheim {it.secret.name} heeft geen waarde",
                "zonder starten de functies niet die het nodig hebben",
                f"Google Cloud: Secret Manager → {it.secret.name} → Nieuwe versie; of haal {settings.where(*it.place)} weg",
            )


def _shared(settings: Settings) -> Iterator[Finding]:
    """What two cooperations have in common and must not."""
    owners: dict[str, list[Place]] = defaultdict(list)
    for name, cooperation in settings.config.cooperations.items():
        owners[f"het Econobis {cooperation.econobis.url}"].append(("cooperations", name, "econobis", "url"))
        owners[f"het Hoomdossier {cooperation.hoomdossier.url}"].append(("cooperations", name, "hoomdossier", "url"))
    for it in settings.secrets:
        owners[f"het geheim {it.secret.name}"].append(it.place)
    for place, key in our_keys.hashed(settings):
        owners[f"de sleutel sha256:{key.digest.hex()[:8]}…"].append(place)
    for what, places in owners.items():
        first = places[0]
        if second := next((it for it in places if it[1] != first[1]), None):
            yield error(
                f"{first[1]} en {second[1]} hebben allebei {what}",
                "de gegevens van bewoners van de ene coöperatie komen dan bij de andere",
                settings.where(*second),
            )


# -- what the link does with it ----------------------------------------------------------------------------------------


def _campaigns(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    if not cooperation.campaigns:
        yield error(
            f"{name}: er zijn geen campagnes (known-limits D1)",
            "dan gaat geen afspraak of status naar Econobis, want die zou het bezoek van een ander kunnen wijzigen",
            f"{settings.where('cooperations', name, 'campaigns')}; de nummers staan in Econobis onder Beheer →"
            " Coöperatie → Hoom campagnes",
        )
        return
    named = ", ".join(f"{it.name} ({number})" for number, it in cooperation.campaigns.items())
    yield by_hand(
        f"{name}: staan deze campagnes ook in Econobis bij Hoom campagnes: {named}?",
        "dat is van buiten niet te zien; anders vindt Econobis het bezoek bij een afspraak niet, of dat van een ander",
        "Econobis: Beheer → Coöperatie → Hoom campagnes",
    )


def _forms(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    if not cooperation.forms:
        where = settings.where("cooperations", name, "forms")
        yield warning(f"{name}: er is geen webformulier", "bewoners kunnen zich niet via de koppeling aanmelden", where)
    for form_name, form in cooperation.forms.items():
        yield from _form(settings, name, form_name, form)


def _form(settings: Settings, name: str, form_name: str, form: Form) -> Iterator[Finding]:
    place = ("cooperations", name, "forms", form_name)
    shown = f"{name}, formulier {form_name}"
    if form.action == "visit" and form.coach is None:
        yield warning(
            f"{shown}: er is geen vaste coach (known-limits B1)",
            "een coach die staf later bij een bestaande kansactie zet, wordt niet aan het dossier gekoppeld",
            f"{settings.where(*place, 'coach')}; of laat staf een nieuwe kansactie maken",
        )
    if not form.measures:
        yield warning(
            f"{shown}: er zijn geen maatregelen",
            "een aanmelding geeft dan geen kans en geen bezoek, dus een afspraak uit Hoomdossier past nergens bij",
            settings.where(*place, "measures"),
        )
    if not form.origins:
        yield warning(
            f"{shown}: er staat niet van welke websites het formulier mag komen",
            "een vreemde site kan het formulier namaken en uw bezoekers laten insturen",
            f"{settings.where(*place, 'origins')}; zonder website: https://receive-webform-….run.app, waar de aanmeldpagina staat",
        )
    if not form.page.privacy_page:
        yield warning(
            f"{shown}: de aanmeldpagina heeft geen link naar een privacyverklaring",
            "een bewoner kan dan niet lezen waarmee hij akkoord gaat",
            settings.where(*place, "page", "privacy_page"),
        )
    hosts = {urlsplit(page).hostname for page in (form.thank_you_page, form.error_page) if page}
    if len(hosts) > 1:
        yield warning(
            f"{shown}: de bedankpagina en de foutpagina staan op verschillende websites",
            "een tikfout stuurt de bewoner naar een vreemde site",
            settings.where(*place, "error_page"),
        )


def _pace(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    for peer, chosen, model in (
        ("econobis", cooperation.econobis.calls_per_minute, config.Econobis),
        ("hoomdossier", cooperation.hoomdossier.calls_per_minute, config.Hoomdossier),
    ):
        usual = model.model_fields["calls_per_minute"].default
        if chosen > usual:
            yield warning(
                f"{name}: {chosen} aanroepen per minuut van {peer.capitalize()} is meer dan {usual}",
                "ook anderen roepen aan; boven 60 weigert deze kant, en Econobis mailt elke weigering naar staf",
                settings.where("cooperations", name, peer, "calls_per_minute"),
            )


def _feed(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    if cooperation.hoomdossier.appointments_feed:
        yield warning(
            f"{name}: appointments_feed staat aan",
            "het Hoomdossier van vandaag heeft die lijst van afspraken niet",
            settings.where("cooperations", name, "hoomdossier", "appointments_feed"),
        )


def _mail(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    mail, place = cooperation.mail, ("cooperations", name, "mail")
    if mail is None:
        why = "bewoners en coaches krijgen dan alleen de e-mail van Hoomdossier en Econobis zelf"
        yield warning(f"{name}: de koppeling verstuurt geen e-mail", why, settings.where(*place))
        return
    if not (mail.helpdesk_phone or mail.helpdesk_email or mail.reply_to):
        yield warning(
            f"{name}: er is geen helpdesk en geen antwoordadres",
            "een bewoner met een vraag antwoordt dan aan de afzender, waar misschien niemand leest",
            settings.where(*place, "helpdesk_email"),
        )
    try:
        check_templates(mail)
    except ValueError as mistake:
        why = "met een kapot sjabloon wordt geen e-mail verstuurd"
        yield error(f"{name}: een sjabloon klopt niet: “{mistake}”", why, settings.where(*place, "templates_folder"))


def _staff(settings: Settings, name: str, cooperation: Cooperation) -> Iterator[Finding]:
    where = settings.where("cooperations", name, "staff")
    if not cooperation.staff:
        yield warning(
            f"{name}: niemand mag op de pagina’s voor staf",
            "wat vastloopt, ziet dan alleen wie de terminal gebruikt",
            f"{where}; zet er mensen bij als {{email: …, role: manage}}, en doe make settings",
        )
    elif not any(member.role == "manage" for member in cooperation.staff):
        yield warning(
            f"{name}: niemand onder staff heeft de rol manage",
            "niemand van de coöperatie kan dan een bewoner wissen of zijn gegevens geven (AVG)",
            where,
        )


def _responsible(_settings: Settings, name: str, _cooperation: Cooperation) -> Iterator[Finding]:
    yield by_hand(
        f"{name}: hebben beide webformulieren in Econobis een persoon als verantwoordelijke?",
        "dat is van buiten niet te zien; met alleen een team mislukken aanroepen halverwege",
        _RESPONSIBLE,
    )
