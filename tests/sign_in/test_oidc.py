"""OpenID Connect: whose address an id token proves, and every way in which the token or the service may be wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from infra.standins.oidc import OidcProvider
from infra.standins.server import serving
from shared import published_keys
from shared.sign_in import NotProven, SignInAway, oidc
from shared.sign_in.address import SignInAddress

EMAIL = "coordinator@zonnig-dorp.example"
TENANT = "2b1f0c9e-0000-4a4a-8b8b-123456789abc"
MICROSOFT = SignInAddress.parse(f"oidc://login.microsoftonline.com/{TENANT}/v2.0?client_id=app-1")
BACK = "http://127.0.0.1:1/_/signed-in"
SECRET = "client-secret-0123456789"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    published_keys._kept.clear()  # An earlier service may have had this port.
    provider = OidcProvider("app-1", SECRET, BACK, person={"email": EMAIL, "email_verified": True})
    with serving(provider) as provider.issuer:
        yield provider


def address(provider: OidcProvider, more: str = "") -> SignInAddress:
    return SignInAddress.parse(f"oidc://{urlsplit(provider.issuer).netloc}?client_id=app-1{more}")


def sign_in(provider: OidcProvider, secret: str = SECRET, **begun_differs: str) -> str:
    url, begun = oidc.begin(address(provider), BACK, "/")
    came_back = urlsplit(httpx.get(url).headers["Location"])
    return oidc.finish(address(provider), secret, BACK, came_back.query, begun.model_copy(update=begun_differs))


# -- the whole way -----------------------------------------------------------------------------------------------------


def test_the_service_says_who_it_is(provider: OidcProvider) -> None:
    assert sign_in(provider) == EMAIL


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(provider: OidcProvider) -> None:
    url, begun = oidc.begin(address(provider), BACK, "/zonnig-dorp/")
    asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert asked["state"] == begun.state
    assert asked["nonce"] == begun.nonce
    assert asked["code_challenge_method"] == "S256"
    assert begun.verifier not in url
    assert SECRET not in url
    assert begun.then == "/zonnig-dorp/"
    _, other = oidc.begin(address(provider), BACK, "/")
    assert len({begun.state, begun.nonce, begun.verifier, other.state, other.nonce, other.verifier}) == 6


@pytest.mark.parametrize(
    "differs", [{"state": "x"}, {"nonce": "x"}, {"verifier": "x" * 64}], ids=lambda it: next(iter(it))
)
def test_only_the_browser_that_began_can_finish(provider: OidcProvider, differs: dict[str, str]) -> None:
    with pytest.raises(NotProven):
        sign_in(provider, **differs)


def test_a_code_works_once_and_only_with_our_secret(provider: OidcProvider) -> None:
    with pytest.raises(NotProven):
        sign_in(provider, secret="another-secret-0123456789")
    url, begun = oidc.begin(address(provider), BACK, "/")
    query = urlsplit(httpx.get(url).headers["Location"]).query
    oidc.finish(address(provider), SECRET, BACK, query, begun)
    with pytest.raises(NotProven):
        oidc.finish(address(provider), SECRET, BACK, query, begun)


@pytest.mark.parametrize(
    "query", ["", "error=access_denied&state=STATE", "state=STATE", "xcode=1&state=STATE", "code=&state=STATE"]
)
def test_who_presses_cancel_is_not_signed_in(provider: OidcProvider, query: str) -> None:
    _, begun = oidc.begin(address(provider), BACK, "/")
    with pytest.raises(NotProven):
        oidc.finish(address(provider), SECRET, BACK, query.replace("STATE", begun.state), begun)
    assert "/token" not in provider.asked


# -- the id token ------------------------------------------------------------------------------------------------------

now = int(time.time())


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "app-2"},
        {"aud": None},
        {"aud": ["app-1", "app-2"]},  # Without azp it is not clear for whom it is.
        {"azp": "app-2"},
        {"aud": "app-2", "azp": "app-1"},
        {"exp": now - 120},
        {"exp": None},
        {"iat": now + 3600},
        {"iat": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"email": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"at_hash": "another"},
    ],
)
def test_an_id_token_with_one_thing_wrong_does_not_pass(provider: OidcProvider, changed: dict[str, Any]) -> None:
    provider.change = lambda claims: {name: it for name, it in {**claims, **changed}.items() if it is not None}
    with pytest.raises(NotProven):
        sign_in(provider)


def test_only_the_service_can_sign(provider: OidcProvider) -> None:
    other = RSAKey.generate_key(2048)
    password = OctKey.generate_key(256)
    signers: dict[str, Any] = {
        "another key": lambda claims: provider.id_token(claims, other),
        "an unknown key id": lambda claims: provider.id_token(claims, kid="two"),
        "no signature": lambda claims: provider.id_token(claims).rpartition(".")[0] + ".",
        "a password": lambda claims: jwt.encode({"alg": "HS256", "kid": "one"}, claims, password),
        "no token": lambda claims: "",
        "no JWT": lambda claims: "a.b",
        "no text": lambda claims: 5,
    }
    for name, sign in signers.items():
        provider.sign = sign
        with pytest.raises(NotProven):
            sign_in(provider)
            pytest.fail(name)
    provider.sign = None
    assert sign_in(provider) == EMAIL


def test_the_keys_and_addresses_are_fetched_once(provider: OidcProvider) -> None:
    for _ in range(3):
        sign_in(provider)
    assert provider.asked.count("/keys") == provider.asked.count("/.well-known/openid-configuration") == 1


# -- a service that is away, or is not the one -------------------------------------------------------------------------


def test_a_service_that_is_away_says_so(provider: OidcProvider) -> None:
    provider.status = 503
    with pytest.raises(SignInAway):
        oidc.begin(address(provider), BACK, "/")
    provider.status = 200
    url, begun = oidc.begin(address(provider), BACK, "/")
    query = urlsplit(httpx.get(url).headers["Location"]).query
    provider.status = 503
    with pytest.raises(SignInAway):
        oidc.finish(address(provider), SECRET, BACK, query, begun)


@pytest.mark.parametrize(
    "discovery",
    [{"issuer": "https://evil.example"}, {"authorization_endpoint": None}, {"authorization_endpoint": "ftp://x"}],
)
def test_a_discovery_document_that_does_not_fit_is_refused(provider: OidcProvider, discovery: dict[str, Any]) -> None:
    provider.discovery = discovery
    with pytest.raises(SignInAway):
        oidc.begin(address(provider), BACK, "/")


# -- whose address -----------------------------------------------------------------------------------------------------


def microsoft(**changed: Any) -> str:
    claims = {
        "iss": MICROSOFT.issuer,
        "tid": TENANT,
        "preferred_username": "Coordinator@zonnig-dorp.example",
        "email": "somebody@else.example",
        **changed,
    }
    return oidc.email_of(claims, MICROSOFT)


def test_at_microsoft_the_user_name_counts_and_not_the_free_text() -> None:
    assert microsoft() == EMAIL
    assert microsoft(email_verified=True) == EMAIL
    assert microsoft(idp=MICROSOFT.issuer, acct=0) == EMAIL


@pytest.mark.parametrize(
    "changed",
    [
        {"tid": "2b1f0c9e-0000-4a4a-8b8b-ffffffffffff"},
        {"tid": None},
        {"idp": "https://sts.windows.net/another/"},
        {"idp": "live.com"},
        {"acct": 1},
        {"acct": "1"},
        {"preferred_username": None},
    ],
    ids=str,
)
def test_another_tenant_and_a_guest_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(NotProven):
        microsoft(**changed)


def test_a_claim_that_the_operator_names_counts_as_it_is(provider: OidcProvider) -> None:
    assert oidc.email_of({"upn": EMAIL}, address(provider, "&claim=upn")) == EMAIL
    with pytest.raises(NotProven):
        oidc.email_of({"email": EMAIL, "email_verified": True}, address(provider, "&claim=upn"))
