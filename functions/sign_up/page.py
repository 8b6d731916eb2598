"""The page with a form, at the form's own address, and the page that thanks.

A POST of this page carries `MARK`. When it is refused the same page comes back, with what was typed and what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response
from jinja2 import Environment

from functions._advice import advice_after
from functions._http import Refusal
from functions._look import look_of
from functions._security_headers import policy_with_form
from functions._templates import new_environment
from functions.sign_up.fields import FieldsOnPage, reasons_in
from functions.sign_up.mark import MARK
from functions.sign_up.script import script_address
from functions.staff.language import Language, language_of, language_query, told
from shared import wiring
from shared.config import Cooperation, Form, PageTexts
from shared.domain.form_age import FIELD, seconds_open, sign_time
from shared.domain.form_value import text_of
from shared.words import Words

_FOLDER = Path(__file__).with_name("templates")
_KEPT = Words("Wat u invulde, staat hieronder.")
_LOST = Words(
    "Wat u invulde, konden wij niet lezen: het staat hieronder niet meer. Ga terug met de terugknop van uw browser, "
    "dan staat het er meestal nog."
)


def show_form(
    request: Request,
    cooperation: str,
    form_name: str,
    typed: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """The page, as it was filled in with `typed` and refused for `refusal`, or empty."""
    services = wiring.services()
    settings = services.cooperations[cooperation]
    form = settings.forms[form_name]
    language = language_of(request)
    reasons = reasons_in(refusal, language)
    fields = FieldsOnPage(settings, form, typed or {}, reasons, language).shown()
    known = {it.field.name.removesuffix("[]") for it in fields}
    html = _render(
        "form.html",
        request,
        settings,
        form,
        fields=fields,
        status=refusal.status if refusal else 200,
        advice=_advice(refusal, _KEPT if typed else _LOST, language),
        others=[text for name, text in reasons.items() if name not in known],
        made=_made(settings, cooperation, form_name, typed or {}),
        made_field=FIELD,
        mark=MARK,
        address=_address(request, cooperation, form_name),
        script=script_address(_address(request, cooperation, form_name)),
        has_register=settings.country == "NL",
        other_language="nl" if language == "en" else "en",
    )
    return _answer(html, refusal.status if refusal else 200, settings, form, refusal.headers if refusal else {})


def _advice(refusal: Refusal | None, typed: Words, language: Language) -> list[str]:
    """The title of what is wrong, and then the sentences under it; the mistakes in the fields need none.

    `typed` says where that is now.
    """
    if refusal is None:
        return []
    advice = advice_after(refusal.status)
    under = [] if refusal.status == 422 else [advice.stored, typed, advice.then]
    return [told(text, language) for text in (advice.title, *under)]


def _made(settings: Cooperation, cooperation: str, form_name: str, typed: Mapping[str, Any]) -> str:
    """The time that came back with the form while it holds, else a new one.

    Whoever gets the page back has been busy with it, and may send it at once: a new time lies back far enough for that.
    Else a robot would be seen in a person, who is thanked while nothing is stored.
    """
    secret, now, given = settings.econobis.webform_key.value, wiring.services().clock(), typed.get(FIELD)
    if seconds_open(secret, cooperation, form_name, given, now) is not None:
        return text_of(given)
    waited = settings.forms[form_name].minimum_seconds or 0 if typed else 0
    return sign_time(secret, cooperation, form_name, now - timedelta(seconds=waited))


def show_thanks(request: Request, cooperation: str, form_name: str, *, to_confirm: bool) -> Response:
    """What happens next, and where to turn. It may be loaded again.

    `to_confirm`: the resident still has to confirm the sign-up by e-mail.
    """
    settings = wiring.services().cooperations[cooperation]
    form = settings.forms[form_name]
    return _answer(_render("thanks.html", request, settings, form, to_confirm=to_confirm), 200, settings, form, {})


def _address(request: Request, cooperation: str, form_name: str) -> str:
    """The path of the form, as the browser asks for it."""
    return f"{request.root_path.rstrip('/')}/{cooperation}/{form_name}"


def _answer(html: str, status: int, settings: Cooperation, form: Form, headers: Mapping[str, str]) -> Response:
    frames = " ".join(["'self'", *form.origins]) if form.page.embed else "'none'"
    logo = settings.mail.logo_url if settings.mail else None
    images = f"; img-src {urlsplit(logo).scheme}://{urlsplit(logo).netloc}" if logo else ""
    policy = policy_with_form(form.thank_you_page).replace("frame-ancestors 'none'", f"frame-ancestors {frames}")
    own = f"{policy}; script-src 'self'; connect-src 'self'; style-src 'sha256-{look_of(settings).digest}'{images}"
    # With `no-referrer` a browser would say `Origin: null` when it sends the form.
    return Response(
        html,
        status,
        {**headers, "Content-Security-Policy": own, "Referrer-Policy": "same-origin"},
        mimetype="text/html",
    )


def _render(template: str, request: Request, settings: Cooperation, form: Form, **facts: Any) -> str:
    language = language_of(request)
    return (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            name=settings.name,
            mail=settings.mail,
            form=form,
            texts=_texts(form, language),
            style=look_of(settings).style,
            query=language_query(request),
            **facts,
        )
    )


def _texts(form: Form, language: Language) -> PageTexts:
    """Those of the settings in this language; each that is missing in English is our own, not the Dutch one."""
    return form.page.english if language == "en" else form.page


@cache
def _environment(language: Language) -> Environment:
    return new_environment(_FOLDER, language)
