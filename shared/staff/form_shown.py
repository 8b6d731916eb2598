"""A web form by its settings: the fields that it takes, and what follows a sign-up with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from shared.config import Campaign, Coach, Cooperation, Form
from shared.domain.form import read_sign_up
from shared.econobis.form_fields import ID_LISTS, REMARKS
from shared.econobis.sign_up_form import NAMES, NAMES_IN_ORDER
from shared.errors import BadInput
from shared.sign_ups.form_rules import rules_of

Kind = Literal["line", "long", "numbers", "tick"]


@dataclass(frozen=True)
class FormField:
    """`name` is its name in the web form, `field` the one at Econobis, `label` what our messages call it."""

    name: str
    field: str
    label: str
    required: bool
    kind: Kind


@dataclass(frozen=True)
class Follows:
    """What happens after the form was sent. `coach` is the form's fixed coach; None when staff choose one."""

    confirm: bool
    campaign: Campaign | None
    opportunities: int
    visit: bool
    dossier: bool
    coach: Coach | None
    letters: bool


@dataclass(frozen=True)
class FormShown:
    """A web form under its name in the settings, with the fields that it takes and what follows a sign-up."""

    name: str
    settings: Form
    fields: Sequence[FormField]
    follows: Follows


def show_form(settings: Cooperation, name: str, form: Form) -> FormShown:
    """The form `name` of a cooperation."""
    return FormShown(name, form, fields_of(settings, form), follows(settings, form))


def follows(settings: Cooperation, form: Form) -> Follows:
    """What follows a sign-up with this form, whoever it is."""
    return Follows(
        confirm=form.confirm_email,
        campaign=settings.campaigns.get(form.campaign),
        opportunities=len(form.measures),
        visit=form.action == "visit",
        dossier=form.dossier,
        coach=settings.coach(form.coach),
        letters=settings.mail is not None,
    )


def fields_of(settings: Cooperation, form: Form) -> list[FormField]:
    """Name and address in the order in which people fill them in, the others as the settings have them, consent last.

    What the sign-up page asks comes in the order of its questions.
    """
    rules, named = rules_of(settings, form), {theirs: own for own, theirs in form.mapping.items()}
    required = _required(settings, form)
    others = [field for field in dict.fromkeys((*form.asked, *form.read_fields)) if field in rules.others]
    fields = [*NAMES_IN_ORDER, *others, NAMES.consent]
    return [
        FormField(
            name=named.get(field, field),
            field=field,
            label=rules.labels.get(field, field),
            required=named.get(field, field) in required,
            kind=_kind(field),
        )
        for field in fields
    ]


def _required(settings: Cooperation, form: Form) -> frozenset[str]:
    """The fields that an empty form is refused for, under the form's own names."""
    try:
        read_sign_up({}, rules_of(settings, form), datetime.now(UTC))
    except BadInput as error:
        return frozenset(error.problems)
    return frozenset()


def _kind(field: str) -> Kind:
    if field == NAMES.consent:
        return "tick"
    if field in REMARKS:
        return "long"
    return "numbers" if field in ID_LISTS else "line"
