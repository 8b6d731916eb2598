"""The campaign of `make run -- --campaign`: somebody at every step, and the three systems tell the same story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import httpx
import pytest

from infra.local.full_campaign.fill import COOPERATION, NotEmpty, fill
from infra.local.full_campaign.peers import Peers
from infra.local.full_campaign.people import COUNT, invent
from infra.local.run import running
from infra.standins.database import Database
from shared import wiring
from shared.clock import utc_now
from shared.dead_letters.find import find_dead_letters
from shared.domain.journey import WaitsFor
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.flows.pull_appointments import pull_appointments
from shared.work.services import Services

pytestmark = pytest.mark.xdist_group("full_campaign")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module")
def base(state: Path) -> Iterator[str]:
    with running(state, 0, campaign=True) as base:
        yield base


@pytest.fixture(scope="module")
def filled(base: str, state: Path) -> tuple[Services, Path]:
    assert base
    return wiring.services(), state


def tables(state: Path) -> Peers:
    econobis = Database(state / f"econobis-{COOPERATION}.sqlite")
    return Peers(econobis, Database(state / f"hoomdossier-{COOPERATION}.sqlite"), f"demo-{COOPERATION}-webform")


def test_somebody_stands_at_every_step_and_some_have_trouble(filled: tuple[Services, Path]) -> None:
    services, _ = filled
    residents = [it for _, it in services.records(Resident).all(where={"cooperation": COOPERATION})]
    sign_ups = [it for _, it in services.records(Submission).all(where={"cooperation": COOPERATION})]
    waiting = Counter(it.place().waits_for for it in residents)
    waiting["intake"] = sum(it.contact_id is None for it in sign_ups)
    assert set(waiting) == set(get_args(WaitsFor))
    assert len(residents) + waiting["intake"] == len(sign_ups) == COUNT
    assert len({it.coach for it in residents}) == 6  # five coaches, and nobody yet
    letters = Counter(letter.parked.code for letter in find_dead_letters(services, COOPERATION))
    assert letters == {
        "Refused": 2, "DossierRefused": 2, "VisitNotFound": 3, "dossier_exists": 1, "welcome_held": 1,
    }  # fmt: skip


def test_both_peers_tell_the_same_story(filled: tuple[Services, Path]) -> None:
    services, state = filled
    peers = tables(state)
    dates = {row["building_id"]: row for row in peers.hoomdossier.rows("building_statuses")}
    for _, it in services.records(Resident).all(where={"cooperation": COOPERATION}):
        contact = peers.econobis.row("contacts", it.contact_id)
        assert contact
        (intake,) = peers.econobis.rows("intakes", contact_id=it.contact_id)
        assert intake["id"] == it.intake_id
        (address,) = peers.econobis.rows("addresses", contact_id=it.contact_id)
        assert address["street"] == it.address.street
        if it.account_id:
            assert contact["hoom_account_id"] == it.account_id
            assert peers.hoomdossier.row("users", it.user_id)["account_id"] == it.account_id
            relay = services.records(Relay).get(f"{COOPERATION}:{it.building_id}")
            assert (relay.appointment if relay else None) == dates[it.building_id]["appointment_date"]


def test_asking_hoomdossier_for_appointments_brings_no_news(filled: tuple[Services, Path]) -> None:
    services, _ = filled
    pull_appointments(services, COOPERATION)  # The schedule of the local run may have done so before.
    relays = [it for _, it in services.records(Relay).all(where={"cooperation": COOPERATION})]
    versions = {item.version - it.cancelled for it in relays if (item := it.items.get("appointment"))}
    assert versions == {1}


def test_it_fills_only_an_empty_state(filled: tuple[Services, Path]) -> None:
    services, state = filled
    with pytest.raises(NotEmpty):
        fill(services, tables(state))


def test_the_same_people_are_invented_at_each_run() -> None:
    now = utc_now()
    assert invent(now) == invent(now)
    assert all(it.signed_up < now for it in invent(now))


def test_what_is_stuck_can_be_sent_again_as_hoomdossier_said_it(filled: tuple[Services, Path]) -> None:
    services, _ = filled
    relays = [it for _, it in services.records(Relay).all(where={"cooperation": COOPERATION})]
    stuck = [item for it in relays if (item := it.items.get("appointment")) and item.parked]
    assert len(stuck) == 3
    assert all({"account_related", "appointment_date", "coaches"} <= set(item.payload or {}) for item in stuck)


def test_the_page_of_a_sign_up_says_why_econobis_has_not_got_it(filled: tuple[Services, Path], base: str) -> None:
    services, _ = filled
    sign_ups = services.records(Submission).all(where={"cooperation": COOPERATION})
    waiting = {key: it for key, it in sign_ups if it.contact_id is None}
    assert len(waiting) == 5
    for key, it in waiting.items():
        page = f"{base}/functions/show-staff/{COOPERATION}/sign-ups/{key}?lang=nl"
        told = httpx.get(page, headers={"Cookie": f"dossierlink_as=coordinator@{COOPERATION}.example"}).text
        why = "Ongeldige waarde in adres_postcode" if it.parked else "Econobis was niet bereikbaar of gaf een storing."
        assert why in told
