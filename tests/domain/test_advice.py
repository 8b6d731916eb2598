"""Every error that can end in a dead letter says what is the matter and what to do, whatever the work was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from shared import errors
from shared.dead_letters.decide import CannotReplay
from shared.domain.advice import ERRORS, EVENTS, RELAY, RULES, Advice, code_of, text_of
from shared.domain.dossier_answers import for_dossier
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.econobis import answers as econobis
from shared.errors import LinkError, OutcomeUnknown, PeerError, Refused, StoreUnavailable, TooFast, Unavailable
from shared.events import set_visit_status
from shared.flows import deliver_event, request_dossier, submit_intake
from shared.hoomdossier import answers as hoomdossier
from shared.hoomdossier import client
from shared.mail.smtp import NoMailbox
from shared.work.kinds import KINDS
from shared.work.once import Gone

# A resident is parked by a rule of ours, whatever the error was (`create_dossier`).
ADVICE: dict[str, Advice] = {
    **{kind.collection: kind.advice for kind in KINDS if kind.model not in {Relay, Resident}},
    **{kind: EVENTS.get(kind, RELAY) for kind in get_args(EventKind)},
}
TO_ECONOBIS = [kind for kind, advice in ADVICE.items() if advice.peer == "Econobis"]
TO_HOOMDOSSIER = [kind for kind, advice in ADVICE.items() if advice.peer == "Hoomdossier"]
SHARED = Path(__file__).parents[2] / "shared"
WHAT_TO_DO = re.compile(r"(?i)speel|speelt|sluit|maak opnieuw|vraag|probeer|laat de coach")
GENERAL = {Refused, TooFast, Unavailable, OutcomeUnknown}
# Not on their own: they are the general kind for what they are, or never end in a dead letter.
NO_ADVICE_OF_THEIR_OWN = {
    econobis.BrokenAnswer,
    econobis.NoSuchContact,
    errors.StoodStill,
    hoomdossier.AlreadyLinked,
    hoomdossier.AlreadyRegistered,
    hoomdossier.ServerFault,
    client.NoFeed,
    set_visit_status.ByHand,
    CannotReplay,
}

# What each error is about, in a word that its advice has to hold, and what it may not say because it is not true.
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
    """Of work that it can come of."""
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


def test_every_error_of_a_peer_has_an_advice_and_a_row_here() -> None:
    assert set(all_kinds_of(PeerError)) - GENERAL - NO_ADVICE_OF_THEIR_OWN == ABOUT.keys()
    assert {error.__name__ for error in ABOUT} <= ERRORS.keys()


def test_every_advice_is_of_an_error_that_there_is() -> None:
    names = {kind.__name__ for kind in all_kinds_of(LinkError)} | {"LinkError"}
    assert ERRORS.keys() <= names
    for advice in ADVICE.values():
        assert advice.texts.keys() <= ERRORS.keys()


def test_every_rule_of_ours_is_used_and_says_what_to_do() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in SHARED.rglob("*.py") if file.name != "advice.py")
    for code, rule in RULES.items():
        assert f'"{code}"' in sources, code
        assert WHAT_TO_DO.search(rule.advice), code
    used = set(re.findall(r'Parked\(code="(\w+)"', sources))
    assert used <= RULES.keys()


@pytest.mark.parametrize("error", ABOUT, ids=lambda it: f"{it.__module__.split('.')[-2]}-{it.__name__}")
def test_an_advice_is_about_what_the_error_is_about(error: type[PeerError]) -> None:
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
def test_what_is_left_names_the_side_that_it_is_about(kind: str, error: type[LinkError]) -> None:
    advice = for_dead_letter(kind, error("reden"))
    assert WHAT_TO_DO.search(advice)
    assert "{" not in advice
    blames = re.search(r"(Econobis|Hoomdossier|[Dd]e mailserver) (weigert|kreeg|gaf|niet bereikbaar)", advice)
    assert not blames or blames[1].lower() == ADVICE[kind].peer.lower()
    assert "vindt" not in advice


def test_a_wrong_address_names_the_peer_whose_it_is() -> None:
    assert "adres van Econobis" in for_dead_letter("appointment", econobis.NotEconobis("302"))
    assert "adres van Hoomdossier" in for_dead_letter("links", hoomdossier.NoSuchPage("302"))


def test_a_status_and_an_appointment_look_for_another_visit() -> None:
    error = econobis.VisitNotFound("Afspraak niet gevonden in Econobis")
    assert "bezoek van deze coach" in for_dead_letter("appointment", error)
    assert "nog open" in for_dead_letter("status", error)
    assert "coach" not in for_dead_letter("status", error)


@pytest.mark.parametrize("kind", TO_HOOMDOSSIER)
def test_a_refusal_of_hoomdossier_is_no_refusal_of_econobis(kind: str) -> None:
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
def test_an_employee_hears_what_is_the_matter(error: LinkError, says: str) -> None:
    assert says in for_dossier(error)
