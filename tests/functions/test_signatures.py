"""A caller that signs its requests (Standard Webhooks) needs no key; a signature is good for one address and for five
minutes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from functions import _body, _signature
from shared import wiring
from shared.errors import StoreUnavailable
from tests.functions.examples import coach_link
from tests.functions.examples import event as example
from tests.functions.routes import ROUTES, Route, is_problem
from tests.world.functions_over_http import SECRETS, Machine, logged

SIGNED = [route for route in ROUTES if route.caller in {"econobis", "hoomdossier"}]
each = pytest.mark.parametrize("route", SIGNED, ids=lambda it: it.name)
ECONOBIS = SECRETS["MEER_ECONOBIS_SIGNING"]
NEW, OLD = SECRETS["MEER_HOOMDOSSIER_SIGNING_NEW"], SECRETS["MEER_HOOMDOSSIER_SIGNING_OLD"]
BODY = json.dumps(example("gebruik")).encode()
LINK = json.dumps(coach_link(21, 9)).encode()


def signature(secret: str, body: bytes, id_: str = "msg_1", at: float | None = None) -> dict[str, str]:
    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    made = Webhook(secret).sign(id_, moment, body.decode())
    return {"webhook-id": id_, "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": made}


def secret_of(route: Route) -> str:
    return ECONOBIS if route.caller == "econobis" else NEW


def send(link: Machine, route: Route, body: bytes = BODY, **call: Any) -> httpx.Response:
    call = {"key": "signed" if route.caller == "hoomdossier" else "", "cooperation": "meer-energie", **call}
    return route.call(link, content=body, **call)


def event(link: Machine, kind: str, headers: dict[str, str], body: bytes = BODY, cooperation: str = "meer-energie"):
    path = f"/{cooperation}/signed/hoomdossier/{kind}"
    return link.post("receive-event", path, content=body, headers=headers)


@pytest.fixture
def link(link: Machine) -> Iterator[Machine]:
    yield link
    logged.clear()


@each
def test_a_signed_request_needs_no_key(link: Machine, route: Route) -> None:
    """It is admitted: the answer is about what the body says."""
    body = json.dumps(route.body).encode()
    assert send(link, route, body, headers=signature(secret_of(route), body)).status_code not in {401, 404, 500}
    assert [line for line in logged if line["severity"] == "ERROR"] == []


@each
def test_a_signature_that_is_wrong_is_refused_also_beside_a_good_key(link: Machine, route: Route) -> None:
    good = signature(secret_of(route), BODY)
    other_time = str(int(good["webhook-timestamp"]) - 1)
    wrong = [
        signature(SECRETS["MEER_WEBFORM"], BODY),
        signature(ECONOBIS if route.caller == "hoomdossier" else NEW, BODY),
        {**good, "webhook-id": "msg_2"},
        {**good, "webhook-timestamp": other_time},
        {**good, "webhook-timestamp": "now"},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v1a,")},
        {**good, "webhook-signature": "v1"},
        {**good, "webhook-signature": "v1,%%%"},
        {**good, "webhook-signature": b"v1,\xe9"},
        {"webhook-signature": good["webhook-signature"]},
    ]
    for headers in wrong:
        for key in (None, route.good_key(link, "MEER", "")):
            is_problem(send(link, route, headers=headers, **({} if key is None else {"key": key})), 401)
    is_problem(send(link, route, BODY + b" ", headers=good), 401)
    is_problem(send(link, route, b"\xff", headers=good), 401)
    assert [line["message"] for line in logged] == ["called with a wrong key"]
    assert link.documents("relays") == {}


@each
def test_without_a_signature_the_key_is_still_needed(link: Machine, route: Route) -> None:
    is_problem(send(link, route), 401)
    assert send(link, route, key=route.good_key(link, "MEER", "")).status_code not in {401, 404}


@each
def test_a_cooperation_without_these_secrets_looks_at_the_key_only(link: Machine, route: Route) -> None:
    headers = signature(secret_of(route), BODY)
    is_problem(send(link, route, cooperation="zonnig-dorp", headers=headers), 401)
    is_problem(send(link, route, cooperation="nergens", headers=headers), 401)
    key = route.good_key(link)
    assert send(link, route, cooperation="zonnig-dorp", key=key, headers=headers).status_code not in {401, 404}


@each
def test_a_cooperation_without_a_key_takes_only_signed_requests(link: Machine, route: Route) -> None:
    services = wiring.services()
    settings = services.cooperations["meer-energie"]
    bare = settings.callers.model_copy(update={"econobis": [], "hoomdossier": []})
    services.cooperations = {"meer-energie": settings.model_copy(update={"callers": bare})}
    for key in ("", "-", route.good_key(link, "MEER", "")):
        is_problem(send(link, route, key=key), 401)
    assert send(link, route, headers=signature(secret_of(route), BODY)).status_code not in {401, 404}


def test_the_old_and_the_new_secret_are_accepted_during_rotation(link: Machine) -> None:
    """Also both signatures at once, in either order, beside one of a kind that we do not know."""
    new, old = (signature(secret, BODY) for secret in (NEW, OLD))
    other = signature(ECONOBIS, BODY)["webhook-signature"]
    for headers in (new, old):
        assert event(link, "gebruik", headers).status_code == 200
    for signatures in (f"{other} {new['webhook-signature']}", f"{old['webhook-signature']} v1a,x {other}"):
        assert event(link, "gebruik", {**new, "webhook-signature": signatures}).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(-290, 200), (290, 200), (-310, 401), (310, 401)])
def test_a_signature_is_good_for_five_minutes(link: Machine, seconds: int, status: int) -> None:
    assert event(link, "gebruik", signature(NEW, BODY, at=time.time() + seconds)).status_code == status


def test_a_request_that_was_copied_cannot_be_sent_to_another_address(link: Machine) -> None:
    """The signature covers the body, and not which kind of event the address names."""
    headers = signature(NEW, BODY)
    assert event(link, "gebruik", headers).status_code == 200
    is_problem(event(link, "delete", headers), 401)
    is_problem(event(link, "delete", headers, cooperation="zonnig-dorp"), 401)
    (relay,) = link.documents("relays").values()
    assert relay["items"].keys() == {"usage"}


def test_a_copied_request_with_two_signatures_cannot_be_split(link: Machine) -> None:
    """During rotation a caller may sign with both secrets. Who copies it may leave out one of the two."""
    new, old = (signature(secret, BODY) for secret in (NEW, OLD))
    both = f"{new['webhook-signature']} {old['webhook-signature']}"
    assert event(link, "gebruik", {**new, "webhook-signature": both}).status_code == 200
    for headers in (new, old):
        is_problem(event(link, "delete", headers), 401)


def test_a_repeat_under_the_same_id_has_one_effect_and_the_same_answer(link: Machine) -> None:
    """A caller that got no answer repeats the request minutes later, with a new time and so another signature."""
    first = event(link, "gebruik", signature(NEW, BODY, at=time.time() - 60))
    (before,) = link.documents("relays").values()
    again = event(link, "gebruik", signature(NEW, BODY))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    (after,) = link.documents("relays").values()
    assert after["items"].keys() == {"usage"}
    assert after["generation"] == before["generation"]


class SometimesAway:
    def __init__(self, store: Any) -> None:
        self.store, self.away = store, True

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if self.away:
                raise StoreUnavailable
            return getattr(self.store, name)(*arguments, **named)

        return call


@pytest.fixture
def store(link: Machine) -> SometimesAway:
    """The store of the running functions, which is away at first."""
    services = wiring.services()
    services.store = store = SometimesAway(services.store)
    return store


def test_a_repeat_after_our_own_503_is_accepted(link: Machine, store: SometimesAway) -> None:
    headers = signature(ECONOBIS, LINK)
    assert link.post("link-coach", "/meer-energie", content=LINK, headers=headers).status_code == 503
    store.away = False
    assert link.post("link-coach", "/meer-energie", content=LINK, headers=headers).status_code in {200, 202}


def test_while_the_store_is_away_a_signed_event_is_still_kept(link: Machine, store: SometimesAway) -> None:
    """The check of the id needs the store. The event goes into the bucket, as one with a key."""
    assert event(link, "gebruik", signature(NEW, BODY)).status_code == 200
    is_problem(event(link, "gebruik", signature(ECONOBIS, BODY)), 401)


def test_an_id_is_remembered_longer_than_a_signature_is_good(link: Machine) -> None:
    event(link, "gebruik", signature(NEW, BODY))
    (seen,) = [it for place, it in link.documents("locks").items() if "/signed-" in place]
    left = datetime.fromisoformat(seen["expires_at"]) - datetime.now(UTC)
    assert left.total_seconds() > 2 * 300
    assert _signature._KEPT.total_seconds() == 900
    assert "msg_1" not in str(link.documents("locks"))


REPORT = json.dumps({**example("pdf"), "pdf": {"contents": "AAAA" * (5 << 18)}}).encode()  # 5 MiB


def test_a_signed_report_is_read_once_and_kept(link: Machine) -> None:
    assert event(link, "pdf", signature(NEW, REPORT), REPORT).status_code == 200
    is_problem(event(link, "pdf", signature(ECONOBIS, REPORT), REPORT), 401)
    (relay,) = link.documents("relays").values()
    assert relay["items"].keys() == {"report"}


def test_strangers_who_say_that_they_sign_take_no_room_of_others(link: Machine) -> None:
    """Their bodies are read before they are known, in a room of its own. It is given back after each answer."""
    room = _body._ROOM_FOR_UNPROVEN
    for _ in range(20):
        is_problem(event(link, "pdf", signature(ECONOBIS, REPORT), REPORT), 401)
    room.take(32 << 20, 0)
    try:
        answer = event(link, "pdf", signature(NEW, REPORT), REPORT)
        is_problem(answer, 503)
        assert answer.headers["Retry-After"]
        assert link.event("pdf", REPORT).status_code == 200
    finally:
        room.give_back(32 << 20)
    assert event(link, "pdf", signature(NEW, REPORT), REPORT).status_code == 200


def test_a_signed_body_keeps_to_the_limits(link: Machine) -> None:
    body = b" " * (16 * 1024 + 1)
    is_problem(link.post("link-coach", "/meer-energie", content=body, headers=signature(ECONOBIS, body)), 413)
    headers = {**signature(ECONOBIS, LINK), "Content-Encoding": "gzip"}
    is_problem(link.post("link-coach", "/meer-energie", content=LINK, headers=headers), 415)
