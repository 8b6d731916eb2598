"""One table says what is kept, why and how long. The code, the README and `docs/privacy.md` agree with it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.standins.mailbox.box import Fault
from shared.clock import from_text
from shared.erasure.erase import erase
from shared.store.port import Query
from tests.tree import ROOT
from tests.world.firestore_rules import EXPIRING
from tests.world.residents import COOPERATION, OTHER, Resident
from tests.world.world import open_world

TABLE: dict[str, dict[str, Any]] = json.loads((ROOT / "shared/retention.json").read_text(encoding="utf-8"))
WHERE = {
    "database": "database",
    "files": "bestanden",
    "queue": "wachtrij",
    "logs": "logboek",
    "settings": "Secret Manager",
    "backup": "reservekopie",
}
# The rows of the README's table that name a number of days, and the rows of our table that have these days.
README = {
    "a sign-up to be confirmed": ("confirmations",),
    "a sign-up that is done": ("submissions",),
    "a resident": ("personal",),
    "a home": ("relays",),
    "a dead letter": ("dead_letters", "mails"),
    "a letter to send": ("mails",),
    "a coach link, a dossier request": ("links", "dossier_requests"),
    "an audit line, an erasure": ("audit", "erasures"),
    "a file that a crash left behind": ("blobs",),
}
ASKS = "mapping: {email: emailadres, postcode: adres_postcode, huisnummer: adres_huisnummer}"


def rows_of(file: str, heading: str) -> dict[str, str]:
    """First cell → whole line, of the first table behind `heading`. A row without a first cell belongs to the one above."""
    text = (ROOT / file).read_text(encoding="utf-8").partition(heading)[2]
    found = re.search(r"^\|.*?(?=^(?!\|))", text, re.DOTALL | re.MULTILINE)
    assert found
    rows: dict[str, str] = {}
    name = ""
    for line in found[0].splitlines()[2:]:
        name = line.split("|")[1].strip() or name
        rows[name] = f"{rows.get(name, '')}{line}\n"
    return rows


def how_long(row: dict[str, Any]) -> str:
    if row["days"] is None:
        return "tot u het weghaalt" if row["where"] == "settings" else "blijft staan"
    days = f"{row['days']} {'dag' if row['days'] == 1 else 'dagen'}"
    return f"{row['sooner']}; uiterlijk na {days}" if row.get("sooner") else days


def test_the_text_for_the_register_has_the_whole_table() -> None:
    expected = [
        f"| {row['what']} | {row['data']} | {row['why']} | {how_long(row)} | {WHERE[row['where']]} |"
        for row in TABLE.values()
    ]
    shown = rows_of("docs/privacy.md", "## Wat de koppeling bewaart")
    assert [line.rstrip() for line in shown.values()] == expected


@pytest.mark.parametrize("name", README)
def test_the_readme_has_the_same_days(name: str) -> None:
    row = rows_of("README.md", "**Retention.**")[name]
    for what in README[name]:
        assert re.search(rf"\b{TABLE[what]['days']}\b", row), f"{name}: {TABLE[what]['days']} days"


def test_the_readme_names_no_other_days() -> None:
    days = {str(row["days"]) for row in TABLE.values()}
    named = re.findall(r"\b(\d+)\b", "".join(rows_of("README.md", "**Retention.**").values()))
    assert set(named) <= days


def test_every_collection_is_in_the_table() -> None:
    """The code names its collections only where it makes records, or in a call of the store."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
    named = set(re.findall(r'(?:collection=|COLLECTION = |\(store, |\.store, |store\.create\()"([a-z_]+)"', code))
    assert named >= EXPIRING
    assert named == {what for what, row in TABLE.items() if row["where"] == "database"} - {"personal", "dead_letters"}


def test_what_expires_has_days_and_the_rest_holds_nobody() -> None:
    for what, row in TABLE.items():
        if row["where"] == "database" and what not in {"personal", "dead_letters"}:
            assert (what in EXPIRING) == (row["days"] is not None)
            assert row["days"] or row["data"] == "geen"


def test_no_document_is_kept_longer_than_the_table_says(tmp_path: Path) -> None:
    """Through sign-ups, letters, appointments, a dead letter and an erasure."""
    seen = set()
    with open_world(tmp_path, adjust=lambda text: text.replace(ASKS, f"{ASKS}\n        confirm_email: true")) as world:
        first, second = Resident(world, 1), Resident(world, 2)
        assert Resident(world, 3, OTHER).sign_up()
        world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
        world.letters.add_faults([Fault(match="RCPT", kind="reply", status=450, body="later", times=2)])
        for resident in (first, second):
            assert resident.sign_up()
            for _ in range(20):
                world.dispatcher.run_due()
            seen |= within_their_days(world.observer.store, world.clock())
        world.settle()
        assert second.set_appointment("2027-03-05 10:00:00")
        assert second.push("woonplan")
        world.settle()
        erase(world.observer, COOPERATION, first.contact_id, "test")
        seen |= within_their_days(world.observer.store, world.clock())
    assert seen >= {
        "submissions",
        "residents",
        "relays",
        "links",
        "mails",
        "confirmations",
        "letter_counts",
        "erasures",
        "audit",
        "dossier_requests",
    }


def within_their_days(store: Any, now: Any) -> set[str]:
    """The collections that hold documents. Fails for one that is kept longer than its row says."""
    seen = set()
    for collection in EXPIRING:
        for document in store.find(Query(collection)):
            kept = from_text(document.data["expires_at"]) - now
            assert kept <= timedelta(days=TABLE[collection]["days"]), (collection, document.key)
            seen.add(collection)
    return seen
