"""The page behind the link in a letter: its button confirms the e-mail address of a sign-up. It needs no script."""

from __future__ import annotations

import re

from flask import Request, Response

from functions._http import UnknownAddress
from functions._page import go_to, page, wants_page
from functions._security_headers import policy_with_form
from shared.config import Form
from shared.flows.confirm_email import State, confirm, state_of
from shared.work.services import Services

_IN_MAIL = (
    "<p>U bent nog niet aangemeld. Wij hebben u een e-mail gestuurd, naar het adres dat u invulde. Open de link in die "
    "e-mail en druk daar op de knop: dan gaat uw aanmelding door.</p>"
    "<p>Ziet u de e-mail niet? Kijk dan ook bij uw ongewenste e-mail (spam), en of u uw adres goed hebt ingevuld.</p>"
)
_BUTTON = (
    "<p>Druk op de knop. Dan gaat uw aanmelding door.</p>"
    '<form method="post"><button type="submit">Ja, dit is mijn aanmelding</button></form>'
    "<p>Hebt u zich niet aangemeld? Sluit deze pagina dan: er gebeurt niets.</p>"
)
_CONFIRMED = "<p>U hoeft niets meer te doen.</p>"
_UNKNOWN = (
    "<p>De link is ouder dan zeven dagen, of niet helemaal overgenomen. Open de link in de e-mail nog een keer. Werkt "
    "dat niet, vul het formulier op de website dan opnieuw in: u krijgt dan een nieuwe e-mail.</p>"
)


def confirm_page(services: Services, request: Request, cooperation: str, form_name: str, token: str) -> Response:
    """GET shows the button and changes nothing, so mail filters may follow the link. POST confirms the sign-up.

    A browser gets a page for an unknown token too; a program gets UnknownAddress.
    """
    form = services.cooperations[cooperation].forms[form_name]
    act = confirm if request.method == "POST" else state_of
    state: State = act(services, cooperation, form_name, token) if re.fullmatch("[0-9a-f]{32}", token) else "unknown"
    if state == "unknown" and not wants_page(request):
        raise UnknownAddress
    if state == "unknown":
        return page(404, "Deze link werkt niet (meer)", [_UNKNOWN])
    if state == "confirmed":
        return page(200, "Uw aanmelding is al bevestigd", [_CONFIRMED])
    if request.method == "POST":
        return _thanks(request, cooperation, form_name, form)
    headers = {"Content-Security-Policy": policy_with_form(form.thank_you_page)}
    return page(200, "Bevestig uw aanmelding", [_BUTTON], headers)


def _thanks(request: Request, cooperation: str, form_name: str, form: Form) -> Response:
    if form.thank_you_page:
        return go_to(form.thank_you_page)
    from functions.sign_up.page import show_thanks  # noqa: PLC0415 (only here it needs templates)

    return show_thanks(request, cooperation, form_name, to_confirm=False)


def look_in_mail() -> Response:
    """The page after sending a form whose sign-up is still to be confirmed."""
    return page(200, "Kijk in uw e-mail", [_IN_MAIL])
