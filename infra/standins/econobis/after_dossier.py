"""What Econobis does once a contact has its account id: the contact group and its own mail (`econobis.md` 2.4).

Both are settings of the cooperation. Mails are not sent from here but kept in the table `_mails`.
"""

from __future__ import annotations

import re

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts
from infra.standins.econobis.webform.faults import CrashError


def add_to_group(database: Database, cooperation: Row, contact: Row, group_id: int) -> list[str]:
    """The reasons why a list at Laposta cannot take the new member. Raises CrashError when the group is gone."""
    group = database.row("contact_groups", group_id)
    if group is None:
        raise CrashError("no such contact group")
    at = {"contact_group_id": group["id"], "contact_id": contact["id"]}
    now = database.now()
    since = {"member_created_at": f"{now:%Y-%m-%d %H:%M:%S}", "member_to_group_since": f"{now:%Y-%m-%d}"}
    if known := database.rows("contact_groups_pivot", **at):
        database.update("contact_groups_pivot", known[0]["id"], **since)
    else:
        database.insert("contact_groups_pivot", **at, **since)
    if not group.get("laposta_list_id"):
        return []
    reasons = [] if cooperation.get("use_laposta") else ["Gebruik laposta niet geactiveerd"]
    return reasons if cooperation.get("laposta_key") else [*reasons, "Geen key Laposta bekend"]


def send_confirmation(database: Database, cooperation: Row, contact: Row) -> None:
    """Raises CrashError when the template is gone."""
    template = database.row("email_templates", cooperation["hoom_email_template_id"])
    if template is None:
        raise CrashError("no such template")
    words = _words(database, cooperation, contact)
    subject = _filled(template.get("subject") or "Bevestiging nieuw account Hoomdossier", words)
    today = database.now()
    body = _filled(template.get("html_body") or "", words).replace("{huidige_datum_kort}", f"{today:%d-%m-%Y}")
    head = f'<head><meta http-equiv="content-type" content="text/html;charset=UTF-8"/><title>{subject}</title></head>'
    html = f"<!DOCTYPE html><html>{head}{re.sub(r'{[^ ]*?}', '', body)}</html>"
    email = contacts.primary(database, "email_addresses", contact) or {}
    database.insert("_mails", to=[email.get("email")], subject=subject, body=html)


def _words(database: Database, cooperation: Row, contact: Row) -> dict[str, str]:
    """The commonest of the many variables that Econobis knows; the others are left out of the mail."""
    person = contacts.person_of(database, contact) or {}
    email = contacts.primary(database, "email_addresses", contact) or {}
    return {
        "cooperatie_naam": cooperation.get("name") or "",
        "contactpersoon": contact.get("full_name") or "",
        "contact_naam": contact.get("full_name") or "",
        "contact_nummer": contact.get("number") or "",
        "contact_voornaam": person.get("first_name") or "",
        "contact_tussenvoegsel": person.get("last_name_prefix") or "",
        "contact_achternaam": person.get("last_name") or "",
        "contact_email": email.get("email") or "",
    }


def _filled(text: str, words: dict[str, str]) -> str:
    """`@als{x} … als@` stays when x has a value, `@alsniet{x} … alsniet@` when it has none."""
    for word, value in words.items():
        text = re.sub(rf"@als{{{word}}}(.*?)als@", r"\1" if value else "", text, flags=re.DOTALL)
        text = re.sub(rf"@alsniet{{{word}}}(.*?)alsniet@", "" if value else r"\1", text, flags=re.DOTALL)
        text = text.replace(f"{{{word}}}", value)
    return text
