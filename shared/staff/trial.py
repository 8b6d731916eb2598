"""A sign-up on trial: what would be sent to Econobis, and where each value comes from.

Nothing is stored, sent or counted. The fields are made by the code of a real sign-up (`sign_ups/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.config import Cooperation, Form
from shared.domain.form import read_sign_up
from shared.domain.form_value import text_of
from shared.domain.submission import SignUp, Submission
from shared.econobis.form_fields import ID_LISTS
from shared.econobis.payloads import FROM_SETTING, MADE_BY_US, TAKEN_FROM
from shared.sign_ups.call_fields import call_fields
from shared.sign_ups.form_rules import rules_of
from shared.staff.form_shown import FormField, FormShown

OUR_ID = "…"
"""Stands in place of the key of a sign-up, a code of 32 signs that only a stored sign-up has."""
Source = Literal["typed", "changed", "moved", "setting", "ours"]
"""Where a value comes from: as it was typed, or written otherwise; from another field; a setting of the form; or us."""


@dataclass(frozen=True)
class Sent:
    """A field as it would be sent: `name` is Econobis', `label` ours for people.

    `typed` is what stood in the form's field `source_name`; `setting` names the setting that the value comes from.
    """

    name: str
    value: str
    source: Source
    label: str = ""
    typed: str = ""
    source_name: str = ""
    setting: str = ""


def try_sign_up(
    cooperation: str, settings: Cooperation, shown: FormShown, typed: Mapping[str, Any], now: datetime
) -> list[Sent]:
    """What a sign-up with these values would send. `typed` has the form's own names.

    Raises BadInput as a real sign-up does, with what a resident reads then.
    """
    form = shown.settings
    sign_up = read_sign_up(typed, rules_of(settings, form), now)
    fields = call_fields(form, _submission(cooperation, shown.name, form, sign_up, now), OUR_ID)
    known = {field.field: field for field in shown.fields}
    given = {field for field, setting in FROM_SETTING.items() if getattr(form, setting)}
    return [_sent(name, value, {} if name in given else known, typed) for name, value in fields.items()]


def _submission(cooperation: str, form_name: str, form: Form, sign_up: SignUp, now: datetime) -> Submission:
    """As it would be stored, without the keys by which it is found again."""
    submission = Submission(
        cooperation=cooperation,
        form=form_name,
        campaign_id=form.campaign,
        sign_up=sign_up,
        accepted_at=now,
        email_key="",
        digest="",
    )
    submission.mark_sending(now)
    return submission


def _sent(name: str, value: str, known: Mapping[str, FormField], typed: Mapping[str, Any]) -> Sent:
    if name in MADE_BY_US:
        return Sent(name, value, "ours")
    field = known.get(name)
    if field and (text := _typed(field, typed)):
        source: Source = "typed" if text == value else "changed"
        return Sent(name, value, source, field.label, text, field.name)
    if from_field := known.get(TAKEN_FROM.get(name, "")):
        return Sent(name, value, "moved", field.label if field else "", _typed(from_field, typed), from_field.name)
    return Sent(name, value, "setting", field.label if field else "", setting=FROM_SETTING[name])


def _typed(field: FormField, typed: Mapping[str, Any]) -> str:
    return text_of(typed.get(field.name), several=field.field in ID_LISTS)
