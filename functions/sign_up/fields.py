"""The fields on the page: what stands at each, what was typed in it, and what is wrong with that, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions._http import Refusal
from functions.staff.language import Language, told
from shared.config import Cooperation, Form
from shared.domain.form_value import text_of
from shared.domain.problem import Problem
from shared.econobis.form_fields import labels_in
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


@dataclass(frozen=True)
class FieldsOnPage:
    """`typed` has the form's own names, and so have the `reasons` why it was refused, without `[]`."""

    settings: Cooperation
    form: Form
    typed: Mapping[str, Any]
    reasons: Mapping[str, str]
    language: Language

    def shown(self) -> list[Shown]:
        """In the order of the page."""
        return [
            Shown(
                field=field,
                label=self._label(field),
                hint=self._hint(field),
                choices=self._choices(field),
                how=input_of(field.field),
                values=self._values(field),
                wrong=self.reasons.get(field.name.removesuffix("[]"), ""),
            )
            for field in asked_fields(self.settings, self.form)
        ]

    def _label(self, field: FormField) -> Told:
        """In English our own, when the settings have none: the one in Dutch may be long."""
        if asked := self.form.asked.get(field.field):
            return self._in_language(asked.label, asked.english.label)
        ours = labels_in(self.settings.country)[field.field]
        return Told(field.label if self.language == "nl" else told(ours, self.language))

    def _hint(self, field: FormField) -> Told | None:
        asked = self.form.asked.get(field.field)
        return self._in_language(asked.hint, asked.english.hint) if asked and asked.hint else None

    def _choices(self, field: FormField) -> dict[str, Told]:
        asked = self.form.asked.get(field.field)
        english = asked.english.choices if asked else {}
        return {
            value: self._in_language(text, english.get(value)) for value, text in choices_for(self.form, field).items()
        }

    def _values(self, field: FormField) -> list[str]:
        bare = field.name.removesuffix("[]")
        given = next((self.typed[name] for name in (field.name, bare, f"{bare}[]") if name in self.typed), ())
        texts = [_text(it) for it in (given if isinstance(given, tuple | list) else (given,))]
        return [text for text in texts if text]

    def _in_language(self, dutch: str, english: str | None) -> Told:
        if self.language == "nl":
            return Told(dutch)
        text = english or told(dutch, self.language)
        return Told(text, is_foreign=text == dutch)


def reasons_in(refusal: Refusal | None, language: Language) -> dict[str, str]:
    """By the name of the field, without `[]`; a reason about no field of the page has a name of its own."""
    errors = refusal.errors if refusal else {}
    return {name.removesuffix("[]"): " ".join(told(text, language) for text in texts) for name, texts in errors.items()}


def _text(value: Any) -> str:
    try:
        return text_of(value)
    except Problem:
        return ""
