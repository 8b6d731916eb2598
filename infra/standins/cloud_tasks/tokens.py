"""Signs the OIDC tokens that go with a task, and serves the public key that verifies them.

The signing key is kept in the state, so that a token from before a restart still verifies.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from wsgiref.types import WSGIApplication

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from werkzeug.wrappers import Request, Response

from infra.standins.cloud_tasks.state import State

ISSUER = "https://accounts.google.com"
LIFETIME = timedelta(hours=1)
_REUSED_FOR = timedelta(minutes=30)


class Tokens:
    """Makes the key at the first use, because that takes a tenth of a second."""

    def __init__(self, state: State, clock: Callable[[], datetime]) -> None:
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], tuple[datetime, str]] = {}

    def token(self, email: str, audience: str) -> str:
        """A token for this service account, valid for one hour.

        Returns the same token for half an hour, as the real service does, because signing is slow.
        """
        now = self._clock()
        made = self._made.get((email, audience))
        if made and now - made[0] < _REUSED_FOR:
            return made[1]
        token = self._sign(email, audience, now)
        self._made[email, audience] = now, token
        return token

    def certs(self) -> dict[str, str]:
        """Key id → certificate (PEM), the form of https://www.googleapis.com/oauth2/v1/certs."""
        with self._lock:
            return {self._key_id: self._certificate}

    def app(self) -> WSGIApplication:
        """Serves `certs()` at /oauth2/v1/certs, as www.googleapis.com does."""

        @Request.application
        def answer(request: Request) -> Response:
            if request.path != "/oauth2/v1/certs":
                return Response(status=404)
            headers = {"Cache-Control": "public, max-age=3600"}
            return Response(json.dumps(self.certs()), headers=headers, mimetype="application/json")

        return answer

    # -- the key -------------------------------------------------------------------------------------------------------

    def _sign(self, email: str, audience: str, now: datetime) -> str:
        subject = int(hashlib.sha256(email.encode()).hexdigest(), 16) % 10**21
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "azp": f"{subject:021}",
            "sub": f"{subject:021}",
            "email": email,
            "email_verified": True,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        with self._lock:
            signer = crypt.RSASigner(self._key, self._key_id)  # type: ignore[no-untyped-call]  # (it has no types)
        encoded: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call]  # (it has no types)
        return encoded.decode()

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        stored = self._state.fact("signing key")
        if stored is None:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
            stored = key.private_bytes(der, pkcs8, serialization.NoEncryption())
            self._state.save_fact("signing key", stored)
        loaded = serialization.load_der_private_key(stored, password=None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return loaded

    @cached_property
    def _key_id(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self._key.public_key().public_bytes(serialization.Encoding.DER, form)
        return hashlib.sha256(public).hexdigest()[:40]

    @cached_property
    def _certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cloud-tasks.local")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()
