"""The page of one resident, and what can be done there: try now, settle by hand, erase, and take out the data."""

from __future__ import annotations

from functools import partial

from flask import Response

from functions.staff.advice import advice
from functions.staff.export_file import as_zip
from functions.staff.visit import Visit
from shared.domain.ids import ContactId, read_id
from shared.domain.person import email as normal_email
from shared.domain.problem import Problem
from shared.staff import mend
from shared.staff.export import export as export_person
from shared.staff.mend import Settled
from shared.staff.resident import Named, name_resident, show_resident


def show(visit: Visit, contact_id: int) -> Response:
    """The page; 303 for a contact that was merged into another one. An unknown contact gets a page to search from."""
    current = visit.settings.current_contact(ContactId(contact_id))
    if current != contact_id:
        return visit.go(visit.url("resident.show", contact_id=current))
    shown = show_resident(visit.services, visit.cooperation, ContactId(contact_id), visit.person)
    if shown is None:
        return _unknown(visit, contact_id)
    said, now = visit.request.args.get("said"), visit.services.clock()
    return visit.page("resident.html", shown=shown, now=now, said=said, advice=partial(advice, visit))


def try_now(visit: Visit, contact_id: int) -> Response:
    """Makes all that waits due now."""
    tried = mend.try_resident_now(visit.services, visit.cooperation, ContactId(contact_id), visit.person)
    if tried == "unknown":
        return _unknown(visit, contact_id)
    return visit.go(visit.url("resident.show", contact_id=contact_id, said=tried))


# -- a dossier that exists -------------------------------------------------------------------------------------------


def ask_account(visit: Visit, contact_id: int) -> Response:
    """Asks for the account id."""
    return _account_page(visit, contact_id)


def settle(visit: Visit, contact_id: int) -> Response:
    """Takes over the account id."""
    typed = visit.request.form.get("account_id", "").strip()
    account_id = read_id(typed)
    if account_id is None:
        return _account_page(visit, contact_id, typed, "no_number")
    settled = mend.settle(visit.services, visit.cooperation, ContactId(contact_id), account_id, visit.person)
    if settled.outcome in {"settled", "settled_before"}:
        return visit.go(visit.url("resident.show", contact_id=contact_id, said=settled.outcome))
    return _account_page(visit, contact_id, typed, settled.outcome, settled)


def _account_page(
    visit: Visit, contact_id: int, typed: str = "", problem: str = "", settled: Settled | None = None
) -> Response:
    named = _named(visit, contact_id)
    if named is None:
        return _unknown(visit, contact_id)
    facts = {"typed": typed, "problem": problem, "known": settled.known if settled else 0}
    return visit.page("settle.html", status=422 if problem else 200, named=named, **facts)


# -- erase and export ------------------------------------------------------------------------------------------------


def ask_erase(visit: Visit, contact_id: int) -> Response:
    """Says what goes and what stays, and asks for the number of the contact."""
    return _erase_page(visit, contact_id)


def erase(visit: Visit, contact_id: int) -> Response:
    """Erases the contact. To do it twice is harmless."""
    typed, address = (visit.request.form.get(name, "").strip() for name in ("contact", "email"))
    if typed != str(contact_id):
        return _erase_page(visit, contact_id, problem="other_number", address=address)
    try:
        email = normal_email(address) if address else None
    except Problem:
        return _erase_page(visit, contact_id, problem="no_email", address=address)
    mend.erase_person(visit.services, visit.cooperation, ContactId(contact_id), visit.person, email)
    return visit.go(visit.url("residents.show", said="erased", contact=contact_id))


def export(visit: Visit, contact_id: int) -> Response:
    """A file with all that is kept of the contact."""
    made = export_person(visit.services, visit.cooperation, ContactId(contact_id), visit.person)
    return as_zip(visit, made) if made else _unknown(visit, contact_id)


def _erase_page(visit: Visit, contact_id: int, *, problem: str = "", address: str = "") -> Response:
    return visit.page(
        "erase.html",
        status=422 if problem else 200,
        named=_named(visit, contact_id),
        contact_id=contact_id,
        contacts=mend.erased_together(visit.services, visit.cooperation, ContactId(contact_id)),
        coach=visit.settings.coach(ContactId(contact_id)),
        address=address,
        problem=problem,
    )


# -- what they share -------------------------------------------------------------------------------------------------


def _named(visit: Visit, contact_id: int) -> Named | None:
    return name_resident(visit.services, visit.cooperation, ContactId(contact_id), visit.person)


def _unknown(visit: Visit, contact_id: int) -> Response:
    """A page with a search box. It says when the contact was erased."""
    erased_at = mend.erased_at(visit.services, visit.cooperation, ContactId(contact_id))
    return visit.page("resident_unknown.html", status=404, contact_id=contact_id, erased_at=erased_at)
