"""The call that links the coach of a new kansactie to the dossier of the resident (docs/peers/econobis.md 3).

Upstream `app/Helpers/Hoomdossier/HoomdossierHelper.php` `connectCoachToHoomdossier`; recorded in
`tests/fixtures/vectors/wire/econobis_to_hoomdossier__coach_*`.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis import mysql
from infra.standins.econobis.faults import CrashError
from infra.standins.econobis.hoomdossier_calls import send

_NO_ANSWER = "Er is iets misgegaan met het koppelen van een coach aan het Hoomdossier"


def link_coach(database: Database, quotation_request: Row) -> bytes | None:
    """The body of Hoomdossier's answer; None when Econobis makes no call.

    It calls only when the cooperation has a link for it, coach and resident both have an account id, and the intake's
    campaign is one of the Hoomdossier campaigns. Raises as `send.post`, and CrashError for a kansactie without a coach.
    """
    cooperation = next(iter(database.rows("cooperations")), None)
    if cooperation is None or not cooperation.get("hoom_connect_coach_link"):
        return None
    coach = mysql.find(database, "contacts", quotation_request.get("contact_id"))
    if coach is None:
        raise CrashError("no coach")
    if not coach.get("hoom_account_id"):
        return None
    opportunity = database.row("opportunities", quotation_request.get("opportunity_id"))
    intake = database.row("intakes", (opportunity or {}).get("intake_id"))
    resident = mysql.find(database, "contacts", (intake or {}).get("contact_id"))
    if intake is None or resident is None:
        raise CrashError("no resident")
    campaigns = database.rows("cooperation_hoom_campaigns", cooperation_id=cooperation["id"])
    in_campaign = intake.get("campaign_id") in [campaign.get("campaign_id") for campaign in campaigns]
    if not (resident.get("hoom_account_id") and in_campaign):
        return None
    ids = {"coach_contact_id": coach["id"], "resident_contact_id": resident["id"]}
    return send.post(cooperation["hoom_connect_coach_link"], cooperation, {"building_coach_statuses": ids}, _NO_ANSWER)
