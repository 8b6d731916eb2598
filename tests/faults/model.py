"""A plain picture of what the link accepted, and whether both peers, asked at the end, agree with it.

Nothing here knows how the link works: it holds what people and Hoomdossier were told was taken, and reads the tables
of the stand-ins. `test_model.py` plays; this says what has to be true.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from infra.standins.database import Database
from infra.standins.hoomdossier import dossier
from infra.standins.mailbox.box import Letter
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.hoomdossier.inbound import KINDS as EVENT_KINDS
from shared.work.kinds import KINDS as KINDS_OF_WORK
from tests.world.sent import is_ours
from tests.world.world import AMSTERDAM, World

COOPERATION = "meer-energie"  # Its form has a fixed coach.
FORM_COACH, OTHER_COACH = 21, 22
TO_ECONOBIS, TO_HOOMDOSSIER = 8, 6  # calls a minute: few, so that they are in the way
KINDS = ("afspraak", "woning-status", "woonplan", "gebruik", "scan-status", "pdf")
NOT_REPEATABLE = ("pdf", "woning-status")
DATES = ("2027-03-05 10:00:00", "2027-03-06 11:30:00", None)
AGREED_BY = timedelta(minutes=12)  # A clock is at most ten minutes off.
HUNG_UP = timedelta(minutes=2)
NOTHING = "nothing"
WELCOME = "Je Hoomdossier staat klaar"

Row = dict[str, Any]


def content(kind: str, variant: int) -> Row:
    """What Hoomdossier says of a building, beside whose it is; an `afspraak` stands in its own tables."""
    says = f"{kind} {variant}"
    if kind == "gebruik":
        return {"current": {"zegt": {"id": 1, "short": "zegt", "name": "Zegt", "answers": {"value": says}}}, "new": {}}
    if kind == "woonplan":
        return {"user_action_plan_advices": {}, "user_action_plan_advice_comments": {"resident": says}}
    if kind == "woning-status":
        return {"status": {"id": 5, "short": "executed", "name": says}}
    if kind == "scan-status":
        return {"scans": {"quick-scan": {"id": 1, "name": says, "short": "quick-scan", "has_made_progress": True}}}
    return {"pdf": {"contents": base64.b64encode(report(variant)).decode()}}


def report(variant: int) -> bytes:
    return f"%PDF-1.7 report {variant}".encode() * 20


def said(kind: str, body: Row) -> Any:
    """The other way round: what of it a call to Econobis says."""
    if kind == "afspraak":
        return body["appointment_date"]
    if kind == "gebruik":
        return body["current"]["zegt"]["answers"]["value"]
    if kind == "woonplan":
        return body["user_action_plan_advice_comments"]["resident"]
    if kind == "woning-status":
        return body["status"]["name"]
    if kind == "scan-status":
        return body["scans"]["quick-scan"]["name"]
    return hashlib.sha256(base64.b64decode(body["pdf"]["contents"])).hexdigest() if kind == "pdf" else None


def effect(call: Row) -> str:
    """What the call is about, so that the same from elsewhere is known: of an event whose home."""
    body = call.get("body", "")
    if "webform/external" in call["path"]:
        form = parse_qs(body)
        return (
            f"{form.get('emailadres')} {sorted(set(form) & {'intake_id_extern', 'kansactie_update_afspraak_status'})}"
        )
    related = json.loads(body).get("account_related", {}) if body.startswith("{") else {}
    return str(related["building_id"]) if related else body


@dataclass
class Told:
    """One kind of one building: what may be true at the end, and how often each content was news."""

    possible: list[Any] = field(default_factory=lambda: [NOTHING])
    news: Counter[Any] = field(default_factory=Counter)

    def tell(self, says: Any, *, surely: bool) -> None:
        """`surely` False: nobody answered, so it may have been taken."""
        if self.possible != [says]:
            self.news[says] += 1
        self.possible = [says] if surely else [*self.possible, says]


@dataclass
class Person:
    number: int
    submission: str = ""
    remarks: Told = field(default_factory=Told)
    coaches: set[int] = field(default_factory=set)
    visits_planned: int = 0
    has_left: bool = False
    is_merged: bool = False

    @property
    def email(self) -> str:
        return f"bewoner{self.number}@example.org"

    def typed(self, variant: int) -> Row:
        return {
            "voornaam": "Lotte", "achternaam": f"Maes{'abc'[self.number]}", "emailadres": self.email,
            "adres_postcode": "9000", "adres_huisnummer": str(self.number + 1), "adres_straat": "Kerkstraat",
            "adres_plaats": "Gent", "akkoord_privacybeleid": "ja", "intake_opmerkingen_bewoner": f"remark {variant}",
        }  # fmt: skip


class Model:
    def __init__(self, world: World) -> None:
        self.world = world
        self.people = [Person(number) for number in range(3)]
        self.told: dict[tuple[int, str], Told] = defaultdict(Told)  # by building and kind
        self.owner: dict[int, Person] = {}  # building → who lives there
        self.barred: dict[int, int] = {}  # deleted building → the last call to Econobis before it
        self.perhaps_barred: set[int] = set()  # the same, where nobody answered Hoomdossier, or it was set aside
        self.resumed: dict[str, list[datetime]] = defaultdict(list)  # when a person gave an item a new start
        self.clocks_differed: list[datetime] = []  # when two of us did not agree on the time

        self.met: list[str] = []  # calls of one effect, or about one home, that were under way together
        self._watch(world.econobis_rows[COOPERATION])
        self._watch(world.hoomdossier_rows[COOPERATION])

    def _watch(self, tables: Database) -> None:
        """Each request as it comes in, beside those that have no answer yet."""
        insert = tables.insert

        def watched(table: str, **values: Any) -> Row:
            if table != "_received" or not is_ours(values):
                return insert(table, **values)
            # Of a call that takes longer than any of ours may, the line is broken: nobody waits for it any more.
            since = (self.world.clock() - HUNG_UP).astimezone(AMSTERDAM).isoformat()
            waiting = [row for row in tables.rows(table, answered=None) if is_ours(row) and row["at"] > since]
            for row in waiting:
                if effect(row) == effect(values):
                    self.met.append(f"{values['path']} {effect(values)}")
            return insert(table, **values)

        tables.insert = watched  # type: ignore[method-assign]

    # -- what the peers hold ---------------------------------------------------------------------------------------

    def contact(self, person: Person) -> Row | None:
        emails = self.world.rows(COOPERATION, "email_addresses", email=person.email)
        rows = [self.world.econobis_rows[COOPERATION].row("contacts", row["contact_id"]) for row in emails]
        assert len(rows) <= 1, f"I2: {len(rows)} contacts for {person.email}"
        return rows[0] if rows else None

    def users(self, person: Person) -> list[Row]:
        """In Hoomdossier, by the account: a merge in Econobis does not change it there."""
        tables = self.world.hoomdossier_rows[COOPERATION]
        accounts = {row["id"] for row in tables.rows("accounts") if row["email"] == person.email}
        users = [user for user in tables.rows("users") if user["account_id"] in accounts]
        return [{**user, "buildings": tables.rows("buildings", user_id=user["id"])} for user in users]

    def building(self, person: Person) -> Row | None:
        building = next((building for user in self.users(person) for building in user["buildings"]), None)
        if building:
            self.owner[building["id"]] = person
        return building

    def calls(self, peer: str) -> list[Row]:
        return [row for row in self.world.received(peer, COOPERATION) if is_ours(row)]

    def deliveries(self, building_id: int, kind: str) -> Iterator[Row]:
        """The calls that told Econobis about it, each with `says`."""
        email = self.owner[building_id].email
        for row in self.calls("econobis"):
            if row["path"].endswith(f"/hoomdossier/{kind}"):
                body = json.loads(row["body"])
                if body["account_related"]["building_id"] == building_id:
                    yield {**row, "says": said(kind, body)}
            elif kind == "afspraak" and _cancels(row) and email in parse_qs(row["body"])["emailadres"]:
                yield {**row, "says": None}

    # -- at any time -----------------------------------------------------------------------------------------------

    def check_limits(self) -> None:
        """I5: in no 60 seconds more calls with a key than a peer takes, as long as our clocks agree."""
        for peer, part, limit in (
            ("econobis", "/webform/external/", TO_ECONOBIS),
            ("econobis", "/hoomdossier/", TO_ECONOBIS),
            ("hoomdossier", "/api/v1/", TO_HOOMDOSSIER),
        ):
            times = [datetime.fromisoformat(row["at"]) for row in self.calls(peer) if part in row["path"]]
            for first, after in zip(times, times[limit:], strict=False):
                differed = any(first - AGREED_BY <= at <= after + AGREED_BY for at in self.clocks_differed)
                too_soon = after - first < timedelta(seconds=60)
                assert differed or not too_soon, f"I5: more than {limit} calls to {peer} before {after}"

    def check_one_at_a_time(self) -> None:
        assert not self.met, f"two calls of one effect at once: {self.met}"

    def check_nothing_after_delete(self) -> None:
        """I4: a delete is a barrier."""
        for building_id, last in self.barred.items():
            for kind in KINDS:
                late = [
                    row for row in self.deliveries(building_id, kind)
                    if row["id"] > last and row["path"].endswith(kind)
                ]  # fmt: skip
                assert not late, f"I4: {kind} of building {building_id} after its delete"

    def check_pauses(self) -> None:
        """I6: staff has mail of each failed call, so after three of an item there is a pause."""
        failures: dict[str, list[datetime]] = defaultdict(list)
        for row in self.calls("econobis"):
            if isinstance(row.get("answered"), int) and row["answered"] in {404, 412, 422, 500}:
                failures[f"{row['path']} {row['body']}"].append(datetime.fromisoformat(row["at"]))
        for item, times in failures.items():
            for first, fourth in zip(times, times[3:], strict=False):
                fresh = any(first <= at <= fourth for at in self.resumed[item.split()[0].rpartition("/")[2]])
                assert fresh or fourth - first >= timedelta(minutes=15), f"I6: four failed calls by {fourth}: {item}"

    def overdue(self, at: datetime) -> list[str]:
        return [
            f"{kind.collection} {key} due {work.due_at}"
            for kind in KINDS_OF_WORK
            for key, work in self.world.observer.records(kind.model).all()
            if work.due_at is not None and work.due_at < at
        ]

    # -- at the end ------------------------------------------------------------------------------------------------

    def learn_of_deletes(self) -> None:
        """That it was taken shows in its delivery, or in its being put before a person."""
        shown = {letter.id for letter in self.letters()}
        for building_id in self.perhaps_barred:
            delivered = [row["id"] for row in self.deliveries(building_id, "delete")]
            if delivered or f"relays/{COOPERATION}:{building_id}/delete" in shown:
                self.barred[building_id] = delivered[0] if delivered else sys.maxsize

    def welcomes(self, person: Person) -> list[Letter]:
        rows = self.world.letters.database.rows("messages")
        letters = [Letter(row) for row in rows if person.email in row["recipients"]]
        return [letter for letter in letters if letter.header("Subject") == WELCOME]

    def check_unknown(self) -> None:
        """A person has to look only where no look of ours is safe, or after looks over half a day."""
        allowed = {"submissions", *(EVENT_KINDS[kind] for kind in NOT_REPEATABLE)}
        unknown = [one for one in self.letters() if one.parked.unknown and (one.kind or one.collection) not in allowed]
        assert not unknown, f"unknown: {unknown}"

    def letters(self) -> list[DeadLetter]:
        return list(find_dead_letters(self.world.observer))

    def check_end(self) -> Counter[str]:
        """How it ended, for who wants to know that a run was not empty."""
        shown = {letter.id for letter in self.letters()}
        ends: Counter[str] = Counter()
        for person in self.people:
            self._check_person(person, shown, ends)
        for (building_id, kind), told in self.told.items():
            self._check_told(building_id, kind, told, shown, ends)
        self._check_reports()
        return ends

    def _check_person(self, person: Person, shown: set[str], ends: Counter[str]) -> None:
        contact = self.contact(person)
        if contact is None:
            refused = f"submissions/{person.submission}" in shown
            assert not person.submission or refused, f"I1: the sign-up of {person.email} is nowhere"
            ends["refused" if refused else "nobody"] += 1
            return
        world, tables = self.world, self.world.econobis_rows[COOPERATION]
        intakes = world.rows(COOPERATION, "intakes", contact_id=contact["id"])
        assert len(intakes) == 1, f"I2: {len(intakes)} intakes for {person.email}"
        opportunities = tables.rows("opportunities", intake_id=intakes[0]["id"])
        assert len(opportunities) == 1, f"I2: {len(opportunities)} opportunities for {person.email}"
        visits = tables.rows("quotation_requests", opportunity_id=opportunities[0]["id"], contact_id=FORM_COACH)
        assert len(visits) == 1, f"I2: {len(visits)} visits of the form for {person.email}"
        sign_ups = [
            parse_qs(row["body"])
            for row in self.calls("econobis")
            if row.get("answered") in {200, "lost"} and "intake_id_extern" in row.get("body", "")
        ]
        remarks = [form["intake_opmerkingen_bewoner"][0] for form in sign_ups if form["emailadres"] == [person.email]]
        if f"submissions/{person.submission}" not in shown:
            assert remarks[-1] in person.remarks.possible, f"I1: {remarks} of {person.email}, not {person.remarks}"
        users = self.users(person)
        assert len(users) <= 1, f"I2: {len(users)} dossiers for {person.email}"
        assert len(users) < 1 or len(users[0]["buildings"]) == 1, f"I2: {users[0]['buildings']}"
        welcomes = {one.header("Message-ID") for one in self.welcomes(person)}
        assert len(welcomes) <= 1 + person.is_merged, f"I2: {person.email} was welcomed twice"
        ends["signed up"] += 1
        if person.has_left or person.is_merged:
            return
        person_shown = [one for one in shown if one.endswith(f":{contact['id']}")]
        if not users:
            assert person_shown, f"I1: no dossier for {person.email}, and nobody is told"
            return
        if not person_shown:
            assert contact.get("hoom_account_id") == users[0]["account_id"], f"I1: Econobis has no account {contact}"
            if not any(one.startswith("mails/welcome") for one in shown):
                assert welcomes, f"I1: {person.email} was never welcomed"
            ends["dossier"] += 1
        linked = {
            dossier.contact_id(coach)
            for coach in dossier.linked_coaches(world.hoomdossier_rows[COOPERATION], users[0]["buildings"][0])
        }
        for coach in person.coaches - linked:
            assert f"links/{COOPERATION}:{coach}:{contact['id']}" in shown, f"I1: coach {coach} of {person.email}"

    def _check_told(self, building_id: int, kind: str, told: Told, shown: set[str], ends: Counter[str]) -> None:
        if building_id in self.barred and kind != "delete":
            ends["barred"] += 1
            return
        if f"relays/{COOPERATION}:{building_id}/{EVENT_KINDS[kind]}" in shown:
            ends[f"dead letter {kind}"] += 1
            return
        arrived = (200, "lost") if kind in NOT_REPEATABLE else (200,)
        delivered = [row["says"] for row in self.deliveries(building_id, kind) if row.get("answered") in arrived]
        where = f"{kind} of building {building_id}"
        if self._is_nothing(building_id, kind, told) or (NOTHING in told.possible and not delivered):
            return
        assert delivered, f"I1: {where} never arrived: {told}"
        assert delivered[-1] in told.possible, f"I4: {where} is {delivered} and not {told.possible}"
        ends[f"delivered {kind}"] += 1

    def _is_nothing(self, building_id: int, kind: str, told: Told) -> bool:
        """A date that is removed beside a visit that was done: the visit stays done."""
        return kind == "afspraak" and None in told.possible and (building_id, "woning-status") in self.told

    def _check_reports(self) -> None:
        """I2: a report that was told once is one document, or two when nobody answered."""
        documents = Counter(
            (row["contact_id"], row["content_sha256"]) for row in self.world.rows(COOPERATION, "documents")
        )
        told: Counter[Any] = Counter()
        for (building_id, kind), one in self.told.items():
            if kind == "pdf" and (contact := self.contact(self.owner[building_id])):
                told.update({(contact["id"], says): count for says, count in one.news.items()})
        for document, count in documents.items():
            assert count <= 2 * told[document], (
                f"I2: {count} documents of a report that was told {told[document]} times"
            )


def _cancels(call: Row) -> bool:
    """Econobis refuses an empty date, so the webform tells it."""
    return "kansactie_update_afspraak_status=4" in call.get("body", "")
