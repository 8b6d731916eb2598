"""Google's sign-in in front of a function: signs the header that it adds, and serves its public keys."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt
from google.auth.crypt import es
from werkzeug.wrappers import Request, Response

from infra.standins.server import serving
from shared import published_keys

AUDIENCE = "/projects/123456/locations/europe-west4/services/show-staff"
EMAIL = "coordinator@zonnig-dorp.example"


class Iap:
    """`asked` counts how often the keys were fetched; a `status` other than 200 makes that fail."""

    def __init__(self) -> None:
        self.key_id, self.key = "key-1", ec.generate_private_key(ec.SECP256R1())
        self.status, self.asked, self.url = 200, 0, ""

    @property
    def setting(self) -> str:
        """LINK_STAFF."""
        return f"iap://{AUDIENCE}?keys={self.url}"

    def assertion(self, key: ec.EllipticCurvePrivateKey | None = None, **changed: Any) -> str:
        """A good assertion, with the claims in `changed` replaced. None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": "https://cloud.google.com/iap",
            "aud": AUDIENCE,
            "sub": "accounts.google.com:1",
            "email": EMAIL,
            "iat": now,
            "exp": now + 600,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(es.EsSigner(key or self.key, self.key_id), claims).decode()

    @Request.application
    def app(self, _: Request) -> Response:
        self.asked += 1
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
        return Response(json.dumps({self.key_id: public}), self.status, mimetype="application/json")


@contextmanager
def signing() -> Iterator[Iap]:
    published_keys._kept.clear()  # An earlier service may have had this port.
    iap = Iap()
    with serving(iap.app) as iap.url:
        yield iap
