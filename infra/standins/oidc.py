"""A stand-in of a sign-in service with OpenID Connect, for tests: everybody who comes is who `person` says.

It is as strict as a real one: a code is used once, by the client and the address that it was made for, with its
secret and the verifier of PKCE. Source: OpenID Connect Core 1.0, 3.1; RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIEnvironment

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response


@dataclass
class OidcProvider:
    """A WSGI app at `issuer`. `person` are the claims of who signs in; None: she presses cancel.

    `change` may change the claims of an id token, `sign` its signature and form. `status` other than 200 answers
    everything with it. `discovery` changes the discovery document.
    """

    client_id: str
    client_secret: str
    redirect_uri: str = ""
    issuer: str = ""
    person: dict[str, Any] | None = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[[dict[str, Any]], str] | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(request.path)
        pages = {
            "/.well-known/openid-configuration": self._discovery,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
        }
        if self.status != 200:
            answer = Response("away", self.status)
        else:
            page = pages.get(request.path)
            answer = page(request) if page else Response(status=404)
        return answer(environ, start_response)

    def id_token(self, claims: Mapping[str, Any], key: RSAKey | None = None, **header: Any) -> str:
        """A signed id token."""
        return jwt.encode({"alg": "RS256", "kid": "one", **header}, dict(claims), key or self.key)

    def _discovery(self, _request: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
        }
        return _json(document | self.discovery)

    def _keys(self, _request: Request) -> Response:
        return _json(KeySet([self.key]).as_dict(private=False))

    def _authorize(self, request: Request) -> Response:
        asked = request.args.to_dict()
        right = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge_method": "S256",
        }
        if wrong := [name for name, value in right.items() if asked.get(name) != value]:
            return Response(f"wrong: {wrong}", 400)
        if not all(asked.get(name) for name in ("state", "nonce", "code_challenge")) or "openid" not in asked["scope"]:
            return Response("something is missing", 400)
        if self.person is None:
            back = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            back = {"code": code, "state": asked["state"]}
        return Response(status=302, headers={"Location": f"{self.redirect_uri}?{urlencode(back)}"})

    def _token(self, request: Request) -> Response:
        sent = request.form.to_dict()
        asked = self._codes.pop(sent.get("code", ""), {})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        right = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": asked.get("redirect_uri"),
        }
        proven = asked.get("code_challenge") == challenge.decode().rstrip("=")
        if not proven or any(sent.get(name) != value for name, value in right.items()):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "subject",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **(self.person or {}),
        }
        token = (self.sign or self.id_token)(self.change(claims))
        return _json({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token})


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
