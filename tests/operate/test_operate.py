"""`python -m infra.operate` as a process, on a store with work in it: help, dead letters and erasure."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.operate.__main__ import COMMANDS
from shared.clock import to_text, utc_now
from shared.domain.keys import hashed
from shared.domain.resident import Resident as StoredResident
from shared.domain.submission import Submission
from shared.events.set_aside import set_aside
from shared.hoomdossier.inbound import event_of
from shared.store.port import Query
from tests.operate.command import run
from tests.world.faults import refused_dossier
from tests.world.personal_data import found, kept, of_person
from tests.world.residents import COOPERATION, OTHER, Resident, check_whole, dead_letters
from tests.world.trouble import stuck_mail
from tests.world.world import World, open_world

ROOT = Path(__file__).parents[2]
REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
NOT_A_PDF = {"pdf": {"contents": "Z2VoZWlt"}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One resident per cooperation. Econobis refused three events, and one report is no PDF: four dead letters."""
    with open_world(tmp_path) as world:
        for cooperation in (COOPERATION, OTHER):
            assert Resident(world, 1, cooperation).sign_up()
        world.settle()
        resident = Resident(world, 1)
        for kind in ("woonplan", "woning-status"):
            world.fault("econobis", COOPERATION, kind="status", status=404, match=f"/{kind}", body=REFUSED)
        assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
        assert resident.tell("woning-status") == 200
        assert resident.tell("pdf", **NOT_A_PDF) == 200
        world.fault("econobis", OTHER, kind="status", status=404, match="/gebruik", body=REFUSED)
        assert Resident(world, 1, OTHER).tell("gebruik") == 200
        world.settle()
        yield world


def letters(world: World, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(world, "dead-letters", *arguments, **environment)


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines on stdout. Logs go to stderr."""
    return done.stdout.splitlines()


def ids(world: World, cooperation: str | None = None) -> list[str]:
    return [letter.id for letter in dead_letters(world, cooperation)]


def audit(world: World) -> list[tuple[str, str, str, str]]:
    found = [document.data for document in world.observer.store.find(Query("audit"))]
    return sorted((line["action"], line["by"], line["about"], line["cooperation"]) for line in found)


def versions(world: World) -> list[tuple[str, str]]:
    """Every document with its version: the same before and after means that nothing was written."""
    collections = ("submissions", "residents", "dossier_requests", "links", "relays", "mails", "audit")
    documents = [document for name in collections for document in world.observer.store.find(Query(name))]
    return [(document.key, str(document.version)) for document in documents]


# -- help --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_and_shows_an_example(world: World, command: str):
    before = versions(world)
    everything, one = run(world, "--help"), run(world, command, "--help")
    assert (everything.returncode, one.returncode) == (0, 0)
    summary = one.stdout.split("\n\n")[1].splitlines()[0]
    assert re.search(rf"{command}\s+{re.escape(summary)}", everything.stdout)
    assert f"  python -m infra.operate {command} " in one.stdout
    assert versions(world) == before


@pytest.mark.parametrize("arguments", [[], ["no-such-command"]])
def test_without_a_command_that_exists_it_says_how_to_use_it(world: World, arguments: list[str]):
    done = run(world, *arguments)
    assert done.returncode == 2
    assert "usage: python -m infra.operate" in done.stderr


def test_the_help_of_all_explains_the_exit_status_and_no_other_text_does(world: World):
    help_of_all = run(world, "--help").stdout
    assert [line.split()[0] for line in help_of_all.splitlines() if re.match(r"  [0-9]   ", line)] == ["0", "1", "2"]
    for command in COMMANDS.values():
        assert not re.search(r"status \d", command.HELP)


# -- dead letters ------------------------------------------------------------------------------------------------------


def test_list_has_an_id_and_a_date_of_each_and_changes_nothing(world: World):
    before = versions(world)
    listed = letters(world, "list")
    assert listed.returncode == 0, listed.stderr
    assert sorted(line.split()[0] for line in listed.stdout.splitlines()) == sorted(ids(world))
    assert all("sinds 2026-11-23" in line for line in listed.stdout.splitlines())
    assert "4 dead letters" in listed.stderr
    assert not found(listed.stdout + listed.stderr, "geheim", *of_person(Resident(world, 1)))
    assert versions(world) == before


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--cooperation", OTHER], ["usage"]),
        (["--kind", "plan"], ["plan"]),
        (["--cooperation", COOPERATION, "--reason", "not found"], ["plan", "status"]),
    ],
)
def test_options_choose_dead_letters(world: World, options: list[str], kinds: list[str]):
    listed = letters(world, "list", *options)
    assert listed.returncode == 0
    assert sorted(line.split()[0].rpartition("/")[2] for line in listed.stdout.splitlines()) == kinds


@pytest.mark.parametrize("action", ["list", "replay"])
def test_a_cooperation_that_does_not_exist_is_refused_with_those_that_do(world: World, action: str):
    done = letters(world, action, "--cooperation", "zonigdorp")
    assert (done.returncode, said(done)) == (2, [])
    assert done.stderr.splitlines()[-1] == f"no cooperation zonigdorp, only {', '.join(world.services.cooperations)}"


def test_show_says_why_and_what_to_do(world: World):
    (id_,) = ids(world, OTHER)
    shown = letters(world, "show", id_)
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[0].startswith(id_)
    assert "Waarom: Contact 7 not found or removed in Econobis" in shown.stdout
    assert "Wat te doen: " in shown.stdout
    assert len(shown.stdout.splitlines()) == 3


def test_json_is_for_programs(world: World):
    listed = letters(world, "list", "--json", "--kind", "report")
    (letter,) = json.loads(listed.stdout)
    assert letter["id"] in ids(world, COOPERATION)
    assert (letter["cooperation"], letter["unknown"], letter["final"]) == (COOPERATION, False, True)
    assert "PDF" in letter["reason"]
    assert "opnieuw maken" in letter["advice"]
    assert {"code", "at"} <= set(letter)


def test_an_unknown_id_is_reported_and_the_others_are_done(world: World):
    (id_,) = ids(world, OTHER)
    done = letters(world, "close", "relays/no:1/report", id_, "--by", "Anna")
    assert done.returncode == 1
    assert "relays/no:1/report: no dead letter" in done.stderr
    assert ids(world, OTHER) == []


def test_a_replayed_event_is_delivered_and_the_audit_line_says_who_decided(world: World):
    chosen = next(it for it in ids(world) if it.endswith("/plan"))
    done = letters(world, "replay", chosen, "--by", "Anna")
    assert (done.returncode, said(done)) == (0, [f"{chosen}  replay"]), done.stderr
    assert audit(world) == [("replay", "Anna", chosen, COOPERATION)]
    world.settle()
    assert [row["answered"] for row in world.received("econobis", COOPERATION, "/woonplan")] == [404, 200]
    assert chosen not in ids(world)


def test_replay_of_many_with_an_option(world: World):
    done = letters(world, "replay", "--cooperation", COOPERATION, "--kind", "relays", "--reason", "not found")
    assert done.returncode == 0
    assert len(said(done)) == 2
    assert len(audit(world)) == 2
    assert len(ids(world)) == 2


def test_a_replay_that_cannot_help_is_refused_with_the_advice(world: World):
    for dry in ([], ["--dry-run"]):
        done = letters(world, "replay", "--kind", "report", *dry)
        assert done.returncode == 2
        assert "opnieuw maken" in done.stderr
    assert audit(world) == []
    assert len(ids(world)) == 4


def test_close_deletes_the_dead_letter_with_its_content(world: World):
    assert found(kept(world), "geheim")
    done = letters(world, "close", "--all", "--by", "Anna")
    assert done.returncode == 0
    assert {(action, by) for action, by, *_ in audit(world)} == {("close", "Anna")}
    assert len(audit(world)) == 4
    assert ids(world) == []
    assert not found(kept(world), "geheim")
    world.settle()
    assert [row["answered"] for row in world.received("econobis", COOPERATION, "/woonplan")] == [404]
    check_whole(world)


def test_settle_stores_the_account_that_a_person_looked_up(world: World):
    neighbour, resident = Resident(world, 1), Resident(world, 3)
    assert neighbour.sign_up()
    world.settle()
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="register")
    assert resident.sign_up()
    world.settle()
    chosen = next(it for it in ids(world) if it.startswith("residents/"))
    account = str(resident.dossiers[0]["account_id"])
    for dry in ([], ["--dry-run"]):
        taken = letters(world, "settle", chosen, "--account-id", str(neighbour.dossiers[0]["account_id"]), *dry)
        assert taken.returncode == 2
        assert f"is that of contact {neighbour.contact['id']}" in taken.stderr
    would = letters(world, "settle", chosen, "--account-id", account, "--dry-run")
    assert (would.returncode, said(would)) == (0, [f"{chosen}  would settle"])
    assert audit(world) == []
    assert letters(world, "settle", chosen).returncode == 2
    assert letters(world, "settle", "--all", "--account-id", account).returncode == 2
    done = letters(world, "settle", chosen, "--account-id", account, "--by", "Anna")
    assert (done.returncode, said(done)) == (0, [f"{chosen}  settle"]), done.stderr
    assert audit(world) == [("settle", "Anna", chosen.removeprefix("residents/"), COOPERATION)]
    world.settle()
    assert chosen not in ids(world)
    assert str(resident.contact["hoom_account_id"]) == account
    resident.check()


def test_a_dossier_that_hoomdossier_refused_is_settled_by_its_request(world: World):
    refused = refused_dossier(world, 3)
    (chosen,) = [it for it in ids(world) if it.startswith("dossier_requests/")]
    before = versions(world)
    would = letters(world, "settle", chosen, "--account-id", "4711", "--dry-run")
    assert (would.returncode, said(would)) == (0, [f"{chosen}  would settle"]), would.stderr
    assert versions(world) == before
    done = letters(world, "settle", chosen, "--account-id", "4711", "--by", "Anna")
    assert (done.returncode, said(done)) == (0, [f"{chosen}  settle"]), done.stderr
    assert audit(world) == [("settle", "Anna", chosen.removeprefix("dossier_requests/"), COOPERATION)]
    world.settle()
    assert refused.contact["hoom_account_id"] == 4711
    assert chosen not in ids(world)


def test_settle_is_refused_for_what_is_no_dossier(world: World):
    (chosen,) = ids(world, OTHER)
    before = versions(world)
    for dry in ([], ["--dry-run"]):
        done = letters(world, "settle", chosen, "--account-id", "4711", *dry)
        assert (done.returncode, said(done)) == (2, [])
        assert "Alleen bij een dossier" in done.stderr
    assert versions(world) == before


def test_what_a_person_has_to_decide_about_is_replayed_by_its_id_only(world: World):
    held = "mails/" + stuck_mail(world.observer, COOPERATION, 9999, "welcome_held")
    for all_of in (["--all"], ["--cooperation", COOPERATION]):
        done = letters(world, "replay", *all_of, "--dry-run")
        assert done.returncode == 1
        assert f"{held}  would replay" not in done.stdout
        assert f"{held}  left out, decide about it by its id: " in done.stderr
    letters(world, "replay", "--all")
    assert held in ids(world)
    assert letters(world, "replay", held).returncode == 0
    assert held not in ids(world)


def test_a_decision_while_somebody_else_decides_about_the_same_says_so(world: World):
    (chosen, *_) = ids(world, OTHER)
    lock = {"owner": "somebody else", "expires_at": "2099-01-01T00:00:00.000000Z"}
    world.observer.store.create("locks", f"decision-{hashed(chosen.split('/')[1])}", lock)
    done = letters(world, "close", chosen)
    assert (done.returncode, said(done)) == (2, [])
    assert "run this again in half a minute" in done.stderr
    assert "Traceback" not in done.stderr
    assert chosen in ids(world, OTHER)
    assert not audit(world)


def test_a_decision_without_a_name_is_refused(world: World):
    before = versions(world)
    done = letters(world, "close", "--all", "--by", " ")
    assert done.returncode == 2
    assert "say who decides this" in done.stderr
    assert versions(world) == before


@pytest.mark.parametrize("action", ["replay", "close"])
def test_a_dry_run_prints_what_would_be_done_and_changes_nothing(world: World, action: str):
    before = versions(world)
    done = letters(world, action, "--all", "--dry-run")
    refused = [id_ for id_ in ids(world) if action == "replay" and id_.endswith("/report")]
    assert done.returncode == (1 if refused else 0)
    assert sorted(said(done)) == sorted(f"{id_}  would {action}" for id_ in set(ids(world)) - set(refused))
    assert versions(world) == before


def test_nothing_is_done_to_all_without_the_option_all(world: World):
    before = versions(world)
    done = letters(world, "replay")
    assert done.returncode == 2
    assert "--all" in done.stderr
    assert versions(world) == before


def test_without_by_the_audit_line_names_the_user_who_is_logged_in(world: World):
    assert letters(world, "close", *ids(world, OTHER), LOGNAME="anna").returncode == 0
    assert [by for _, by, *_ in audit(world)] == ["anna"]


# -- wrong settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "wrong", "named"),
    [
        (["dead-letters", "list"], {"LINK_CONFIG": "/nowhere/cooperations.yaml"}, "/nowhere/cooperations.yaml"),
        (["dead-letters", "close", "--all"], {"LINK_STORE": "mysql://here"}, "LINK_STORE"),
        (["erase", COOPERATION, "1001"], {"MEER_ENERGIE_WEBFORM": ""}, "MEER_ENERGIE_WEBFORM"),
    ],
)
def test_wrong_settings_are_reported_without_a_traceback(
    world: World, command: list[str], wrong: dict[str, str], named: str
):
    before = versions(world)
    done = run(world, *command, **wrong)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(world) == before


# -- rebuild -----------------------------------------------------------------------------------------------------------


def test_rebuild_says_what_it_mended_and_then_that_all_is_right(world: World):
    assert run(world, "rebuild").returncode == 0  # It drops the counts that became 0.
    store = world.observer.store
    tally = store.find(Query("tallies", limit=1))[0]
    store.replace(
        "tallies", tally.key, {**tally.data, "counts": {**tally.data["counts"], "at|||never|": 3}}, tally.version
    )
    first, again = run(world, "rebuild"), run(world, "rebuild")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    looked = said(again)[0].partition(",")[0]
    assert said(first) == [
        f"{looked}, mended 0 documents and 1 set of counts",
        f"{looked.replace('look 1', 'look 2')}, mended 0 documents and 0 sets of counts",
        "all is right",
    ]
    assert said(again) == [f"{looked}, mended 0 documents and 0 sets of counts", "all is right"]


def test_rebuild_stamps_residents_of_before_the_feed(world: World):
    """A feed that is asked for what changed finds them from then on."""
    assert run(world, "rebuild").returncode == 0
    store = world.observer.store
    query = Query("residents", {"cooperation": COOPERATION}, order_by="changed_at")
    (stored,) = store.find(query)
    without = {name: it for name, it in stored.data.items() if name != "changed_at"}
    store.replace("residents", stored.key, without, stored.version)
    assert store.find(query) == []
    begun = utc_now()
    assert ", mended 1 document " in said(run(world, "rebuild"))[0]
    (stamped,) = store.find(query)
    assert stamped.data == {**without, "changed_at": stamped.data["changed_at"]}
    assert to_text(begun) <= stamped.data["changed_at"] <= to_text(utc_now())


def test_rebuild_that_the_store_breaks_off_says_to_run_it_again(world: World):
    (world.folder / "broken").mkdir()
    done = run(world, "rebuild", LINK_STORE=f"sqlite:///{world.folder / 'broken'}")
    assert (done.returncode, said(done)) == (2, [])
    assert "what was mended stays: run this again" in done.stderr


# -- erasure -----------------------------------------------------------------------------------------------------------


def test_erase_forgets_a_contact_and_says_who_decided(world: World):
    resident, other = Resident(world, 1), Resident(world, 1, OTHER)
    assert found(kept(world), *of_person(resident))
    done = run(world, "erase", COOPERATION, str(resident.contact_id), "--by", "Anna")
    assert done.returncode == 0, done.stderr
    told = "1 resident, 1 sign-up, 1 link of a coach, 1 home with what Hoomdossier told of it, 2 e-mails"
    assert said(done) == [f"forgotten of contact {resident.contact_id}: {told}"]
    assert audit(world) == [("erase", "Anna", f"{COOPERATION}:{resident.contact_id}", COOPERATION)]
    assert ids(world, COOPERATION) == []
    assert not found(kept(world), "geheim")
    (there,) = [record for _, record in world.observer.records(StoredResident).all()]
    assert (there.cooperation, there.person.email) == (OTHER, other.email)
    assert len(ids(world, OTHER)) == 1


def test_erase_again_finds_nothing_more(world: World):
    contact = str(Resident(world, 1).contact_id)
    run(world, "erase", COOPERATION, contact)
    before = [line for line in kept(world).splitlines() if not line.startswith(("audit", "erasures"))]
    done = run(world, "erase", COOPERATION, contact)
    assert done.returncode == 0
    assert said(done) == [f"nothing was there of contact {contact}, so nothing is gone"]
    assert [line for line in kept(world).splitlines() if not line.startswith(("audit", "erasures"))] == before


ADDRESSES = [
    ("lea@voorbeeld.example", " LEA@Voorbeeld.Example "),
    ("zoe@bücher.example", "zoe@bücher.example"),
    ("zoe@bücher.example", "Zoe@xn--bcher-kva.example"),
    ("zoe@xn--bcher-kva.example", "zoe@BÜCHER.example"),
    ("lea@voorbeeld.example", "Lea Peeters <lea@voorbeeld.example>"),
]


@pytest.mark.parametrize(("typed", "asked"), ADDRESSES)
def test_erase_by_email_finds_a_sign_up_without_a_contact(world: World, typed: str, asked: str):
    """Econobis' answer was lost, so the contact is unknown. The address is read as a form reads it."""
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    lost = Resident(world, 3)
    answer = world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", {**lost.typed, "emailadres": typed})
    assert answer is not None
    assert answer.status_code == 202, answer.text
    world.dispatcher.run_due()
    assert found(kept(world), lost.typed["achternaam"])
    done = run(world, "erase", COOPERATION, "4242", "--email", asked)
    assert done.returncode == 0, done.stderr
    assert said(done) == ["forgotten of contact 4242, and of this e-mail address: 1 sign-up"]
    assert not found(kept(world), lost.typed["achternaam"])


@pytest.mark.parametrize("asked", ["", "anna", "anna@", "@voorbeeld.nl", "anna@voorbeeld", "a@b.nl, c@d.nl", "1001"])
def test_erase_refuses_an_invalid_address_and_says_why(world: World, asked: str):
    before = versions(world)
    done = run(world, "erase", COOPERATION, str(Resident(world, 1).contact_id), "--email", asked)
    assert done.returncode == 2
    assert "is no e-mail address: Vul" in done.stderr
    assert versions(world) == before


@pytest.mark.parametrize("asked", ["1_001", "0", "-5", "01001", "1001.0", "C1001", "１００１", ""])
def test_erase_refuses_an_invalid_contact_id(world: World, asked: str):
    """`int()` would read 1_001 as 1001."""
    before = versions(world)
    done = run(world, "erase", COOPERATION, "--", asked)
    assert done.returncode == 2
    assert "is no contact id" in done.stderr
    assert versions(world) == before


def test_erase_leaves_another_contact_with_the_same_address(world: World):
    """Two residents of one home share a mailbox; each has a contact."""
    shared, other = Resident(world, 1), Resident(world, 3)
    assert other.sign_up()
    world.settle()
    submissions = world.observer.records(Submission)
    (one,) = submissions.find(where={"cooperation": COOPERATION, "contact_id": shared.contact_id})
    ((key, _),) = submissions.find(where={"cooperation": COOPERATION, "contact_id": other.contact_id})

    def share(stored: Submission | None) -> Submission | None:
        return stored and stored.model_copy(update={"email_key": one[1].email_key})

    submissions.update(key, share)
    run(world, "erase", COOPERATION, str(shared.contact_id), "--email", shared.email)
    assert [found for found, _ in submissions.find(where={"cooperation": COOPERATION})] == [key]


def test_erase_takes_merged_contacts_together_and_says_so(world: World, tmp_path: Path):
    contact = Resident(world, 1).contact_id
    merge = f"  meer-energie:\n    merged_contacts: {{{contact}: 4242}}\n"
    settings = Path(world.environment()["LINK_CONFIG"]).read_text(encoding="utf-8")
    merged = tmp_path / "merged.yaml"
    merged.write_text(settings.replace("  meer-energie:\n", merge), encoding="utf-8")
    done = run(world, "erase", COOPERATION, "4242", LINK_CONFIG=str(merged))
    assert done.returncode == 0, done.stderr
    assert said(done)[0].startswith(f"forgotten of contacts {contact} and 4242, who are one: 1 resident, 1 sign-up")
    assert "merged_contacts" in done.stderr
    assert [record.cooperation for _, record in world.observer.records(StoredResident).all()] == [OTHER]


def test_erase_of_a_coach_says_that_the_settings_still_name_the_coach(world: World):
    done = run(world, "erase", COOPERATION, "21")
    assert done.returncode == 0, done.stderr
    assert said(done) == ["forgotten of contact 21: 1 link of a coach, 1 e-mail"]
    assert "contact 21 still stands in the settings, among the coaches" in done.stderr
    assert len(list(world.observer.records(StoredResident).all())) == 2


def test_erase_counts_files_and_events_that_were_set_aside(world: World):
    resident = Resident(world, 1)
    assert resident.tell("pdf", pdf={"contents": base64.b64encode(b"%PDF-1.7 rapport").decode()}) == 200
    related = {**resident.related, "building_id": 777}
    set_aside(world.observer, COOPERATION, event_of("usage", {"account_related": related}))
    assert len(list((world.folder / "blobs").iterdir())) == 2
    done = run(world, "erase", COOPERATION, str(resident.contact_id))
    assert "2 homes with what Hoomdossier told of them, 1 stored file" in said(done)[0]
    assert not list((world.folder / "blobs").iterdir())


def test_erase_finds_an_event_about_another_residents_home(world: World):
    other = Resident(world, 3)
    assert other.sign_up()
    world.settle()
    assert other.push("gebruik")
    before = ids(world)
    odd = {**other.related, "contact_id": 4242}
    assert (
        other.tell("woonplan", account_related=odd, user_action_plan_advice_comments={"resident": "van ander"}) == 200
    )
    world.settle()
    assert found(kept(world), "van ander")
    done = run(world, "erase", COOPERATION, "4242")
    assert said(done) == ["forgotten of contact 4242: 1 event that stood with another's home"]
    assert not found(kept(world), "van ander")
    other.check()
    assert ids(world) == before


def test_erase_says_when_it_could_not_finish(world: World):
    """The store is not a database."""
    (world.folder / "broken").mkdir()
    done = run(world, "erase", COOPERATION, "4242", LINK_STORE=f"sqlite:///{world.folder / 'broken'}")
    assert done.returncode == 2
    assert "run this again" in done.stderr


@pytest.mark.parametrize(("arguments", "said"), [(["no-such", "1"], "no-such"), ([COOPERATION, "Jansen"], "Jansen")])
def test_erase_with_an_unknown_cooperation_or_contact_changes_nothing(world: World, arguments: list[str], said: str):
    before = versions(world)
    done = run(world, "erase", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert versions(world) == before
