"""A function that only Google may call checks the token. The tests sign tokens and serve the keys over HTTP."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import crypt, jwt
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from infra.standins.cloud_tasks import serve
from infra.standins.server import serving
from shared import published_keys
from shared.errors import NotAllowed, StoreUnavailable
from shared.tasks.google_token import verify

AUDIENCE = "https://functions.example/run-task"
ACCOUNT = "link@demo.iam.gserviceaccount.com"


class Signer:
    """A key of its own, and what it is published as."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def header(self, **changed: Any) -> str:
        """A good token, with the claims in `changed` replaced. None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return "Bearer " + jwt.encode(crypt.RSASigner(self.key, self.key_id), claims).decode()


class Certs:
    """Serves the public keys of these signers, as Google does. A `status` other than 200 makes it fail."""

    def __init__(self, *signers: Signer) -> None:
        self.body: Any = {signer.key_id: signer.public for signer in signers}
        self.status, self.asked, self.url = 200, 0, ""
        self._lock = threading.Lock()

    @Request.application
    def app(self, _: Request) -> Response:
        with self._lock:
            self.asked += 1
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body)
        return Response(body, status=self.status, mimetype="application/json")

    def verify(self, header: str | None, audience: str = AUDIENCE, account: str = ACCOUNT) -> None:
        verify(header, audience=audience, service_account=account, certs_url=self.url)


SIGNER, OTHER = Signer("key-1"), Signer("key-2")


@pytest.fixture
def certs():
    certs = Certs(SIGNER)
    with serving(certs.app) as certs.url:
        yield certs
    published_keys._kept.pop(certs.url, None)


@pytest.fixture(scope="module")
def lasting_certs():
    certs = Certs(SIGNER)
    with serving(certs.app) as certs.url:
        yield certs
    published_keys._kept.pop(certs.url, None)


@pytest.fixture
def clock(monkeypatch):
    """How long keys are kept is counted by this one."""
    moment = SimpleNamespace(now=1000.0)
    time = SimpleNamespace(monotonic=lambda: moment.now)
    monkeypatch.setattr(published_keys, "time", time)  # Keys are kept for hours, by a clock that is no argument.
    return moment


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# -- the token ---------------------------------------------------------------------------------------------------------


def test_our_own_scheduler_and_queue_pass():
    with serve(None) as server:
        header = f"Bearer {server.token(ACCOUNT, AUDIENCE)}"
        verify(header, audience=AUDIENCE, service_account=ACCOUNT, certs_url=server.certs_url)


def test_a_good_token_passes(certs):
    certs.verify(SIGNER.header())
    certs.verify(SIGNER.header().replace("Bearer", "bearer"))
    certs.verify(SIGNER.header(iss="accounts.google.com"))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://functions.example/send-email"},
        {"aud": AUDIENCE + "/"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"email": "somebody@else.example"},
        {"email": ACCOUNT.upper()},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"iss": "https://accounts.example.com"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": int(time.time()) + 24 * 3600},
        {"iat": None},
    ],
    ids="-".join,
)
def test_a_token_with_one_thing_wrong_does_not_pass(lasting_certs, changed):
    with pytest.raises(NotAllowed):
        lasting_certs.verify(SIGNER.header(**changed))


def test_a_clock_that_is_a_few_seconds_off_is_fine(certs):
    certs.verify(SIGNER.header(exp=int(time.time()) - 5))
    certs.verify(SIGNER.header(iat=int(time.time()) + 5))


def test_a_signature_of_another_key_does_not_pass(certs):
    forger = Signer(SIGNER.key_id)
    with pytest.raises(NotAllowed):
        certs.verify(forger.header())
    with pytest.raises(NotAllowed):
        certs.verify(OTHER.header())
    header, claims, signature = SIGNER.header(email="somebody@else.example").split(".")
    _, good_claims, _ = SIGNER.header().split(".")
    for token in (f"{header}.{good_claims}.{signature}", f"{header}.{claims}.", f"{header}.{good_claims}.{part(b'x')}"):
        with pytest.raises(NotAllowed):
            certs.verify(token)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES256", "RS512", "", None, 7, [], {}])
def test_no_other_algorithm_passes(lasting_certs, algorithm):
    """With HS256 a stranger would sign with the public key, which everybody has."""
    _, claims, signature = SIGNER.header().split(".")
    for end in (signature, "", part(os.urandom(32))):
        with pytest.raises(NotAllowed):
            lasting_certs.verify(f"Bearer {part({'alg': algorithm, 'kid': SIGNER.key_id})}.{claims}.{end}")


def test_a_key_of_another_kind_under_our_key_id_does_not_pass(certs):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    certs.body = {SIGNER.key_id: public.public_bytes(serialization.Encoding.PEM, form).decode()}
    with pytest.raises(NotAllowed):
        certs.verify(SIGNER.header())


GOOD = SIGNER.header().removeprefix("Bearer ")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        GOOD,
        f"Basic {GOOD}",
        f"Token {GOOD}",
        f"Bearer Bearer {GOOD}",
        f"Bearer {GOOD}.{GOOD}",
        f"Bearer {GOOD[:-20]}",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer é.é.é",
        "Bearer \udc80.\udc80.\udc80",
        f"Bearer {part([])}.{part([])}.",
        f"Bearer {part({'alg': 'RS256', 'kid': ['key-1']})}.{part({})}.",
        f"Bearer {part({'alg': 'RS256', 'kid': {}})}.{part({})}.",
        f"Bearer {part({'alg': 'RS256', 'kid': 'key-1'})}.{part({})}.",
        f"Bearer {part({'alg': 'RS256'})}.{part({})}.",
        f"Bearer {part(b'[' * 100_000)}.{part(b'[' * 100_000)}.",
        f"Bearer {part(b'1' * 10_000)}.{part(b'1' * 10_000)}.",
        f"Bearer {'A' * 1_000_000}",
    ],
    ids=map(str, count()),  # a token is another one in every process
)
def test_rubbish_does_not_pass(lasting_certs, header):
    with pytest.raises(NotAllowed):
        lasting_certs.verify(header)


@given(st.one_of(st.text(), st.binary().map(part), st.builds("{}.{}.{}".format, *[st.binary().map(part)] * 3)))
def test_whatever_a_stranger_sends_is_not_allowed_and_nothing_else(lasting_certs, token):
    with pytest.raises(NotAllowed):
        lasting_certs.verify(f"Bearer {token}")


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ"]), json_values | st.sampled_from(["RS256", "key-1"])))
def test_whatever_the_header_of_a_token_says(lasting_certs, header):
    with pytest.raises(NotAllowed):
        lasting_certs.verify(f"Bearer {part(header)}.{part({'aud': AUDIENCE})}.{part(b'x' * 256)}")


def test_without_a_service_account_nobody_passes(certs):
    for account in (None, ""):
        with pytest.raises(NotAllowed):
            certs.verify(SIGNER.header(email=account), account=account)


def test_every_refusal_says_the_same(lasting_certs):
    headers = [None, "Bearer rubbish", SIGNER.header(aud="x"), SIGNER.header(exp=1), OTHER.header()]
    texts = set()
    for header in headers:
        with pytest.raises(NotAllowed) as refused:
            lasting_certs.verify(header)
        texts.add(str(refused.value))
    assert texts == {"The caller could not be verified."}


# -- the keys ----------------------------------------------------------------------------------------------------------


def test_the_keys_are_asked_for_once_an_hour(certs, clock):
    for _ in range(5):
        certs.verify(SIGNER.header())
    clock.now += 3599
    certs.verify(SIGNER.header())
    assert certs.asked == 1
    clock.now += 2
    certs.verify(SIGNER.header())
    assert certs.asked == 2


def test_a_new_key_is_found_within_the_hour(certs, clock):
    certs.verify(SIGNER.header())
    certs.body = {OTHER.key_id: OTHER.public}
    clock.now += 31
    certs.verify(OTHER.header())
    with pytest.raises(NotAllowed):
        certs.verify(SIGNER.header())


def test_strangers_cannot_make_us_ask_all_the_time(certs, clock):
    certs.verify(SIGNER.header())
    for _ in range(100):
        clock.now += 1
        with pytest.raises(NotAllowed):
            certs.verify(OTHER.header())
    assert certs.asked <= 1 + 100 // 30


def test_rubbish_does_not_make_us_ask_at_all(certs):
    for header in (None, "Bearer rubbish", f"Bearer {part({'alg': 'RS256', 'kid': []})}.{part({})}."):
        with pytest.raises(NotAllowed):
            certs.verify(header)
    assert certs.asked == 0


@pytest.mark.parametrize(("status", "body"), [(500, {}), (404, {}), (302, {}), (200, b"<html>"), (200, [])])
def test_keys_that_cannot_be_had_are_no_refusal(certs, status, body):
    good = certs.body
    certs.status, certs.body = status, body
    with pytest.raises(StoreUnavailable):
        certs.verify(SIGNER.header())
    certs.status, certs.body = 200, good
    certs.verify(SIGNER.header())


def test_nobody_at_the_address_of_the_keys_is_no_refusal_either():
    with pytest.raises(StoreUnavailable):
        verify(
            SIGNER.header(), audience=AUDIENCE, service_account=ACCOUNT, certs_url="http://127.0.0.1:9/oauth2/v1/certs"
        )


def test_known_keys_serve_on_for_a_day_when_new_ones_cannot_be_had(certs, clock):
    certs.verify(SIGNER.header())
    certs.status = 500
    clock.now += 23 * 3600
    certs.verify(SIGNER.header())
    with pytest.raises(StoreUnavailable):
        certs.verify(OTHER.header())
    clock.now += 2 * 3600
    with pytest.raises(StoreUnavailable):
        certs.verify(SIGNER.header())
