"""Participations and orders: outside of what we use, and there are no projects or products here to find any of.

Texts: `ExternalWebformController.php` `addParticipationToContact`, `addOrderToContact`.
"""

from __future__ import annotations

from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.faults import CrashError


def add_participation(call: Call) -> None:
    """Raises CrashError for any project: it is unknown, and after the commit nothing catches that."""
    if php.is_true(call.form["deelname_project_id"]):
        raise CrashError("no such project")
    call.log("Er is geen project meegegeven, geen participatie aanmaken.")


def add_order(call: Call) -> None:
    sent = call.form["order_product_id"]
    if not php.is_true(sent):
        call.log("Er is geen product meegegeven, geen order aanmaken.")
        return
    call.log("Er is een product meegegeven, order aanmaken.")
    call.log(f"Product met id {sent} is niet gevonden, geen order aangemaakt.")
    call.task_remarks.append("Ongeldige product code meegegeven bij verzenden webformulier.")
