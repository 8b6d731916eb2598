"""The steps of a history. `Relay` holds a world and a model, and each of its rules does one thing: a person signs up,
Hoomdossier pushes an event, an instance is killed.

A rule does nothing where it does not apply, so that a shorter history can be played too. `limits_hold` is checked after
each step. `teardown` ends the faults, lets all work be done, has a person decide on the dead letters, and runs the
checks of `model.py`, which also shows how to run one history. `test_model.py` plays random ones.
"""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from infra.standins.hoomdossier import actions, econobis_client, payloads
from infra.standins.mailbox.box import Fault as MailFault
from shared.dead_letters.decide import close, replay
from shared.dead_letters.find import DeadLetter
from shared.domain import relay
from shared.econobis.event_payloads import PATHS as WORDS
from shared.errors import LinkError, StoreUnavailable
from shared.flows.pull_appointments import pull_appointments
from shared.flows.run_task import run_task
from shared.flows.sweep import sweep
from shared.work.services import Services
from tests.faults.history import Step, step
from tests.faults.model import (
    COOPERATION,
    DATES,
    FORM_COACH,
    KINDS,
    OTHER_COACH,
    TO_ECONOBIS,
    TO_HOOMDOSSIER,
    Model,
    Person,
    content,
    said,
)
from tests.world.crash_points import Killed
from tests.world.world import SWEEP_EVERY, open_world

PEOPLE = st.sampled_from((0, 0, 0, 1, 2))
VARIANTS = st.integers(0, 2)
DONE_WITHIN = timedelta(days=12)  # until then all work is done, or shown to a person
MOST_STEPS = 3000  # tasks and sweeps: work that takes more of them never ends
VISIT = 2  # Econobis' id of the action `bezoek`
# What goes wrong at a peer. `body`: the peer does the work and answers with a page instead.
PEER_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503, "body": "down"},
    {"kind": "status", "status": 503, "headers": {"Retry-After": "90"}},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "40"}},
    {"kind": "status", "status": 500, "body": "oops"},
    {"kind": "reset"},
    {"kind": "lost_answer"},
    {"kind": "delay", "seconds": 0.01},
    {"kind": "body", "body": "<html>Onderhoud</html>"},
)
ends: Counter[str] = Counter()  # how persons and events ended, in all histories of this process


class _Unsent:
    """In place of Hoomdossier's queue: keeps the event of a delete, which the rule sends itself."""

    def __init__(self) -> None:
        self.account_related: dict[str, Any] = {}

    def user_deleted(self, account_related: dict[str, Any]) -> None:
        self.account_related = account_related


class Relay(RuleBasedStateMachine):
    """Plays one history. `latest` holds the steps of the newest one."""

    latest: ClassVar[list[Step]] = []

    def __init__(self) -> None:
        super().__init__()
        self.steps = Relay.latest = []
        self.is_in_step = False
        self.exit = ExitStack()
        folder = Path(self.exit.enter_context(tempfile.TemporaryDirectory()))
        self.merged: dict[int, int] = {}
        self.is_slow = False
        self.world = self.exit.enter_context(open_world(folder, adjust=self._settings))
        self.model = Model(self.world)
        self.world.start()

    @initialize(people=st.integers(1, 2))
    @step
    def begin(self, people: int) -> None:
        """The first `people` sign up and get a dossier, so that Hoomdossier has events to send."""
        for who in range(people):
            self.sign_up(who, 0)
        self.world.settle()

    def _settings(self, text: str) -> str:
        before, mark, ours = text.partition(f"  {COOPERATION}:\n")
        ours = ours.replace("    econobis:\n", f"    econobis:\n      calls_per_minute: {TO_ECONOBIS}\n", 1)
        ours = ours.replace("    hoomdossier:\n", f"    hoomdossier:\n      calls_per_minute: {TO_HOOMDOSSIER}\n", 1)
        return f"{before}{mark}    merged_contacts: {self.merged}\n{ours}"

    # -- what people do --------------------------------------------------------------------------------------------

    @rule(who=PEOPLE, variant=VARIANTS)
    @step
    def sign_up(self, who: int, variant: int) -> None:
        """Sends the form for the first time, once more, or with a correction."""
        person = self.model.people[who]
        answer = self.world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", person.typed(variant))
        taken = answer is not None and answer.status_code == 202
        if answer is None or not taken:
            person.remarks.tell(f"remark {variant}", certain=False)
            self.restart_if_killed()
        else:
            person.submission = answer.json()["id"]
            person.remarks.tell(f"remark {variant}", certain=True)

    @rule(who=PEOPLE, twice=st.booleans())
    @step
    def click_dossier(self, who: int, twice: bool) -> None:
        """An employee asks Econobis to make the dossier; `twice` at the same moment."""
        contact = self.model.contact(self.model.people[who])
        if contact is None:
            return
        clicks = [threading.Thread(target=self._click, args=(contact["id"],)) for _ in range(1 + twice)]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()

    def _click(self, contact_id: int) -> None:
        self.world.http.get(f"{self.world.base}/econobis/{COOPERATION}/api/contact/{contact_id}/make-hoomdossier")

    @rule(who=PEOPLE, what=st.sampled_from(("plan_visit", "plan_visit", "leave", "register_again", "merge")))
    @step
    def turn_of_life(self, who: int, what: str) -> None:
        """One rule for the rare events in a person's life, so that most steps are events and deliveries."""
        getattr(self, what)(who)

    def plan_visit(self, who: int) -> None:
        """An employee plans a visit of another coach. Econobis then calls `link_coach`, if there is a dossier."""
        person = self.model.people[who]
        contact = self.model.contact(person)
        intakes = self.world.rows(COOPERATION, "intakes", contact_id=contact["id"]) if contact else []
        if contact is None or not intakes or person.visits_planned:
            return
        person.visits_planned += 1
        (opportunity,) = self.world.rows(COOPERATION, "opportunities", intake_id=intakes[0]["id"])
        body = {
            "opportunityId": opportunity["id"], "organisationOrCoachId": OTHER_COACH, "opportunityActionId": VISIT,
            "statusId": 7, "datePlanned": "", "timePlanned": "",
        }  # fmt: skip
        answer = self.world.post(f"/econobis/{COOPERATION}/api/quotation-request", body)
        if contact.get("hoom_account_id") and answer is not None and answer.status_code == 201:
            person.coaches.add(OTHER_COACH)

    @rule(who=PEOPLE, coach=st.sampled_from((FORM_COACH, OTHER_COACH)))
    @step
    def link_coach(self, who: int, coach: int) -> None:
        """Econobis calls `link_coach`."""
        person = self.model.people[who]
        contact = self.model.contact(person)
        if contact is None or (coach == OTHER_COACH and not person.visits_planned):
            return
        ids = {"coach_contact_id": coach, "resident_contact_id": contact["id"]}
        answer = self.world.post(
            f"/functions/link-coach/{COOPERATION}",
            {"building_coach_statuses": ids},
            Authorization=f"Bearer demo-{COOPERATION}-econobis",
        )
        if answer is not None and answer.status_code in {200, 202}:
            person.coaches.add(coach)

    def leave(self, who: int) -> None:
        """The resident's dossier is deleted, and Hoomdossier sends that event once."""
        person = self.model.people[who]
        building = self.model.building(person)
        if building is None:
            return
        queue = _Unsent()
        actions.delete_resident(self.world.hoomdossier_rows[COOPERATION], queue, building)
        person.has_left = True
        self._send("delete", building["id"], {"account_related": queue.account_related}, None)
        if building["id"] in self.model.barred:
            # An event that Hoomdossier sends late. The link accepts it, and must not deliver it.
            late = {"account_related": queue.account_related, **content("gebruik", 2)}
            econobis_client.send(self._events, f"demo-{COOPERATION}-hoomdossier", "gebruik", late)

    def register_again(self, who: int) -> None:
        """After the delete an employee removes the old account id in Econobis, and asks for a new dossier."""
        contact = self.model.contact(self.model.people[who])
        if contact is not None and self.model.people[who].has_left:
            self.world.econobis_rows[COOPERATION].update("contacts", contact["id"], hoom_account_id=None)
            self._click(contact["id"])

    def merge(self, who: int) -> None:
        """Econobis merges the contact into a new one, and the cooperation adds that to `merged_contacts`."""
        person = self.model.people[who]
        contact = self.model.contact(person)
        if contact is None or person.is_merged:
            return
        person.is_merged = True
        old = contact.pop("id")
        tables = self.world.econobis_rows[COOPERATION]
        with tables.transaction():
            new = tables.insert("contacts", **contact)["id"]
            tables.update("contacts", old, deleted_at="2026-11-23 10:00:00")
            for table, rows in tables.dump().items():
                for row in rows:
                    if row.get("contact_id") == old:
                        tables.update(table, row["id"], contact_id=new)
        self.merged[old] = new
        self.restart()

    # -- what Hoomdossier sends ------------------------------------------------------------------------------------

    @rule(who=PEOPLE, told=st.lists(st.tuples(st.sampled_from(KINDS), VARIANTS), min_size=1, max_size=5))
    @step
    def push(self, who: int, told: list[tuple[str, int]]) -> None:
        """Hoomdossier sends events: a new content, the last one again, or an older one again."""
        building = self.model.building(self.model.people[who])
        for kind, variant in told if building else ():
            self._push(building["id"], kind, variant)

    def _push(self, building_id: int, kind: str, variant: int) -> None:
        tables = self.world.hoomdossier_rows[COOPERATION]
        building = tables.row("buildings", building_id)
        assert building is not None
        if kind == "afspraak":
            self.world.set_appointment(COOPERATION, building_id, DATES[variant])
            self._send(kind, building_id, payloads.build(tables, kind, building), DATES[variant])
        else:
            says = content(kind, variant)
            whose = payloads.account_related(tables, building)
            self._send(kind, building_id, {"account_related": whose, **says}, said(kind, says))

    @property
    def _events(self) -> str:
        return f"{self.world.base}/functions/receive-event/{COOPERATION}"

    def _send(self, kind: str, building_id: int, payload: dict[str, Any], says: Any) -> None:
        self.world.clock.advance(0.001)  # No two events arrive at the same moment.
        taken = econobis_client.send(self._events, f"demo-{COOPERATION}-hoomdossier", kind, payload).synced
        if self.model.told[building_id, kind].possible != [says]:
            self.model.resumed[kind].append(self.world.clock())
        # Whether an event that was set aside is older than this one is decided by clocks, which may differ.
        unclear = bool(self.model.clocks_differed and self.world.observer.blobs.aside())
        self.model.told[building_id, kind].tell(says, certain=taken and not unclear)
        if kind == "delete" and taken and not self.world.observer.blobs.aside():
            self.model.barred[building_id] = max((row["id"] for row in self.model.calls("econobis")), default=0)
        elif kind == "delete":
            self.model.perhaps_barred.add(building_id)
        if not taken:
            self.restart_if_killed()

    @rule(kind=st.sampled_from(KINDS), variants=st.lists(VARIANTS, min_size=1, max_size=4), tasks=st.integers(0, 3))
    @step
    def keep_telling(self, kind: str, variants: list[int], tasks: int) -> None:
        """Sends one kind of event of one building a few times, and runs some tasks after each."""
        for variant in variants:
            self.push(0, [(kind, variant)])
            self.run_tasks(tasks, shuffled=True, doubled=0.0)

    @rule(who=PEOPLE, variant=VARIANTS, overlaps=st.booleans())
    @step
    def pull(self, who: int, variant: int, overlaps: bool) -> None:
        """Reads the feed. `overlaps`: the appointment is changed and pushed after the feed's answer was made."""
        building = self.model.building(self.model.people[who])

        def change(point: str) -> None:
            if point.startswith("after GET") and building is not None:
                self.world.boundaries.fault = lambda _point: None
                self.world.clock.advance(0.001)
                self._push(building["id"], "afspraak", variant)

        if overlaps:
            self.world.boundaries.fault = change
        with suppress(LinkError):
            self.restarting(lambda: pull_appointments(self.world.services, COOPERATION))
        self.world.boundaries.fault = lambda _point: None

    # -- how the work is done --------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 8), shuffled=st.booleans(), doubled=st.sampled_from((0.0, 0.5)))
    @step
    def run_tasks(self, count: int, shuffled: bool, doubled: float) -> None:
        """Runs up to `count` due tasks. `doubled` is the chance that a task stays and is dispatched again."""
        dispatcher = self.world.dispatcher
        dispatcher.shuffled, dispatcher.doubled = shuffled, doubled
        for _ in range(count):
            self.restarting(dispatcher.run_due)
        dispatcher.shuffled, dispatcher.doubled = False, 0.0

    @rule(minutes=st.sampled_from((-5, 5)))
    @step
    def another_instance(self, minutes: int) -> None:
        """An instance whose clock differs by some minutes runs a task."""
        self.model.clocks_differed.append(self.world.clock())
        clock = self.world.clock
        other = self.world.instance(lambda: clock() + timedelta(minutes=minutes))
        self.dispatch_with(lambda task: run_task(other, task))

    @rule()
    @step
    def run_twice_at_once(self) -> None:
        """Cloud Tasks sends one task to two instances at once."""
        self.dispatch_with(self._race)

    def _race(self, task: Any) -> None:
        raised: list[BaseException] = []

        def run(services: Services) -> None:
            try:
                run_task(services, task)
            except (LinkError, Killed) as error:
                raised.append(error)

        # Both have the same clock. For an instance that is far ahead the other's lease has ended, so that it may repeat
        # the call; `another_instance` tries that.
        ours = self.world.services
        racers = [threading.Thread(target=run, args=(one,)) for one in (ours, self.world.instance(ours.clock))]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        for error in raised:
            raise error

    @rule(after=st.integers(1, 40))
    @step
    def stall(self, after: int) -> None:
        """An instance stands still in the middle of a task, and for ten minutes another one goes on without it."""
        passed = 0

        def stand_still(point: str) -> None:
            nonlocal passed
            passed += 1
            if passed >= after and point.startswith(("before store", "before POST", "after POST")):
                self.world.boundaries.fault = lambda _point: None
                self.world.clock.advance(600)
                self.model.clocks_differed.append(self.world.clock())
                other = self.world.instance()
                with suppress(LinkError):
                    sweep(other)
                for _ in range(3):
                    self.dispatch_with(lambda task: run_task(other, task))

        self.world.boundaries.fault = stand_still
        self.restarting(self.world.dispatcher.run_due)
        self.world.boundaries.fault = lambda _point: None

    def dispatch_with(self, run: Callable[[Any], None]) -> None:
        dispatcher = self.world.dispatcher
        usual, dispatcher.run = dispatcher.run, run
        try:
            self.restarting(dispatcher.run_due)
        finally:
            dispatcher.run = usual

    @rule()
    @step
    def sweep(self) -> None:
        with suppress(LinkError):
            self.restarting(lambda: sweep(self.world.services))

    @rule(seconds=st.sampled_from((0.5, 20, 61, 301, 3600, 90_000)))
    @step
    def pass_time(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule(which=st.integers(0, 5))
    @step
    def look_at_dead_letter(self, which: int) -> None:
        """A person decides on one dead letter."""
        letters = self.model.letters()
        if letters:
            with suppress(LinkError):  # The store is down: the person sees that and tries again later.
                self.restarting(lambda: self.decide(letters[which % len(letters)]))

    # -- faults ----------------------------------------------------------------------------------------------------

    @rule(after=st.integers(1, 60))
    @step
    def die_soon(self, after: int) -> None:
        """The instance is killed `after` so many crash points from now."""
        self.world.boundaries.begin(after)

    @rule(after=st.integers(1, 30))
    @step
    def store_fails(self, after: int) -> None:
        """The call to the store at crash point `after` fails, before or after it was carried out."""
        passed = 0

        def fail(point: str) -> None:
            nonlocal passed
            if " store." not in point:
                return
            passed += 1
            if passed == after:
                raise StoreUnavailable("the store is away")

        self.world.boundaries.fault = fail

    @rule(
        peer=st.sampled_from(("econobis", "hoomdossier")), fault=st.sampled_from(PEER_FAULTS), times=st.integers(1, 4)
    )
    @step
    def peer_fails(self, peer: str, fault: dict[str, Any], times: int) -> None:
        """The peer's next `times` answers to the link have this fault."""
        # Econobis' paths hold one of the link's keys; the pages of its employees do not.
        ours = f"demo-{COOPERATION}-" if peer == "econobis" else "/api/v1"
        self.world.fault(peer, COOPERATION, match=ours, times=times, **fault)

    @rule(what=st.sampled_from(("mail_fails", "queue_goes", "queue_comes", "lose_tasks", "clock_steps_back")))
    @step
    def surroundings_fail(self, what: str) -> None:
        """One rule for what fails around the link: mail server, queue, tasks, clock."""
        getattr(self, what)()

    def mail_fails(self) -> None:
        faults = [MailFault(kind=kind, match="DATA end") for kind in ("reply", "lost_answer", "reset")]
        self.world.letters.add_faults(faults)

    def queue_goes(self) -> None:
        self.world.dispatcher.is_down = True

    def queue_comes(self) -> None:
        self.world.dispatcher.is_down = False

    def lose_tasks(self) -> None:
        self.world.dispatcher.lose_all()

    def clock_steps_back(self, seconds: int = -600) -> None:
        clock = self.world.clock
        self.is_slow = True
        self.world.services = self.world.instance(lambda: clock() + timedelta(seconds=seconds))

    def restarting(self, act: Callable[[], object]) -> None:
        """Calls `act`. An instance that is killed in it is replaced by a new one."""
        try:
            act()
        except Killed:
            self.restart()

    def restart_if_killed(self) -> None:
        """After a call without an answer: starts a new instance, if the old one was killed."""
        if self.world.boundaries.at is not None:
            self.restart()

    def restart(self) -> None:
        self.world.boundaries.fault = lambda _point: None
        self.is_slow = False
        self.world.die()

    # -- what must be true -----------------------------------------------------------------------------------------

    @invariant()
    def limits_hold(self) -> None:
        """Checked after every step."""
        if self.is_slow:
            self.model.clocks_differed.append(self.world.clock())
        self.model.check_limits()
        self.model.check_one_at_a_time()

    def teardown(self) -> None:
        """The end of the history. Raises AssertionError, which begins with the code of the invariant that broke."""
        try:
            self.end_faults()
            self.run_to_first_sweep()
            self.settle()
            self.model.check_unknown()
            for _ in range(4):
                for letter in self.model.letters():
                    self.decide(letter)
                self.settle()
            self.model.learn_of_deletes()
            self.model.check_limits()
            self.model.check_pauses()
            self.model.check_nothing_after_delete()
            ends.update(self.model.check_end())
        finally:
            self.exit.close()

    def end_faults(self) -> None:
        for tables in (self.world.econobis_rows, self.world.hoomdossier_rows):
            _no_faults(tables[COOPERATION])
        _no_faults(self.world.letters.database)
        self.world.dispatcher.is_down = False
        self.restart()

    def run_to_first_sweep(self) -> None:
        """I9: after the first sweep, five minutes after the faults ended, no work is overdue."""
        world = self.world
        swept_at = world.clock() + timedelta(seconds=SWEEP_EVERY)
        while world.clock() < swept_at:
            following = world.dispatcher.next_time()
            if not world.dispatcher.run_due():
                world.clock.advance((min(following or swept_at, swept_at) - world.clock()).total_seconds())
        sweep(world.services)
        while world.dispatcher.run_due():
            pass
        late = self.model.overdue(swept_at - timedelta(seconds=30))
        assert not late, f"I9: {late}"

    def settle(self) -> None:
        """As `World.settle`, but faster: it moves the clock to the next task, and sweeps once after each move."""
        world = self.world
        until = world.clock() + DONE_WITHIN
        for _ in range(MOST_STEPS):
            if world.clock() >= until:
                break
            if world.dispatcher.run_due():
                continue
            following = world.dispatcher.next_time()
            if not world.has_work() and (following is None or following > world.clock() + timedelta(hours=12)):
                return
            world.clock.advance(max(((following or world.clock()) - world.clock()).total_seconds(), 31))
            sweep(world.services)
        raise AssertionError(f"work is left: {world.work_left()} {world.dispatcher.waiting}")

    def decide(self, letter: DeadLetter) -> None:
        """A person does what the advice of the dead letter says: lets the peer send an event, closes or replays it."""
        services = self.world.services
        if letter.kind:
            self.model.resumed[WORDS[letter.kind]].append(self.world.clock())
        if letter.collection == "residents":
            contact_id = int(letter.key.rpartition(":")[2])
            person = next((one for one in self.model.people if self._is(one, contact_id)), None)
            building = self.model.building(person) if person else None
            if building is not None:
                # An event of this dossier tells the link its account id, and Econobis then asks for it.
                self._push(building["id"], "gebruik", 0)
                for _ in range(5):
                    self.world.dispatcher.run_due()
                self._click(contact_id)
                return
        if letter.kind == "report" and self._is_filed(letter):
            close(services, letter, "test")
        else:
            replay(services, letter, "test")

    def _is(self, person: Person, contact_id: int) -> bool:
        contact = self.model.contact(person)
        return contact is not None and contact["id"] in {contact_id, self.merged.get(contact_id)}

    def _is_filed(self, letter: DeadLetter) -> bool:
        """Whether the contact's newest document in Econobis is this report."""
        building_id = int(letter.key.rpartition(":")[2])
        contact = self.model.contact(self.model.owner[building_id])
        documents = self.world.rows(COOPERATION, "documents", contact_id=contact["id"]) if contact else []
        item = self.world.observer.records(relay.Relay).get(letter.key)
        blob = item.items["report"].blob if item and "report" in item.items else None
        return bool(documents and blob and documents[-1]["content_sha256"] == blob.sha256)


def _no_faults(tables: Any) -> None:
    for row in tables.rows("_faults"):
        tables.delete("_faults", row["id"])
