"""One webform call, from the raw parts of the request to the answer (`docs/peers/econobis.md` 4.2).

What is refused or breaks before the commit undoes everything; after it, the dossier, the visit's status and the
workflows follow outside of any transaction, and a failure there leaves what was saved.

A row in the table `_newer_econobis` makes it a version that is not released yet: there all of that is a second
transaction (known-limits G2), at the end of which its `fault` goes wrong, `times` times, with its `status`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import keys
from infra.standins.econobis.webform import (
    consumption,
    contact,
    dossier,
    housing_file,
    intake,
    kansactie,
    payment,
    php,
    sales,
    task,
    task_mail,
    visit_status,
    workflow,
)
from infra.standins.econobis.webform.call import Call, team_users
from infra.standins.econobis.webform.faults import BrokenError, CrashError, RefusedError
from infra.standins.econobis.webform.fields import Form
from infra.standins.econobis.webform.new_contact import NO_FREE_FIELDS
from infra.standins.econobis.webform.request import read_fields

_SERVER_ERROR = {"message": "Server Error"}
_LOGGED = "Log is gelogd naar het applicatielog."
_ALL_UNDONE = "Gehele API aanroep is ongedaan gemaakt!"
_FOLLOW_UP_UNDONE = "API aanroep vervolg is ongedaan gemaakt!"
_LEFT_OUT = "evt. intake en/of woondossier en/of vrij velden konden niet worden aangemaakt/bijgewerkt."


@dataclass(frozen=True)
class Answer:
    """`body` is to be sent as JSON: a list of log lines, or the framework's own object when Econobis crashed."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def post(
    database: Database, key: str, content_type: str, body: bytes, caller_ip: str = "", query_string: bytes = b""
) -> Answer:
    """`key` as it stood in the path, decoded. The limit per `caller_ip` is kept before this, for all of `/api`."""
    try:
        sent = read_fields(content_type, body, query_string)
        form = Form(sent, [each["code"] for each in database.rows("task_properties")])
        call = Call(database, form, form.lines)
        try:
            with database.transaction():
                _work(call, key)
        except RefusedError as refusal:
            return Answer(refusal.status, _undone(call, f"Fout opgetreden: {refusal}"))
        except BrokenError:
            return Answer(500, _undone(call, "Onbekende fout opgetreden.", "Error is gerapporteerd."))
        if newer := next(iter(database.rows("_newer_econobis")), None):
            return _follow_up(call, newer)
        _after_commit(call)
    except (RefusedError, BrokenError, CrashError):
        return Answer(500, _SERVER_ERROR)
    return Answer(200, [*call.lines, _LOGGED])


def _work(call: Call, key: str) -> None:
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
    consumption.add_energy_supplier(call)
    consumption.add_consumption(call, address)
    consumption.add_dongle(call)
    intake.add_intake(call, address)
    housing_file.add(call, address)
    call.log(NO_FREE_FIELDS)


def _why_no_address(call: Call) -> str:
    """Raises CrashError where Econobis looks for the address of nobody."""
    if not (call.form.has_address and php.is_true(call.form.addition)):
        return f"Er is geen adres meegegeven, {_LEFT_OUT}"
    if call.contact is None:
        raise CrashError("an address of nobody")
    return f"Er is geen adres gevonden en kon ook niet aangemaakt worden met huidige gegevens, {_LEFT_OUT}"


# -- after the commit ------------------------------------------------------------------------------------------------


def _after_commit(call: Call) -> None:
    if call.contact:
        call.log(
            "Aanroep succesvol afgerond tot nu toe. Eventueel verwerken van deelname, order, taak en aanmaak"
            " Hoomdossier volgen nog."
        )
        sales.add_participation(call)
        sales.add_order(call)
        task.add_task(call, call.contact)
    if php.is_true(call.form["hoomdossier_aanmaken"]):
        dossier.make(call)
    for each in call.tasks_to_mail:
        sent = task_mail.send(call.database, each)
        call.log(f"Nieuwe taak (id: {each['id']}) {'' if sent else 'NIET '}gemaild aan verantwoordelijke.")
    if php.is_true(call.form["kansactie_update_afspraak_status"]):
        visit_status.update_newest(call)
    workflow.make_opportunities(call)


def _follow_up(call: Call, newer: Row) -> Answer:
    times = newer.get("times", 0)
    call.database.update("_newer_econobis", newer["id"], times=times - 1)
    try:
        with call.database.transaction():
            _after_commit(call)
            if times > 0:
                raise RefusedError(newer["fault"], newer["status"])
    except RefusedError as refusal:
        cause = f"Fout opgetreden verwerking in vervolg verwerking: {refusal}"
        return Answer(refusal.status, _undone(call, cause, undone=_FOLLOW_UP_UNDONE))
    except BrokenError:
        cause = "Onbekende fout opgetreden in vervolg verwerking."
        return Answer(500, _undone(call, cause, "Error is gerapporteerd.", undone=_FOLLOW_UP_UNDONE))
    return Answer(200, [*call.lines, _LOGGED])


# -- what a failure answers ------------------------------------------------------------------------------------------


def _undone(call: Call, cause: str, *reported: str, undone: str = _ALL_UNDONE) -> list[str]:
    return [*call.lines, cause, undone, _LOGGED, *reported, _mailed(call)]


def _mailed(call: Call) -> str:
    webform = call.webform
    if not webform:
        return "Geen webform gevonden, verantwoordelijken kunnen daarom niet worden gemaild."
    people = 0
    if webform.get("mail_error_report") == 1:
        team = call.database.row("teams", webform.get("responsible_team_id"))
        one = webform.get("email_address_error_report") or call.database.row(
            "users", webform.get("responsible_user_id")
        )
        people = 1 if one else len(team_users(call.database, team)) if team else 0
    return f"Log is gemaild naar {people} verantwoordelijke(n)."
