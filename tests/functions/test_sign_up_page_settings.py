"""What the settings of the sign-up page may say: a mistake there is found at the start, not by a resident."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.config import Form

REMARK = {"field": "contact_opmerkingen", "label": "Wilt u nog iets kwijt?"}


def form(page: dict[str, Any], **settings: Any) -> Form:
    return Form.model_validate({"campaign": 1, "page": page, **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"fields": ["contact_opmerkingen"]},
        {"required": ["contact_opmerkingen"]},
        {"mapping": {"vraag": "contact_opmerkingen"}},
    ],
)
def test_a_question_may_be_about_a_field_that_is_read(settings: dict[str, Any]) -> None:
    assert form({"questions": [REMARK]}, **settings).page.questions[0].field == "contact_opmerkingen"


def test_a_question_may_have_the_forms_own_name() -> None:
    page = {"questions": [{**REMARK, "field": "vraag"}]}
    assert form(page, mapping={"vraag": "contact_opmerkingen"}).page.questions[0].field == "vraag"


@pytest.mark.parametrize(
    ("page", "settings", "told"),
    [
        ({"questions": [REMARK]}, {}, "page asks contact_opmerkingen, which is neither"),
        ({"questions": [REMARK, REMARK]}, {"fields": ["contact_opmerkingen"]}, "twice"),
        (
            {"questions": [REMARK, {**REMARK, "field": "vraag"}]},
            {"mapping": {"vraag": "contact_opmerkingen"}},
            "page asks vraag twice",
        ),
        ({"embed": True}, {}, "embed needs origins"),
        (
            {"questions": [{**REMARK, "choices": {"1": "Ja"}, "english": {"choices": {"2": "No"}}}]},
            {"fields": ["contact_opmerkingen"]},
            "english: 2 is not in choices",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(page: dict[str, Any], settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        form(page, **settings)


def test_sites_in_the_settings_may_show_the_page() -> None:
    assert form({"embed": True}, origins=["https://www.zonnig-dorp.example"]).page.embed
