"""Sign-in with OpenID Connect: the authorization code flow with PKCE, state and nonce. Authlib does the protocol.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636. Microsoft: "ID token claims reference", "Secure applications from claims
that users can change".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from shared.errors import StoreUnavailable
from shared.public_addresses import public_client
from shared.published_keys import document_at, keys_at
from shared.sign_in import NotProven, SignInAway, email_in
from shared.sign_in.address import SignInAddress
from shared.sign_in.begun import Begun

ALGORITHMS = ["RS256", "PS256", "ES256"]
_CLOCK_SKEW = 60  # seconds
_TIMEOUT = 10.0  # seconds


def begin(address: SignInAddress, redirect_uri: str, then: str) -> tuple[str, Begun]:
    """The address to send the browser to, and what to keep. `then` is the page to show after it. Raises SignInAway."""
    begun = Begun(state=generate_token(32), nonce=generate_token(32), verifier=generate_token(64), then=then)
    client = _client(None, address, redirect_uri)
    url, _ = client.create_authorization_url(
        _endpoint(address, "authorization_endpoint"),
        state=begun.state,
        nonce=begun.nonce,
        code_verifier=begun.verifier,
        prompt="select_account",
    )
    return url, begun


def finish(address: SignInAddress, secret: str, redirect_uri: str, query: str, begun: Begun) -> str:
    """The e-mail address of who signed in, in lower case. `query` is that of the address the browser came back to.

    `secret` is the client secret. Raises NotProven and SignInAway.
    """
    if "code" not in parse_qs(query):
        raise NotProven("no code")
    with public_client(allow_loopback=address.is_on_this_machine) as http:
        http.timeout = httpx.Timeout(_TIMEOUT)
        client = _client(http, address, redirect_uri)
        try:
            answer = client.fetch_token(
                _endpoint(address, "token_endpoint"),
                grant_type="authorization_code",
                authorization_response=f"{redirect_uri}?{query}",
                state=begun.state,
                code_verifier=begun.verifier,
                client_id=address.client_id,
                client_secret=secret,
                redirect_uri=redirect_uri,
                auth=httpx.Auth(),  # The secret stands in the body: every service takes it there.
            )
        except OAuth2Error as error:
            raise NotProven("the sign-in service refused") from error
        except (httpx.HTTPError, ValueError) as error:
            raise SignInAway("no usable answer to the code") from error
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise NotProven("no id token")
    return email_of(_claims(address, token, begun.nonce, answer.get("access_token")), address)


def email_of(claims: Mapping[str, Any], address: SignInAddress) -> str:
    """The e-mail address in the claims of an id token that was verified. Raises NotProven.

    It must be one that the person cannot choose himself. `email` counts when the service verified it. At Microsoft it
    is the user name, which only an administrator of the tenant gives, in a domain of the tenant; not `email`, which is
    free text; and not of a guest, whose names are given in another tenant.
    """
    if address.tenant:
        if claims.get("tid") != address.tenant:
            raise NotProven("another tenant")
        if claims.get("idp") not in {None, claims.get("iss")} or claims.get("acct") in {1, "1"}:
            raise NotProven("a guest of the tenant")
    if address.claim == "email" and claims.get("email_verified") is not True:
        raise NotProven("the service did not verify this e-mail address")
    return email_in(claims.get(address.claim))


def metadata(address: SignInAddress) -> Mapping[str, Any]:
    """The discovery document of the service. Raises SignInAway."""
    url = f"{address.issuer}/.well-known/openid-configuration"
    try:
        found = document_at(url, allow_loopback=address.is_on_this_machine)
    except StoreUnavailable as error:
        raise SignInAway("no discovery document") from error
    if found.get("issuer") != address.issuer:
        raise SignInAway("the discovery document is of another issuer")
    return found


def _endpoint(address: SignInAddress, name: str) -> str:
    url = metadata(address).get(name)
    allowed = {"https", "http"} if address.is_on_this_machine else {"https"}
    if not isinstance(url, str) or urlsplit(url).scheme not in allowed:
        raise SignInAway(f"no {name}")
    return url


def _client(http: httpx.Client | None, address: SignInAddress, redirect_uri: str) -> OAuth2Client:
    return OAuth2Client(
        http,
        client_id=address.client_id,
        redirect_uri=redirect_uri,
        scope="openid email profile",
        code_challenge_method="S256",
    )


def _claims(address: SignInAddress, token: str, nonce: str, access_token: object) -> Mapping[str, Any]:
    """What the id token says, after a check of its signature, issuer, audience, times and nonce. Raises NotProven."""
    options = {
        "iss": {"essential": True, "value": address.issuer},
        "aud": {"essential": True, "value": address.client_id},
        "exp": {"essential": True},
    }
    params = {"nonce": nonce, "client_id": address.client_id, "access_token": access_token}
    try:
        decoded = jwt.decode(token, _keys(address, token), algorithms=ALGORITHMS)
        CodeIDToken(decoded.claims, decoded.header, options, params).validate(leeway=_CLOCK_SKEW)
    except (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise NotProven("the id token does not hold") from error
    return decoded.claims


def _keys(address: SignInAddress, token: str) -> KeySet:
    url, key_id = _endpoint(address, "jwks_uri"), _key_id(token)
    try:
        found = keys_at(url, key_id, allow_loopback=address.is_on_this_machine, read=_by_key_id)
    except StoreUnavailable as error:
        raise SignInAway("no keys") from error
    if key_id not in found:
        raise ValueError("unknown key")
    return KeySet.import_key_set({"keys": [found[key_id]]})


def _key_id(token: str) -> str:
    header = json.loads(urlsafe_b64decode(token.partition(".")[0].encode()))
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise TypeError("no key id")
    return key_id


def _by_key_id(document: Mapping[str, Any]) -> dict[str, Any]:
    keys = document.get("keys")
    listed = keys if isinstance(keys, list) else []
    return {it["kid"]: it for it in listed if isinstance(it, dict) and isinstance(it.get("kid"), str)}
