"""How the fields of one web form are read, from its settings. `domain/form.py` reads them.

It needs the rules for names, addresses and telephone numbers, so import it only where forms are read.
"""

from __future__ import annotations

from shared.config import Cooperation, Form
from shared.domain.form import FormRules
from shared.econobis.form_fields import ID_LISTS, REMARKS, labels_in, wrong_values
from shared.econobis.sign_up_form import NAMES, PASSED_ON


def rules_of(settings: Cooperation, form: Form) -> FormRules:
    """The rules of a form of this cooperation."""
    own_labels = {form.mapping.get(field, field): label for field, label in form.labels.items()}
    return FormRules(
        country=settings.country,
        names=NAMES,
        mapping=form.mapping,
        others=PASSED_ON.intersection(form.read_fields),
        remarks=REMARKS,
        lists=ID_LISTS,
        required=frozenset(form.required),
        labels={**labels_in(settings.country), **own_labels},
        consent=form.consent,
        honeypot=form.honeypot,
        wrong_values=wrong_values,
    )
