"""Every error that can end in a dead letter has advice that says what is wrong and what to do, for each kind of work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from shared import address_register, errors
from shared.dead_letters.decide import CannotReplay
from shared.domain.cause_titles import TITLES, UNSURE, title_of
from shared.domain.dead_letter_texts import ERRORS, EVENTS, RELAY, RULES, Advice, code_of, text_of
from shared.domain.dossier_answers import for_dossier
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.econobis import answers as econobis
from shared.errors import LinkError, OutcomeUnknown, PeerError, Refused, StoreUnavailable, TooFast, Unavailable
from shared.events import set_visit_status
from shared.flows import deliver_event, request_dossier, submit_intake
from shared.hoomdossier import answers as hoomdossier
from shared.hoomdossier import client
from shared.mail.answers import NoMailbox
from shared.work.kinds import KINDS
from shared.work.once import Gone

# `create_dossier` parks a resident by a rule of ours, with any error.
ADVICE: dict[str, Advice] = {
    **{kind.collection: kind.advice for kind in KINDS if kind.model not in {Relay, Resident}},
    **{kind: EVENTS.get(kind, RELAY) for kind in get_args(EventKind)},
}
TO_ECONOBIS = [kind for kind, advice in ADVICE.items() if advice.peer == "Econobis"]
TO_HOOMDOSSIER = [kind for kind, advice in ADVICE.items() if advice.peer == "Hoomdossier"]
SHARED = Path(__file__).parents[2] / "shared"
WHAT_TO_DO = re.compile(r"(?i)verstuur|verstuurt|afgehandeld|maak opnieuw|vraag|probeer|laat de coach")
OF_TEXTS = {"dead_letter_texts.py", "cause_titles.py"}
GENERAL = {Refused, TooFast, Unavailable, OutcomeUnknown}
# These have the text of the class above them, or never end in a dead letter.
NO_ADVICE_OF_THEIR_OWN = {
    econobis.BrokenAnswer,
    econobis.NoSuchContact,
    address_register.RegisterAway,  # no work waits for it
    errors.StoodStill,
    hoomdossier.AlreadyLinked,
    hoomdossier.AlreadyRegistered,
    hoomdossier.ServerFault,
    client.NoFeed,
    set_visit_status.ByHand,
    CannotReplay,
}

# For each error: words that its advice must have, and words that it may not have because they would be untrue.
ABOUT: dict[type[PeerError], tuple[str, str]] = {
    econobis.KeyUnknown: ("sleutel.*webform_key.*event_key", "bezoek aan|vindt geen"),
    econobis.SwitchedOff: ("Hoom link", "sleutel"),
    econobis.ContactGone: ("contact bestaat niet meer.*merged_contacts", "vindt|sleutel"),
    econobis.AccountDiffers: ("ander account-id", "vindt|sleutel"),
    econobis.AccountNotStoredYet: ("geen account-id", "vindt|sleutel"),
    econobis.NoAddress: ("primair adres", r"vindt|sleutel|\burl\b"),
    econobis.VisitNotFound: ("vindt bij deze bewoner geen bezoek", "sleutel"),
    econobis.NotACoach: ("geen coach", "vindt|sleutel"),
    econobis.StillInUse: ("kansen", "vindt|sleutel"),
    econobis.RolledBack: ("loopt elke keer vast", "weigert|vindt"),
    econobis.NotEconobis: ("adres", "weigert|vindt|sleutel"),
    econobis.NoRoomInMinute: ("per minuut", "weigert|vindt"),
    errors.AddressUnknown: ("adres", "weigert|vindt|sleutel"),
    hoomdossier.KeyRevoked: ("sleutel", "Econobis"),
    hoomdossier.NoAccess: ("sleutel", "Econobis"),
    hoomdossier.CooperationUnknown: ("adres", "Econobis|sleutel"),
    hoomdossier.NoSuchPage: ("adres", "Econobis|sleutel"),
    hoomdossier.NotRegistered: ("nog geen account", "Econobis weigert|sleutel"),
    deliver_event.NoCampaigns: ("campagne", "weigert|vindt|sleutel"),
    set_visit_status.ResidentNotKnown: ("weet te weinig", "weigert|vindt|sleutel"),
    set_visit_status.OtherContactFound: ("ander contact", "weigert|geen bezoek|sleutel"),
    request_dossier.ContactNotFound: ("Maak Hoomdossier", "weigert|sleutel"),
    request_dossier.OldAccount: ("account-id.*verwijderd", "weigert|vindt|sleutel"),
    request_dossier.DossierRefused: ("Hoomdossier maakte dit dossier niet.*sleutel", "Econobis weigert"),
    request_dossier.DossierNotAsked: ("Maak Hoomdossier", "weigert|sleutel"),
    request_dossier.NoDossierYet: ("nog niet gemaakt", "weigert|sleutel"),
    NoMailbox: ("e-mailadres niet bestaat", "Econobis weigert|sleutel"),
    submit_intake.NoIntake: ("geen intake", "weigert|vindt|sleutel"),
}


def for_dead_letter(kind: str, error: LinkError) -> str:
    return text_of(code_of(error), "reden", ADVICE[kind]).advice


def kinds_of(error: type[LinkError]) -> list[str]:
    """The kinds of work that can end with this error."""
    if error.__module__.startswith("shared.hoomdossier"):
        return TO_HOOMDOSSIER
    if error.__module__.startswith("shared.econobis"):
        return TO_ECONOBIS
    by_flow = {
        deliver_event: get_args(EventKind),
        set_visit_status: ["appointment"],
        request_dossier: ["dossier_requests"],
        submit_intake: ["submissions"],
    }
    return next((list(kinds) for flow, kinds in by_flow.items() if flow.__name__ == error.__module__), list(ADVICE))


def all_kinds_of(error: type[LinkError]) -> Iterator[type[LinkError]]:
    for kind in error.__subclasses__():
        if kind.__module__.startswith("shared."):
            yield kind
            yield from all_kinds_of(kind)


def test_every_error_of_a_peer_has_advice_and_a_row_here() -> None:
    assert set(all_kinds_of(PeerError)) - GENERAL - NO_ADVICE_OF_THEIR_OWN == ABOUT.keys()
    assert {error.__name__ for error in ABOUT} <= ERRORS.keys()


def test_every_cause_has_a_heading_and_no_heading_is_left_over() -> None:
    assert TITLES.keys() == RULES.keys() | ERRORS.keys()
    assert len(set(TITLES.values())) == len(TITLES)
    assert title_of("ErrorOfTomorrow")
    assert {code_of(error("reden")) for error in all_kinds_of(OutcomeUnknown)} | {"OutcomeUnknown"} <= UNSURE


def test_every_advice_belongs_to_an_error_that_exists() -> None:
    names = {kind.__name__ for kind in all_kinds_of(LinkError)} | {"LinkError"}
    assert ERRORS.keys() <= names
    for advice in ADVICE.values():
        assert advice.texts.keys() <= ERRORS.keys()


def test_every_rule_of_ours_is_used_and_says_what_to_do() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in SHARED.rglob("*.py") if file.name not in OF_TEXTS)
    for code, rule in RULES.items():
        assert f'"{code}"' in sources, code
        assert WHAT_TO_DO.search(rule.advice), code
    used = set(re.findall(r'Parked\(code="(\w+)"', sources))
    assert used <= RULES.keys()


@pytest.mark.parametrize("error", ABOUT, ids=lambda it: f"{it.__module__.split('.')[-2]}-{it.__name__}")
def test_the_advice_fits_the_error(error: type[PeerError]) -> None:
    says, never = ABOUT[error]
    for kind in kinds_of(error):
        advice = for_dead_letter(kind, error("reden"))
        assert re.search(says, advice), (kind, advice)
        assert not re.search(never, advice), (kind, advice)
        assert WHAT_TO_DO.search(advice), (kind, advice)


@pytest.mark.parametrize("kind", ADVICE)
@pytest.mark.parametrize(
    "error",
    [*sorted(GENERAL, key=lambda it: it.__name__), errors.BlobDamaged, StoreUnavailable, econobis.BrokenAnswer, Gone],
)
def test_general_advice_blames_no_other_peer(kind: str, error: type[LinkError]) -> None:
    advice = for_dead_letter(kind, error("reden"))
    assert WHAT_TO_DO.search(advice)
    assert "{" not in advice
    blames = re.search(r"(Econobis|Hoomdossier|[Dd]e mailserver) (weigert|kreeg|gaf|niet bereikbaar)", advice)
    assert not blames or blames[1].lower() == ADVICE[kind].peer.lower()
    assert "vindt" not in advice


def test_advice_about_a_wrong_address_names_the_peer() -> None:
    assert "adres van Econobis" in for_dead_letter("appointment", econobis.NotEconobis("302"))
    assert "adres van Hoomdossier" in for_dead_letter("links", hoomdossier.NoSuchPage("302"))


def test_a_missing_visit_has_other_advice_for_a_status_than_for_an_appointment() -> None:
    error = econobis.VisitNotFound("Afspraak niet gevonden in Econobis")
    assert "bezoek van deze coach" in for_dead_letter("appointment", error)
    assert "nog open" in for_dead_letter("status", error)
    assert "coach" not in for_dead_letter("status", error)


@pytest.mark.parametrize("kind", TO_HOOMDOSSIER)
def test_a_refusal_of_hoomdossier_is_not_attributed_to_econobis(kind: str) -> None:
    assert "Econobis weigert" not in for_dead_letter(kind, Refused("nee"))
    assert "Econobis weigert" not in for_dead_letter("dossier_requests", request_dossier.DossierRefused("nee"))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (hoomdossier.KeyRevoked("x"), "sleutel of adres"),
        (hoomdossier.NoAccess("x"), "sleutel of adres"),
        (hoomdossier.CooperationUnknown("x"), "sleutel of adres"),
        (hoomdossier.NoSuchPage("x"), "sleutel of adres"),
        (Refused("Dit e-mailadres is ongeldig."), "maakt dit dossier niet: Dit e-mailadres is ongeldig."),
        (OutcomeUnknown("x"), "niet zeker"),
        (Unavailable("x"), "nu niet bereikbaar"),
        (TooFast("x"), "te druk"),
        (StoreUnavailable("x"), "De koppeling is nu niet beschikbaar"),
        (Gone("x"), "De koppeling is nu niet beschikbaar"),
    ],
)
def test_the_answer_to_an_employee_says_what_went_wrong(error: LinkError, says: str) -> None:
    assert says in for_dossier(error)
