"""Our client and the stand-in of Hoomdossier understand each other over HTTP, from a registration to an appointment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving
from shared.econobis.inbound import parse_register
from shared.errors import Refused, TooFast
from shared.hoomdossier.answers import AlreadyRegistered, KeyRevoked, NotRegistered
from shared.hoomdossier.client import HoomdossierClient
from shared.hoomdossier.payloads import registration_body
from tests.fixtures import read
from tests.hoomdossier.peer import TOKEN
from tests.world.scripted_peer import TRUSTED

COACH = 11
REQUEST = parse_register(json.dumps(read("examples/econobis-register-request.json")).encode())
BODY = registration_body(REQUEST, "NL", ["resident"])


@contextmanager
def stand_in(token: str = TOKEN, calls_per_minute: int = 60) -> Iterator[tuple[Database, HoomdossierClient]]:
    database = Database()
    settings = HoomdossierSettings(country="NL", token=TOKEN, calls_per_minute=calls_per_minute)
    app = create_hoomdossier("zonnig-dorp", database, settings)
    with serving(app) as url, httpx.Client(verify=TRUSTED) as http:
        yield database, HoomdossierClient(http, f"{url}/api/v1", token)


def building_of(database: Database, contact_id: int) -> Row:
    user = dossier.find_by_contact(database, 1, contact_id)
    assert user
    building = dossier.building_of(database, user)
    assert building
    return building


def test_from_a_registration_to_an_appointment() -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    with stand_in() as (database, hoomdossier):
        hoomdossier.ping(5)
        with pytest.raises(NotRegistered) as raised:
            hoomdossier.link_coach(COACH, REQUEST.contact_id, 5)
        assert (raised.value.resident, raised.value.coach) == (True, False)

        made = hoomdossier.register(BODY, 5)
        with pytest.raises(AlreadyRegistered) as again:
            hoomdossier.register(BODY, 5)
        assert (again.value.email_taken, again.value.contact_id_taken) == (True, True)

        hoomdossier.link_coach(COACH, REQUEST.contact_id, 5)
        hoomdossier.link_coach(COACH, REQUEST.contact_id, 5)
        building = building_of(database, REQUEST.contact_id)
        assert len(database.rows("building_coach_statuses", building_id=building["id"])) == 1

        assert hoomdossier.appointments(before, None, 10, 5).items == ()
        dossier.append_appointment(database, building, "2026-12-14 10:30:00")
        (found,) = hoomdossier.appointments(before, None, 10, 5).items
        assert found.event.account_id == made.account_id
        assert found.event.contact_id == REQUEST.contact_id
        assert found.event.appointment_date == datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
        assert [coach.contact_id for coach in found.event.coaches] == [COACH]
        assert hoomdossier.appointments(found.updated_at + timedelta(seconds=1), None, 10, 5).items == ()


def test_pages_are_read_to_the_end() -> None:
    with stand_in() as (database, hoomdossier):
        for number in range(3):
            body = {**BODY, "email": f"bewoner{number}@voorbeeld.nl", "extra": {"contact_id": 3000 + number}}
            hoomdossier.register(body, 5)
            hoomdossier.link_coach(COACH, 3000 + number, 5)
            dossier.append_appointment(database, building_of(database, 3000 + number), "2026-12-14 10:30:00")
        seen, cursor = [], None
        while True:
            page = hoomdossier.appointments(None, cursor, 2, 5)
            seen += [it.event.contact_id for it in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == [3000, 3001, 3002]


def test_wrong_token_and_too_many_calls() -> None:
    with stand_in(token="van-een-ander") as (_, hoomdossier), pytest.raises(KeyRevoked):
        hoomdossier.ping(5)
    with stand_in(calls_per_minute=1) as (_, hoomdossier):
        hoomdossier.ping(5)
        with pytest.raises(TooFast) as raised:
            hoomdossier.register(BODY, 5)
    assert 0 < (raised.value.retry_after or 0) <= 60


def test_feed_is_refused_when_it_is_asked_wrongly() -> None:
    with stand_in() as (_, hoomdossier), pytest.raises(Refused) as raised:
        hoomdossier.appointments(None, "geen cursor", 10, 5)
    assert list(raised.value.fields) == ["cursor"]
