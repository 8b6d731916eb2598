"""A resident of whom the link keeps everything that it can keep at once, and what an export finds of him."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from shared.domain.ids import ContactId
from shared.domain.outgoing_mail import OutgoingMail
from shared.staff.export import Export, export
from tests.world.personal_data import TYPED
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

PLAN = {"user_action_plan_advice_comments": {"resident": "merkplan", "coach": "merkcoachwoord"}}
REPORT = base64.b64encode(b"%PDF-1.7 merkrapport " * 20).decode()
WORDS = "merkwoord: Merkvoornaam (merktweede@merkdomein.example, 0470 98 76 54) bestaat al"
STAFF = "coordinator@meer-energie.example"


def person_in(world: World, number: int = 1) -> Resident:
    """A resident with everything that can be kept at once: what is done, what waits, and dead letters."""
    person = Resident(world, number)
    person.email = TYPED["emailadres"]
    path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
    assert world.post(path, {**person.typed, **TYPED})
    world.settle()
    refusal = json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])
    world.fault("econobis", COOPERATION, kind="status", status=404, match="hoomdossier/", body=refusal, times=99)
    told: dict[str, dict[str, Any]] = {
        "afspraak": {}, "woonplan": PLAN, "gebruik": {}, "woning-status": {}, "pdf": {"pdf": {"contents": REPORT}},
    }  # fmt: skip
    for kind, content in told.items():
        assert person.tell(kind, **content) == 200, kind
    world.settle()
    # A second e-mail address, which waits for Econobis.
    world.fault("econobis", COOPERATION, kind="status", status=503, match="webform", body="down", times=999)
    assert world.post(path, {**person.typed, **TYPED, "emailadres": "merktweede@merkdomein.example"})
    assert world.post(path, {**person.typed, **TYPED, "intake_opmerkingen_bewoner": "merkopmerking, nog een"})
    world.dispatcher.run_due()
    return person


def digest_about(world: World, *contacts: int) -> None:
    now = world.clock()
    digest = OutgoingMail(
        cooperation=COOPERATION,
        kind="coach_digest",
        contact_ids=[ContactId(contact) for contact in contacts],
        coach_contact_id=ContactId(21),
        accepted_at=now,
        due_at=now + timedelta(days=1),
    ).begin(now + timedelta(days=30))
    assert world.observer.records(OutgoingMail).create("coach_digest-x", digest)


def exported(world: World, person: Resident) -> Export:
    made = export(world.observer, COOPERATION, ContactId(person.contact_id), STAFF)
    assert made
    return made
