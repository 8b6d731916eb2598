"""Google's signed header: what passes, and each thing that may be wrong with it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import crypt, jwt

from shared.errors import StoreUnavailable
from shared.sign_in import NotProven
from shared.sign_in.address import SignInAddress
from shared.sign_in.iap import email_of
from tests.world.iap import AUDIENCE, EMAIL, Iap, signing


@pytest.fixture(scope="module")
def iap() -> Iterator[Iap]:
    with signing() as iap:
        yield iap


def look(iap: Iap, assertion: str | None) -> str:
    return email_of(assertion, SignInAddress.parse(iap.setting))


def test_google_says_who_it_is(iap: Iap) -> None:
    assert look(iap, iap.assertion()) == EMAIL
    assert look(iap, iap.assertion(email="Coordinator@Zonnig-Dorp.example")) == EMAIL
    assert look(iap, iap.assertion(exp=int(time.time()) - 5)) == EMAIL  # A clock may be a few seconds off.


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.google.com"},
        {"iss": "https://cloud.google.com/iap/"},
        {"iss": None},
        {"aud": AUDIENCE.replace("show-staff", "other")},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"email": None},
        {"email": ""},
        {"email": ["coordinator@zonnig-dorp.example"]},
        {"email": "coordinator"},
        {"email": "a@b@zonnig-dorp.example"},
        {"email": "\u212aijker@zonnig-dorp.example"},  # The sign for kelvin, whose small letter is k.
        {"email": "coordinator@zonnig-dorp.example\n"},
    ],
    ids="-".join,
)
def test_an_assertion_with_one_thing_wrong_does_not_pass(iap: Iap, changed: dict[str, Any]) -> None:
    with pytest.raises(NotProven):
        look(iap, iap.assertion(**changed))


def test_without_the_header_nobody_is_there(iap: Iap) -> None:
    for nothing in (None, "", " ", "x", "a.b", "a.b.c", "." * 5000, "é.é.é"):
        with pytest.raises(NotProven):
            look(iap, nothing)


def test_only_google_can_sign(iap: Iap) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    header, claims, signature = iap.assertion().split(".")
    forged = part({**json.loads(base64.urlsafe_b64decode(claims + "==")), "email": "kijker@zonnig-dorp.example"})
    for assertion in (
        iap.assertion(other),
        f"{header}.{forged}.{signature}",
        f"{header}.{claims}.",
        f"{part({'alg': 'none', 'kid': iap.key_id})}.{claims}.",
        f"{part({'alg': 'ES256'})}.{claims}.{signature}",
        f"{part({'alg': 'ES256', 'kid': 'other'})}.{claims}.{signature}",
    ):
        with pytest.raises(NotProven):
            look(iap, assertion)


def test_another_algorithm_is_refused_even_when_its_signature_holds() -> None:
    """Google signs with ES256 only."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with signing() as iap:
        iap.key = key  # type: ignore[assignment]
        now = int(time.time())
        claims = {"iss": "https://cloud.google.com/iap", "aud": AUDIENCE, "email": EMAIL, "iat": now, "exp": now + 60}
        with pytest.raises(NotProven):
            look(iap, jwt.encode(crypt.RSASigner(key, iap.key_id), claims).decode())


def test_the_keys_are_fetched_once() -> None:
    with signing() as iap:
        for _ in range(5):
            look(iap, iap.assertion())
        assert iap.asked == 1


def test_without_googles_keys_nobody_is_refused_for_good() -> None:
    with signing() as iap:
        iap.status = 500
        with pytest.raises(StoreUnavailable):
            look(iap, iap.assertion())


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
