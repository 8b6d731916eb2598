"""The letters to resident and coach: what they say, when they go, and the calendar file of an appointment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.dead_letters.decide import replay
from shared.domain.keys import of_contact
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.resident import Resident as StoredResident
from shared.flows.run_task import Task
from shared.work.requests import want_email
from tests.world.letters import FIRST, LIENS, SECOND, THIRD, appointment, event, text, told
from tests.world.residents import COOPERATION, OTHER, WELCOME, Resident, check_whole, dead_letters
from tests.world.sent import letters
from tests.world.world import World

MAIL = "    mail:\n      name: Meer Energie\n"


def signed_up(world: World, cooperation: str = COOPERATION) -> Resident:
    resident = Resident(world, 1, cooperation)
    resident.sign_up()
    world.settle()
    return resident


# -- welcome and the note to the coach ---------------------------------------------------------------------------------


def test_a_new_dossier_gets_one_welcome(world: World, resident: Resident):
    """A second sign-up, a click in Econobis and an event send no second one."""
    resident.sign_up()
    resident.make_dossier()
    resident.push("gebruik")
    world.settle()
    (letter,) = letters(world, resident.email)
    assert letter.header("Subject") == WELCOME
    assert letter.header("From") == "Meer Energie <info@meer-energie.example>"
    assert f"Beste {resident.typed['voornaam']}" in text(letter)
    assert "Lien Peeters" in text(letter)


def test_a_letter_shows_the_e_mail_address_as_it_was_typed(world: World):
    """The address is sent with its domain in ASCII."""
    resident = Resident(world, 1)
    typed = {**resident.typed, "emailadres": "zoe@bücher.example"}
    answer = world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", typed)
    assert answer is not None
    assert answer.status_code == 202
    world.settle()
    (letter,) = letters(world, "zoe@xn--bcher-kva.example")
    assert "zoe@bücher.example" in text(letter)
    assert "xn--" not in text(letter) + str(letter.part("text/html"))
    (note,) = letters(world, LIENS)
    assert "zoe@bücher.example" in text(note)


def test_a_welcome_says_how_to_log_in_without_hoomdossiers_own_mail(world: World, resident: Resident):
    """Hoomdossier sends none for a dossier that was made at the second try (known-limits A2)."""
    (letter,) = letters(world, resident.email)
    for part in (text(letter), str(letter.part("text/html"))):
        assert "Komt die e-mail niet" in part
        assert "Wachtwoord vergeten?" in part


def test_without_a_dossier_there_is_no_welcome(adjusted):
    with adjusted(("dossier: true", "dossier: false")) as world:
        assert letters(world, signed_up(world).email) == []


SPAM = {
    "first_name": "Gratis spam.bank",
    "prefix": "",
    "last_name": "Win hxxp://spam",
    "street": "spam.nl",
    "city": "x",
}


def test_names_and_streets_that_look_like_links_are_left_out_of_every_letter(world: World, resident: Resident):
    """Econobis has names that our forms would refuse."""

    def as_econobis_has_it(stored: Any) -> Any:
        stored.person = stored.person.model_copy(update={name: SPAM[name] for name in ("first_name", "last_name")})
        stored.address = stored.address.model_copy(update={name: SPAM[name] for name in ("street", "city")})
        return stored

    world.services.records(StoredResident).update(of_contact(COOPERATION, resident.contact_id), as_econobis_has_it)
    about = {"contact_id": resident.contact_id, "coach_contact_id": 21}
    want_email(world.services, "again-1", COOPERATION, "welcome", **about)
    want_email(world.services, "again-2", COOPERATION, "coach_linked", **about)
    want_email(world.services, "again-3", COOPERATION, "coach_digest", **about)
    world.services.records(OutgoingMail).edit("again-3", lambda digest: digest.join(resident.contact_id))
    world.settle()
    appointment(resident, FIRST)
    welcome, visit = letters(world, resident.email)[1:]
    assert "Beste bewoner," in text(welcome)
    assert welcome.header("To") == visit.header("To") == resident.email
    _, *to_coach = letters(world, LIENS)
    assert len(to_coach) == 2
    for letter in (welcome, visit, *to_coach):
        assert "winst" not in letter.message.as_string() + text(letter) + str(letter.part("text/html"))
    assert all("Naam: bewoner (zie het dossier)" in text(note) for note in to_coach)
    assert all("huisnummer 1, 9000 x" in text(letter) for letter in (visit, *to_coach))


def test_the_letter_to_the_coach_has_name_address_and_e_mail_of_the_resident(world: World, resident: Resident):
    (letter,) = letters(world, LIENS)
    for fact in ("Lien Peeters", resident.typed["voornaam"], resident.typed["achternaam"], resident.email):
        assert fact in text(letter)
    assert "Kerkstraat 1, 9000 Gent" in text(letter)


# -- appointments ------------------------------------------------------------------------------------------------------


def test_an_appointment_is_told_when_it_is_set_moved_and_cancelled(world: World, resident: Resident):
    appointment(resident, FIRST, SECOND, None)
    was_set, was_moved, was_cancelled = told(resident)
    assert len({letter.header("Subject") for letter in told(resident)}) == 3
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(was_set)
    assert "zaterdag 6 maart 2027 om 11:30 uur" in text(was_moved)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(was_moved)
    assert "zaterdag 6 maart 2027 om 11:30 uur" in text(was_cancelled)
    assert "Lien Peeters" in text(was_set)
    check_whole(world)


def test_the_calendar_files_of_one_appointment_have_one_uid_and_rising_sequences(world: World, resident: Resident):
    """RFC 5546: the same UID, a higher SEQUENCE, and CANCEL to take it out."""
    appointment(resident, FIRST, SECOND, None, THIRD)
    files = [event(letter) for letter in told(resident)]
    assert [method for method, _ in files] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert {str(it["UID"]) for _, it in files} == {f"appointment-{COOPERATION}-{resident.building_id}@dossierlink"}
    numbers = [int(it["SEQUENCE"]) for _, it in files]
    assert numbers == sorted(set(numbers))
    assert [str(it["STATUS"]) for _, it in files] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    starts = [it["DTSTART"].dt.strftime("%Y-%m-%d %H:%M:%S") for _, it in files]
    assert starts == [FIRST, SECOND, SECOND, THIRD]


def test_the_length_of_a_visit_comes_from_the_settings(adjusted):
    with adjusted((MAIL, f"    events: {{appointment_minutes: 45}}\n{MAIL}")) as world:
        resident = signed_up(world)
        appointment(resident, FIRST)
        _, visit = event(told(resident)[0])
        assert visit["DTEND"].dt - visit["DTSTART"].dt == timedelta(minutes=45)


def test_the_appointments_of_two_dossiers_have_two_uids(world: World, resident: Resident):
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    appointment(resident, FIRST)
    appointment(other, FIRST)
    uids = {str(event(told(it)[0])[1]["UID"]) for it in (resident, other)}
    assert len(uids) == 2


def test_an_appointment_that_changes_twice_before_it_is_told_is_told_once(world: World, resident: Resident):
    for date in (FIRST, SECOND, THIRD):
        assert resident.set_appointment(date)
    world.settle()
    (letter,) = told(resident)
    assert "zondag 7 maart 2027 om 09:00 uur" in text(letter)
    assert event(letter)[0] == "REQUEST"


def test_two_letters_about_one_appointment_at_once_are_sent_once(world: World, resident: Resident):
    """The date was moved before the letter about the first one was sent, and two instances send them at once."""
    assert resident.set_appointment(FIRST)
    assert world.dispatcher.run_due()  # The delivery. The letter about it waits.
    mails = [name for name, task in world.dispatcher.waiting.items() if task.body["collection"] == "mails"]
    late = [world.dispatcher.waiting.pop(name) for name in mails]
    assert len(late) == 1
    assert resident.set_appointment(SECOND)

    def the_other_too(point: str) -> None:
        if point.startswith("before smtp.send") and late:
            world.dispatcher.run(Task.model_validate(late.pop().body))

    world.boundaries.fault = the_other_too
    world.settle()
    assert not late
    (letter,) = told(resident)
    assert "zaterdag 6 maart 2027 om 11:30 uur" in text(letter)


def test_an_appointment_that_is_removed_before_it_is_told_is_not_told(world: World, resident: Resident):
    for date in (FIRST, None):
        assert resident.set_appointment(date)
    world.settle()
    assert told(resident) == []


def test_an_appointment_that_is_moved_and_moved_back_before_it_is_told_is_not_told_again(
    world: World, resident: Resident
):
    appointment(resident, FIRST)
    for date in (SECOND, FIRST):
        assert resident.set_appointment(date)
    world.settle()
    assert len(told(resident)) == 1


def test_the_same_appointment_saved_again_is_not_told_again(world: World, resident: Resident):
    appointment(resident, FIRST, FIRST)
    assert len(told(resident)) == 1


# -- settings of the cooperation ---------------------------------------------------------------------------------------


def test_without_a_mail_server_a_letter_is_a_dead_letter_and_a_replay_sends_it(world: World):
    """LINK_SMTP is not set. All other work goes on."""
    world.services.smtp = lambda: None
    resident = signed_up(world)
    assert resident.contact["hoom_account_id"]
    shown = dead_letters(world)
    assert {letter.collection for letter in shown} == {"mails"}
    assert all("LINK_SMTP" in letter.why for letter in shown)
    world.start()
    for letter in shown:
        replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


def test_a_cooperation_without_mail_settings_sends_no_letters(adjusted):
    block = f"{MAIL}      sender_address: info@meer-energie.example\n      dossier_url:"
    with adjusted((block, "    #"), ('      colour: "#0b4f7a"\n', "")) as world:
        resident = signed_up(world)
        appointment(resident, FIRST)
        assert world.letters.letters() == []
        assert list(world.observer.records(OutgoingMail).all()) == []
        check_whole(world)


def test_a_template_of_the_cooperation_replaces_ours(adjusted, tmp_path: Path):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "welcome.txt.j2").write_text("Hoi {{ first_name }}\n\nEigen tekst.\n", encoding="utf-8")
    with adjusted((MAIL, f"{MAIL}      templates_folder: {templates}\n")) as world:
        resident = signed_up(world)
        (own,) = letters(world, resident.email)
        assert own.header("Subject") == f"Hoi {resident.typed['voornaam']}"
        assert text(own).strip() == "Eigen tekst."
        signed_up(world, OTHER)
        assert letters(world, resident.email)[1].header("Subject") == WELCOME
