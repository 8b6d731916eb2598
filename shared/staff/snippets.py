"""What a web site needs for a form: a link, a frame, the HTML of a form, and what to fill in at two form builders.

One source for the settings page and for `docs/web-forms.md`. All of it is Dutch: it stands on a Dutch web site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from shared.config import Cooperation, Form
from shared.domain.form_age import FIELD
from shared.econobis.form_inputs import choices_of, input_of
from shared.econobis.sign_up_form import NAMES, PASSED_ON
from shared.staff.form_shown import FormField, fields_of

_LEGEND = "Aanmelden"
# A robot fills in every field. People do not see this one, and Tab and screen readers pass it.
_UNSEEN = "position:absolute;left:-10000px"
_EMPTY = "Laat dit veld leeg"


@dataclass(frozen=True)
class Row:
    """A field at a form builder: under which key its value is sent, and what people read at it.

    `values`: value → text where only these are taken; empty for text of one's own.
    """

    key: str
    label: str
    required: bool
    values: Mapping[str, str]


@dataclass(frozen=True)
class Snippets:
    """For one form. `frame` is `""` unless the settings let web sites show the page in a frame.

    `rows`: the keys of a webhook of Gravity Forms. `by_server`: whether a form builder can send this form at all; not
    when it must carry the time at which the page was made.
    """

    address: str
    link: str
    frame: str
    html: str
    contact_form_7: str
    rows: Sequence[Row]
    by_server: bool


def snippets_of(settings: Cooperation, form: Form, address: str) -> Snippets:
    """`address` is the one that the form posts to, where our own page is too."""
    fields = asked_fields(settings, form)
    return Snippets(
        address=address,
        link=f'<a href="{escape(address)}">Meld u aan bij {escape(settings.name)}</a>',
        frame=_frame(settings, address) if form.page.embed else "",
        html=_html(form, fields, address),
        contact_form_7=_contact_form_7(form, fields),
        rows=[Row(field.name, field.label, field.required, choices_for(form, field)) for field in fields],
        by_server=form.minimum_seconds is None,
    )


def asked_fields(settings: Cooperation, form: Form) -> list[FormField]:
    """For our own page and the snippets: what has to be filled in, and what else the form's settings ask for."""
    optional = {getattr(NAMES, name) for name in form.page.optional}
    wanted = optional | PASSED_ON | {*form.fields, *form.required}
    return [
        replace(field, label=asked.label) if (asked := form.asked.get(field.field)) else field
        for field in fields_of(settings, form)
        if field.required or field.field in wanted
    ]


# -- our own page ------------------------------------------------------------------------------------------------------


def _frame(settings: Cooperation, address: str) -> str:
    title = escape(f"Aanmelden bij {settings.name}")
    return (
        f'<iframe src="{escape(address)}" title="{title}" style="width:100%;height:1600px;border:0"\n'
        f'  referrerpolicy="origin"></iframe>'
    )


# -- plain HTML --------------------------------------------------------------------------------------------------------


def _html(form: Form, fields: Sequence[FormField], address: str) -> str:
    lines = [
        f'<form action="{escape(address)}" method="post" accept-charset="utf-8">',
        *(line for field in fields for line in _paragraph(form, field)),
        *_honeypot(form),
        f'  <p><button type="submit">{_LEGEND}</button></p>',
        *(_TIME.splitlines() if form.minimum_seconds else ()),
        "</form>",
    ]
    return "\n".join(lines)


def _paragraph(form: Form, field: FormField) -> Iterator[str]:
    name, label, id_ = escape(field.name), escape(field.label), f"aanmelden-{field.field}"
    must, optional = (" required", "") if field.required else ("", " (mag leeg blijven)")
    choices = choices_for(form, field)
    if field.kind == "tick":
        yield f'  <p><label><input type="checkbox" name="{name}" value="ja"{must}> {label}</label></p>'
    elif choices:
        several = field.kind == "numbers"
        yield f"  <fieldset><legend>{label}{optional}</legend>"
        kind, sent_as = ("checkbox", name if name.endswith("[]") else f"{name}[]") if several else ("radio", name)
        for value, text in choices.items():
            box = f'<input type="{kind}" name="{sent_as}" value="{escape(value)}"{"" if several else must}>'
            yield f"    <p><label>{box} {escape(text)}</label></p>"
        yield "  </fieldset>"
    else:
        how = "".join(f' {key}="{value}"' for key, value in input_of(field.field).items())
        yield f'  <p><label for="{id_}">{label}{optional}</label><br>'
        if field.kind == "long":
            yield f'    <textarea id="{id_}" name="{name}" rows="5" maxlength="2000"{must}></textarea></p>'
        else:
            yield f'    <input id="{id_}" name="{name}"{how}{must}></p>'


def choices_for(form: Form, field: FormField) -> Mapping[str, str]:
    """Those of the question on our own page, or those that the field has by itself."""
    asked = form.asked.get(field.field)
    return (asked.choices if asked else {}) or choices_of(field.field)


def _honeypot(form: Form) -> Iterator[str]:
    if form.honeypot:
        name = escape(form.honeypot)
        box = f'<input name="{name}" tabindex="-1" autocomplete="off">'
        yield f'  <p style="{_UNSEEN}" aria-hidden="true"><label>{_EMPTY} {box}</label></p>'


# `docs/web-forms.md` explains it, and has the same text.
_TIME = f"""\
<input type="hidden" name="{FIELD}">
<script>
{{
  const form = document.currentScript.closest("form");
  let ready;
  const askTime = () => {{
    ready = fetch(`${{form.action}}/made`).then((answer) => answer.json()).then((time) => {{
      form.elements.{FIELD}.value = time.made;
      return new Promise((done) => setTimeout(done, time.minimum_seconds * 1000));
    }}).catch(() => {{}}); // Without an answer the form is sent without a time, and the server asks to try again.
  }};
  askTime();
  addEventListener("pageshow", (event) => event.persisted && askTime()); // The browser kept the page, maybe for days.
  form.addEventListener("submit", (event) => {{
    event.preventDefault(); // Whoever is quicker than minimum_seconds waits a moment here.
    ready.then(() => form.submit());
  }});
}}
</script>"""


# -- Contact Form 7 ----------------------------------------------------------------------------------------------------

_TAGS = {"email": "email", "tel": "tel", "date": "date", "number": "number"}


def _contact_form_7(form: Form, fields: Sequence[FormField]) -> str:
    blocks = ["\n".join(_tags(form, field)) for field in fields]
    if form.honeypot:
        box = f"[text {form.honeypot} autocomplete:off]"
        blocks.append(f'<p style="{_UNSEEN}" aria-hidden="true"><label>{_EMPTY} {box}</label></p>')
    return "\n\n".join([*blocks, f'[submit "{_LEGEND}"]'])


def _tags(form: Form, field: FormField) -> Iterator[str]:
    """Of a tag the first word is its kind, with `*` for what must be filled in; the second is the name."""
    name, label, star = field.name.removesuffix("[]"), escape(field.label), "*" if field.required else ""
    choices = choices_for(form, field)
    if field.kind == "tick":
        yield f"[acceptance {name}] {label} [/acceptance]"
        return
    if choices:
        kind = f"checkbox{star}" if field.kind == "numbers" else "radio"
        texts = " ".join(f'"{_quoted(text)}|{value}"' for value, text in choices.items())
        yield f"<fieldset><legend>{label}</legend>"
        yield f"[{kind} {name} use_label_element {texts}]"
        yield "</fieldset>"
        return
    how = input_of(field.field)
    kind = "textarea" if field.kind == "long" else _TAGS.get(how.get("type", ""), "text")
    complete = f" autocomplete:{how['autocomplete']}" if "autocomplete" in how and kind != "textarea" else ""
    yield f"<label> {label}"
    yield f"    [{kind}{star} {name}{complete}] </label>"


def _quoted(text: str) -> str:
    """A choice stands between double quotes, and `|` divides what people read from what is sent."""
    return text.replace('"', "'").replace("|", "/").replace("]", ")")
