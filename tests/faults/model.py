"""The model: what the link accepted in a history, and what must be true of both peers at its end.

`Told` and `Person` record what was sent to the link and whether it answered that it was accepted. The checks read the
tables of both stand-ins and the mailbox, and compare. The model does not know how the link works: of the link itself it
reads the dead letters and which work is overdue. README.md explains the codes I1, I2 ... in the messages.

`rules.py` has the steps of a history. To run one history, write it as a test, as those in `test_found.py`:

    relay = Relay()  # of rules.py, with a world and a model of its own
    relay.begin(people=1)
    relay.push(who=0, told=[("gebruik", 1)])
    relay.peer_fails(peer="econobis", fault={"kind": "lost_answer"}, times=1)
    relay.run_tasks(count=3, shuffled=False, doubled=0.0)
    relay.teardown()  # ends the faults, lets all work be done, and runs the checks
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
TO_ECONOBIS, TO_HOOMDOSSIER = 8, 6  # calls a minute: few, so that a history reaches the limits
KINDS = ("afspraak", "woning-status", "woonplan", "gebruik", "scan-status", "pdf")
NOT_REPEATABLE = ("pdf", "woning-status")
DATES = ("2027-03-05 10:00:00", "2027-03-06 11:30:00", None)
AGREED_BY = timedelta(minutes=12)  # after clocks differed; a clock is at most ten minutes off
HUNG_UP = timedelta(minutes=2)  # longer than any call of the link may take
NOTHING = "nothing"  # in `Told.possible`: maybe nothing was accepted
WELCOME = "Je Hoomdossier staat klaar"

Row = dict[str, Any]


def content(kind: str, variant: int) -> Row:
    """The fields of an event of Hoomdossier but `account_related`. Not for an `afspraak`: the stand-in makes that."""
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
    """The reverse of `content`: what a call to Econobis says of this kind, in a form to compare."""
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
    """A text that is equal for two calls that must not run at once: about one person's sign-up or visit, or a building."""
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
    """All contents that were sent about one thing, such as one kind of event of one building.

    `possible` holds the contents that may be the last one at the end. `news` counts how often each content differed
    from the one before it.
    """

    possible: list[Any] = field(default_factory=lambda: [NOTHING])
    news: Counter[Any] = field(default_factory=Counter)

    def tell(self, says: Any, *, certain: bool) -> None:
        """`certain` False: the link gave no answer, so it may or may not have accepted it."""
        if self.possible != [says]:
            self.news[says] += 1
        self.possible = [says] if certain else [*self.possible, says]


@dataclass
class Person:
    """A resident. `submission` is the id of the last sign-up, `remarks` what the sign-ups said, `coaches` the contact
    ids of the coaches whose link was asked for.
    """

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
    """Records what the link accepted in a `world`, and checks it. Make the model before the history begins."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = [Person(number) for number in range(3)]
        self.told: dict[tuple[int, str], Told] = defaultdict(Told)  # by building and kind
        self.owner: dict[int, Person] = {}  # building → who lives there
        self.barred: dict[int, int] = {}  # deleted building → the last call to Econobis before it
        self.perhaps_barred: set[int] = set()  # deleted buildings whose event had no answer, or was set aside
        self.resumed: dict[str, list[datetime]] = defaultdict(list)  # when an event got new attempts, by kind
        self.clocks_differed: list[datetime] = []  # when two instances had different times
        self.in_flight_together: list[str] = []  # calls with the same `effect` that were in flight at the same time
        self._watch(world.econobis_rows[COOPERATION])
        self._watch(world.hoomdossier_rows[COOPERATION])

    def _watch(self, tables: Database) -> None:
        """Compares each call that arrives with the calls that have no answer yet, and fills `in_flight_together`."""
        insert = tables.insert

        def watched(table: str, **values: Any) -> Row:
            if table != "_received" or not is_ours(values):
                return insert(table, **values)
            # An older call was given up by the link, so it does not count as in flight.
            since = (self.world.clock() - HUNG_UP).astimezone(AMSTERDAM).isoformat()
            waiting = [row for row in tables.rows(table, answered=None) if is_ours(row) and row["at"] > since]
            for row in waiting:
                if effect(row) == effect(values):
                    self.in_flight_together.append(f"{values['path']} {effect(values)}")
            return insert(table, **values)

        tables.insert = watched

    # -- what the peers hold ---------------------------------------------------------------------------------------

    def contact(self, person: Person) -> Row | None:
        emails = self.world.rows(COOPERATION, "email_addresses", email=person.email)
        rows = [self.world.econobis_rows[COOPERATION].row("contacts", row["contact_id"]) for row in emails]
        assert len(rows) <= 1, f"I2: {len(rows)} contacts for {person.email}"
        return rows[0] if rows else None

    def users(self, person: Person) -> list[Row]:
        """The person's users in Hoomdossier, found by e-mail address: a merge in Econobis changes nothing there."""
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
        """The calls that told Econobis of this kind for this building, each with what it `says`."""
        email = self.owner[building_id].email
        for row in self.calls("econobis"):
            if row["path"].endswith(f"/hoomdossier/{kind}"):
                body = json.loads(row["body"])
                if body["account_related"]["building_id"] == building_id:
                    yield {**row, "says": said(kind, body)}
            elif kind == "afspraak" and _cancels(row) and email in parse_qs(row["body"])["emailadres"]:
                yield {**row, "says": None}

    # -- what must be true at any time -----------------------------------------------------------------------------

    def check_limits(self) -> None:
        """I5: never more calls with one key in 60 seconds than the peer allows, as long as our clocks agree."""
        for peer, part, limit in (
            ("econobis", "/webform/external/", TO_ECONOBIS),
            ("econobis", "/hoomdossier/", TO_ECONOBIS),
            ("hoomdossier", "/api/v1/", TO_HOOMDOSSIER),
        ):
            times = [datetime.fromisoformat(row["at"]) for row in self.calls(peer) if part in row["path"]]
            for first, after in zip(times, times[limit:], strict=False):  # `limit` calls apart
                differed = any(first - AGREED_BY <= at <= after + AGREED_BY for at in self.clocks_differed)
                too_soon = after - first < timedelta(seconds=60)
                assert differed or not too_soon, f"I5: more than {limit} calls to {peer} before {after}"

    def check_one_at_a_time(self) -> None:
        assert not self.in_flight_together, f"two calls of one effect at once: {self.in_flight_together}"

    def check_nothing_after_delete(self) -> None:
        """I4: nothing about a building is delivered after its delete."""
        for building_id, last in self.barred.items():
            for kind in KINDS:
                late = [
                    row for row in self.deliveries(building_id, kind)
                    if row["id"] > last and row["path"].endswith(kind)
                ]  # fmt: skip
                assert not late, f"I4: {kind} of building {building_id} after its delete"

    def check_pauses(self) -> None:
        """I6: Econobis mails its staff at each failed call, so after three of one item there is a pause."""
        failures: dict[str, list[datetime]] = defaultdict(list)
        for row in self.calls("econobis"):
            if isinstance(row.get("answered"), int) and row["answered"] in {404, 412, 422, 500}:
                failures[f"{row['path']} {row['body']}"].append(datetime.fromisoformat(row["at"]))
        for item, times in failures.items():
            for first, fourth in zip(times, times[3:], strict=False):
                fresh = any(first <= at <= fourth for at in self.resumed[item.split()[0].rpartition("/")[2]])
                assert fresh or fourth - first >= timedelta(minutes=15), f"I6: four failed calls by {fourth}: {item}"

    def overdue(self, at: datetime) -> list[str]:
        """I9: the work that was due before `at` (UTC) and is not done."""
        return [
            f"{kind.collection} {key} due {work.due_at}"
            for kind in KINDS_OF_WORK
            for key, work in self.world.observer.records(kind.model).all()
            if work.due_at is not None and work.due_at < at
        ]

    # -- what must be true at the end ------------------------------------------------------------------------------

    def learn_of_deletes(self) -> None:
        """A delete without an answer was accepted when it was delivered, or when a dead letter shows it."""
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
        """An outcome stays unknown only for sign-ups and for events that may not be sent again without a person."""
        allowed = {"submissions", *(EVENT_KINDS[kind] for kind in NOT_REPEATABLE)}
        unknown = [one for one in self.letters() if one.parked.unknown and (one.kind or one.collection) not in allowed]
        assert not unknown, f"unknown: {unknown}"

    def letters(self) -> list[DeadLetter]:
        return list(find_dead_letters(self.world.observer))

    def check_end(self) -> Counter[str]:
        """Checks every person and every event. Returns how they ended, which shows that the run was not empty."""
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
        """A removed date of a visit that was done is not delivered: the visit stays done."""
        return kind == "afspraak" and None in told.possible and (building_id, "woning-status") in self.told

    def _check_reports(self) -> None:
        """I2: a report that was sent once is one document, or two when Econobis' answer was lost."""
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
    """Whether the call cancels a visit. Econobis refuses an empty date, so the link uses the webform for that."""
    return "kansactie_update_afspraak_status=4" in call.get("body", "")
