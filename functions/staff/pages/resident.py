"""The page of one resident, and what can be done there: try now, settle by hand, erase, and take out the data."""

from __future__ import annotations

from flask import Response

from functions.staff.export_file import as_zip
from functions.staff.visit import Visit
from shared.domain.ids import ContactId, read_id
from shared.domain.keys import of_contact
from shared.domain.person import email as normal_email
from shared.domain.problem import Problem
from shared.erasure.erase import erase as erase_contact
from shared.erasure.find_contact import same_contacts
from shared.errors import Gone
from shared.staff.export import export as export_person
from shared.staff.kept import kept_of
from shared.staff.resident import Shown, show_resident
from shared.work.audit import write_down
from shared.work.settle_dossier import AccountTaken, settle_dossier
from shared.work.try_now import try_now as hurry


def show(visit: Visit, contact_id: int) -> Response:
    """The page; 303 for a contact that was merged into another one. An unknown contact gets a page to search from."""
    current = visit.settings.current_contact(ContactId(contact_id))
    if current != contact_id:
        return visit.go(visit.url("resident.show", contact_id=current))
    shown = _shown(visit, contact_id)
    if shown is None:
        return _unknown(visit, contact_id)
    return visit.page("resident.html", shown=shown, now=visit.services.clock(), said=visit.request.args.get("said"))


def try_now(visit: Visit, contact_id: int) -> Response:
    """Makes all that waits due now."""
    kept = kept_of(visit.services, visit.cooperation, ContactId(contact_id))
    if kept is None:
        return _unknown(visit, contact_id)
    count = hurry(visit.services, kept.work())
    if count:
        about = of_contact(visit.cooperation, ContactId(contact_id))
        write_down(
            visit.services,
            "try_now",
            about,
            cooperation=visit.cooperation,
            by=visit.person,
            contact_id=ContactId(contact_id),
        )
    return visit.go(visit.url("resident.show", contact_id=contact_id, said="tried" if count else "nothing_to_try"))


# -- a dossier that exists -------------------------------------------------------------------------------------------


def ask_account(visit: Visit, contact_id: int) -> Response:
    """Asks for the account id."""
    shown = _shown(visit, contact_id)
    return (
        visit.page("settle.html", shown=shown, typed="", problem="", taken=None)
        if shown
        else _unknown(visit, contact_id)
    )


def settle(visit: Visit, contact_id: int) -> Response:
    """Takes over the account id."""
    typed = visit.request.form.get("account_id", "").strip()
    account_id, shown = read_id(typed), _shown(visit, contact_id)
    if shown is None:
        return _unknown(visit, contact_id)
    if account_id is None:
        return visit.page("settle.html", status=422, shown=shown, typed=typed, problem="no_number", taken=None)
    try:
        is_new = settle_dossier(visit.services, visit.cooperation, ContactId(contact_id), account_id, visit.person)
    except AccountTaken as taken:
        problem = "other_contact" if taken.account_id == account_id else "other_account"
        return visit.page("settle.html", status=422, shown=shown, typed=typed, problem=problem, taken=taken)
    except Gone:
        return _unknown(visit, contact_id)
    return visit.go(visit.url("resident.show", contact_id=contact_id, said="settled" if is_new else "settled_before"))


# -- erase and export ------------------------------------------------------------------------------------------------


def ask_erase(visit: Visit, contact_id: int) -> Response:
    """Says what goes and what stays, and asks for the number of the contact."""
    return _erase_page(visit, contact_id)


def erase(visit: Visit, contact_id: int) -> Response:
    """Erases the contact. To do it twice is harmless."""
    typed, address = (visit.request.form.get(name, "").strip() for name in ("contact", "email"))
    if typed != str(contact_id):
        return _erase_page(visit, contact_id, problem="other_number", address=address)
    email = None
    if address:
        try:
            email = normal_email(address)
        except Problem:
            return _erase_page(visit, contact_id, problem="no_email", address=address)
    erase_contact(visit.services, visit.cooperation, ContactId(contact_id), visit.person, email)
    return visit.go(visit.url("residents.show", said="erased", contact=contact_id))


def export(visit: Visit, contact_id: int) -> Response:
    """A file with all that is kept of the contact."""
    made = export_person(visit.services, visit.cooperation, ContactId(contact_id), visit.person)
    return as_zip(visit, made) if made else _unknown(visit, contact_id)


def _erase_page(visit: Visit, contact_id: int, *, problem: str = "", address: str = "") -> Response:
    shown = _shown(visit, contact_id)
    contacts = same_contacts(visit.services, visit.cooperation, ContactId(contact_id))
    facts = {"contact_id": contact_id, "contacts": contacts, "address": address, "problem": problem}
    coach = visit.settings.coach(ContactId(contact_id))
    return visit.page("erase.html", status=422 if problem else 200, shown=shown, coach=coach, **facts)


def _shown(visit: Visit, contact_id: int) -> Shown | None:
    return show_resident(visit.services, visit.cooperation, ContactId(contact_id), visit.person)


def _unknown(visit: Visit, contact_id: int) -> Response:
    """A page with a search box. It says when the contact was erased."""
    erasure = visit.services.erasures.records.get(of_contact(visit.cooperation, ContactId(contact_id)))
    erased_at = erasure.at if erasure else None
    return visit.page("resident_unknown.html", status=404, contact_id=contact_id, erased_at=erased_at)
