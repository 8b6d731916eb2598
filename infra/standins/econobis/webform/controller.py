"""One call of the web form, from the request to the answer (docs/peers/econobis.md 4.2).

The contact, intake, opportunity and housing file are one transaction: a failure undoes all of it. The task, the
dossier, the visit's status and the workflows follow without a transaction: a failure there leaves what was saved.

With a row in the table `_newer_econobis` the stand-in behaves as an Econobis that is not released yet: what follows is
then a second transaction (known-limits G2), and it is refused `times` times with the row's `fault` and `status`.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import keys, php, responsible
from infra.standins.econobis.faults import BrokenError, CrashError, RefusedError
from infra.standins.econobis.webform import (
    consumption,
    contact,
    dossier,
    housing_file,
    intake,
    kansactie,
    payment,
    task,
    task_mail,
    visit_status,
    workflow,
)
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.fields import Form
from infra.standins.econobis.webform.new_contact import NO_FREE_FIELDS
from infra.standins.econobis.webform.request import read_fields

_SERVER_ERROR = {"message": "Server Error"}
_LOGGED = "Log is gelogd naar het applicatielog."
_ALL_UNDONE = "Gehele API aanroep is ongedaan gemaakt!"
_FOLLOW_UP_UNDONE = "API aanroep vervolg is ongedaan gemaakt!"
_LEFT_OUT = "evt. intake en/of woondossier en/of vrij velden konden niet worden aangemaakt/bijgewerkt."


def post(database: Database, key: str, content_type: str, body: bytes, query_string: bytes) -> tuple[int, Any]:
    """The answer's status and JSON body: log lines, or the body of the framework when Econobis crashes.

    `key` is the key from the path, percent-decoded. The limit per IP address is not checked here (`throttle.py`).
    """
    try:
        sent = read_fields(content_type, body, query_string)
        form = Form(sent, [each["code"] for each in database.rows("task_properties")])
        call = Call(database, form, form.lines)
        try:
            with database.transaction():
                _before_commit(call, key)
        except RefusedError as refusal:
            return refusal.status, _undone(call, f"Fout opgetreden: {refusal}")
        except BrokenError:
            return 500, _undone(call, "Onbekende fout opgetreden.", "Error is gerapporteerd.")
        if newer := next(iter(database.rows("_newer_econobis")), None):
            return _follow_up(call, newer)
        _after_commit(call)
    except (RefusedError, BrokenError, CrashError):
        return 500, _SERVER_ERROR
    return 200, [*call.lines, _LOGGED]


def _before_commit(call: Call, key: str) -> None:
    webform = keys.find_webform(call.database, key)
    if webform is None:
        call.log(f"Webform met code {key} is niet gevonden.")
        raise RefusedError("Webform not found", 404)
    call.webform = webform
    call.log(f"Webform met id {webform['id']} gevonden bij code {key}.")
    if not keys.count_request(call.database, webform):
        raise RefusedError(keys.LIMIT_MESSAGE)
    branches = {
        "intake_id": intake.add_to_known_intake,
        "kans_id": kansactie.add_to_known_opportunity,
        "kansactie_id": kansactie.change_known,
    }
    named = [branch for name, branch in branches.items() if php.is_true(call.form[name])]
    for branch in named:
        branch(call)
    if not named:
        _handle_contact(call)


def _handle_contact(call: Call) -> None:
    contact.find_or_make(call)
    if call.contact and not call.is_new_contact:
        call.contact = payment.change_known(call, call.contact)
    if call.address:
        _add_to_address(call, call.address)
    else:
        call.log(_why_no_address(call))


def _add_to_address(call: Call, address: Row) -> None:
    """The stand-in does not read the fields of energy suppliers and dongles, so it always logs that there are none."""
    call.log("Er is geen energie leverancier meegegeven, niet koppelen.")
    consumption.add_consumption(call, address)
    call.log("Er zijn geen dongel gegevens meegegeven.")
    intake.add_intake(call, address)
    housing_file.add(call, address)
    call.log(NO_FREE_FIELDS)


def _why_no_address(call: Call) -> str:
    """Raises CrashError when an address was sent and there is no contact, as Econobis does."""
    if not (call.form.has_address and php.is_true(call.form.addition)):
        return f"Er is geen adres meegegeven, {_LEFT_OUT}"
    if call.contact is None:
        raise CrashError("an address without a contact")
    return f"Er is geen adres gevonden en kon ook niet aangemaakt worden met huidige gegevens, {_LEFT_OUT}"


# -- after the commit ------------------------------------------------------------------------------------------------


def _after_commit(call: Call) -> None:
    """The stand-in does not read the fields of participations and orders, so it always logs that there are none."""
    if call.contact:
        call.log(
            "Aanroep succesvol afgerond tot nu toe. Eventueel verwerken van deelname, order, taak en aanmaak"
            " Hoomdossier volgen nog."
        )
        call.log("Er is geen project meegegeven, geen participatie aanmaken.")
        call.log("Er is geen product meegegeven, geen order aanmaken.")
        task.add_task(call, call.contact)
    if php.is_true(call.form["hoomdossier_aanmaken"]):
        dossier.make(call)
    for each in call.tasks_to_mail:
        sent = task_mail.mark_sent(call.database, each)
        call.log(f"Nieuwe taak (id: {each['id']}) {'' if sent else 'NIET '}gemaild aan verantwoordelijke.")
    if php.is_true(call.form["kansactie_update_afspraak_status"]):
        visit_status.update_newest(call)
    workflow.make_opportunities(call)


def _follow_up(call: Call, newer: Row) -> tuple[int, Any]:
    times = newer.get("times", 0)
    call.database.update("_newer_econobis", newer["id"], times=times - 1)
    try:
        with call.database.transaction():
            _after_commit(call)
            if times > 0:
                raise RefusedError(newer["fault"], newer["status"])
    except RefusedError as refusal:
        cause = f"Fout opgetreden verwerking in vervolg verwerking: {refusal}"
        return refusal.status, _undone(call, cause, undone=_FOLLOW_UP_UNDONE)
    except BrokenError:
        cause = "Onbekende fout opgetreden in vervolg verwerking."
        return 500, _undone(call, cause, "Error is gerapporteerd.", undone=_FOLLOW_UP_UNDONE)
    return 200, [*call.lines, _LOGGED]


# -- what a failure answers ------------------------------------------------------------------------------------------


def _undone(call: Call, cause: str, *reported: str, undone: str = _ALL_UNDONE) -> list[str]:
    return [*call.lines, cause, undone, _LOGGED, *reported, _mailed(call)]


def _mailed(call: Call) -> str:
    if not call.webform:
        return "Geen webform gevonden, verantwoordelijken kunnen daarom niet worden gemaild."
    return responsible.mailed_line(call.database, call.webform)
