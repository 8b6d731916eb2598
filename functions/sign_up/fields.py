"""The fields on the page: what stands at each, what was typed in it, and what is wrong with that, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions._http import Refusal
from functions.staff.language import Language, told
from shared.config import Cooperation, Form, Question
from shared.domain.form_value import text_of
from shared.domain.problem import Problem
from shared.econobis.form_fields import LABELS
from shared.econobis.form_inputs import input_of
from shared.econobis.sign_up_form import NAMES
from shared.staff.form_shown import FormField
from shared.staff.snippets import asked_fields, choices_for
from shared.staff.told import Told

_PARTS = {
    NAMES.postal_code: "postcode", NAMES.house_number: "number", NAMES.addition: "addition", NAMES.street: "street",
    NAMES.city: "city",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A field on the page. `hint` is None and `wrong` is `""` when there is none; `choices` are by their value."""

    field: FormField
    label: Told
    hint: Told | None
    choices: Mapping[str, Told]
    how: Mapping[str, str]
    values: Sequence[str]
    wrong: str

    @property
    def id(self) -> str:
        return f"veld-{self.field.field}"

    @property
    def part(self) -> str:
        """The part of an address that the script fills in or asks by; `""` for another field."""
        return _PARTS.get(self.field.field, "")

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


def fields_on_page(
    settings: Cooperation, form: Form, typed: Mapping[str, Any], reasons: Mapping[str, str], language: Language
) -> list[Shown]:
    """`typed` has the form's own names, and so have the `reasons` why it was refused, without `[]`."""
    return [_shown(form, field, typed, reasons, language) for field in asked_fields(settings, form)]


def reasons_in(refusal: Refusal | None, language: Language) -> dict[str, str]:
    """By the name of the field, without `[]`; a reason about no field of the page has a name of its own."""
    errors = refusal.errors if refusal else {}
    return {name.removesuffix("[]"): " ".join(told(text, language) for text in texts) for name, texts in errors.items()}


def _shown(
    form: Form, field: FormField, typed: Mapping[str, Any], reasons: Mapping[str, str], language: Language
) -> Shown:
    bare = field.name.removesuffix("[]")
    asked = form.asked.get(field.field)
    given = next((typed[name] for name in (field.name, bare, f"{bare}[]") if name in typed), ())
    values = [_text(it) for it in (given if isinstance(given, tuple | list) else (given,))]
    return Shown(
        field,
        _label(field, asked, language),
        _in_language(asked.hint, asked.english.hint, language) if asked and asked.hint else None,
        {
            value: _in_language(text, asked.english.choices.get(value) if asked else None, language)
            for value, text in choices_for(form, field).items()
        },
        input_of(field.field),
        [it for it in values if it],
        reasons.get(bare, ""),
    )


def _label(field: FormField, asked: Question | None, language: Language) -> Told:
    """In English our own, when the settings have none: the one in Dutch may be long."""
    if asked:
        return _in_language(asked.label, asked.english.label, language)
    return Told(field.label if language == "nl" else told(LABELS[field.field], language))


def _in_language(dutch: str, english: str | None, language: Language) -> Told:
    if language == "nl":
        return Told(dutch)
    text = english or told(dutch, language)
    return Told(text, is_foreign=text == dutch)


def _text(value: Any) -> str:
    try:
        return text_of(value)
    except Problem:
        return ""
