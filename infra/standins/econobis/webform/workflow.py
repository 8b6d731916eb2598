"""The workflow of a measure category: an interest makes an opportunity, and in it a kansactie.

Upstream `IntakeWorkflowHelper.php` `processWorkflowCreateOpportunity`, without its mails.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import opportunities, php, quotation_requests
from infra.standins.econobis.faults import BrokenError
from infra.standins.econobis.webform.call import Call


def make_opportunities(call: Call) -> None:
    """Runs the workflow of each interest of the call that has one. Raises BrokenError for a workflow without a status."""
    for category in call.categories_with_workflow:
        call.log(
            f"Intake interesse (maatregel categorie) '{category['name']}' heeft workflow kans maken. Deze uitvoeren"
        )
        _make(call, category)
        call.log("Workflow kans maken uitgevoerd.")


def _make(call: Call, category: Row) -> None:
    database = call.database
    status_id = category.get("opportunity_status_id_wf_create_opportunity")
    assert call.intake  # The categories are those of its interests.
    if database.row("opportunity_status", status_id) is None:
        raise BrokenError("an opportunity needs a status")
    opportunity = opportunities.create_opportunity(
        database,
        call.user_id,
        measure_category_id=category["id"],
        status_id=status_id,
        intake_id=call.intake["id"],
        quotation_text="",
    )
    if measure_id := category.get("measure_id_wf_create_opportunity"):
        database.insert("measure_opportunity", opportunity_id=opportunity["id"], measure_id=measure_id)
    organisation = database.row("organisations", category.get("organisation_id_wf_create_quotation_request"))
    if php.is_true(category.get("uses_wf_create_quotation_request")) and organisation:
        _add_kansactie(call, opportunity, organisation)


def _add_kansactie(call: Call, opportunity: Row, organisation: Row) -> None:
    action = call.database.rows("opportunity_actions", code_ref="quotation-request")[0]
    values = {
        "contact_id": organisation["contact_id"],
        "opportunity_id": opportunity["id"],
        "opportunity_action_id": action["id"],
        "status_id": quotation_requests.status_id(call.database, action["id"], "default"),
        "quotation_text": "",
    }
    quotation_requests.save(call.database, values, user_id=call.user_id)
