"""`hoomdossier_aanmaken`: Econobis registers the contact at Hoomdossier, after the commit (`docs/peers/econobis.md` 4.8).

Whatever goes wrong, the call itself goes on and the reason is not in the answer.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import outgoing
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.faults import BrokenError, RefusedError
from infra.standins.econobis.webform.task import add_check_task


def make(call: Call) -> None:
    call.log("Aanmaken hoomdossier contact")
    cooperation = next(iter(call.database.rows("cooperations")), {})
    contact = call.contact and call.database.row("contacts", call.contact["id"])
    if not cooperation.get("hoom_link"):
        call.log("Kan geen Hoomdossier aanmaken want er is bij cooperatie geen hoomdossier link gevonden.")
    elif contact is None:
        call.log("Kan geen Hoomdossier aanmaken want er is geen contact gevonden.")
    elif contact.get("hoom_account_id"):
        call.log("Koppeling hoomdossier bestaat al.")
    else:
        _make(call, contact)


def _make(call: Call, contact: Row) -> None:
    who = f"{(call.contact or contact)['full_name']} ({contact['number']}).\n"
    try:
        try:
            outgoing.make_dossier(call.database, contact["id"])
        finally:
            _mark(call, contact)
        _add_task(call, contact, f"Hoomdossier aangemaakt voor contact {who}")
    except (outgoing.AbortError, BrokenError, RefusedError):
        call.log("Fout bij aanmaken hoomdossier contact")
        _add_task(call, contact, f"Fout bij aanmaken hoomdossier voor contact {who}Controleer contactgegevens\n")


def _mark(call: Call, contact: Row) -> None:
    """An account id that was stored, also before a failure of what follows on it, is the acting user's change."""
    row = call.database.row("contacts", contact["id"]) or {}
    if row.get("hoom_account_id"):
        by = "webform" if call.by_webform else "econobis"
        call.database.update("contacts", contact["id"], updated_by_id=call.user_id, updated_with=by)


def _add_task(call: Call, contact: Row, text: str) -> None:
    add_check_task(call, contact, f"Webformulier {call.webform['name']}.\n\n{text}")
