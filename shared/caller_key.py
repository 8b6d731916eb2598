"""What a caller proves itself with: a key, of which we need only the hash, or a secret with which it signs.

A key only opens us, and we never send it. A secret for signatures is needed whole, to compute the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.secret import Secret

_MARK = "sha256:"


@dataclass(frozen=True)
class HashedKey:
    """The SHA-256 of a key. Whoever reads it in the settings cannot call us, because the key is long and random."""

    digest: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> HashedKey:
        """`text` is `sha256:` and 64 hexadecimal digits. Raises ValueError, with a text that does not repeat it."""
        digits = text.removeprefix(_MARK).lower()
        if not text.startswith(_MARK) or not re.fullmatch("[0-9a-f]{64}", digits):
            raise ValueError(
                "a key that opens us is given as env:NAME, or as sha256: with the 64 hexadecimal digits of its hash"
            )
        digest = bytes.fromhex(digits)
        if digest == digest_of(""):
            raise ValueError("this is the hash of an empty text: hash the key itself")
        return cls(digest)


CallerKey = Secret | HashedKey


def digest_of(key: CallerKey | str) -> bytes:
    """The SHA-256 of a key in the settings, or of the text that a caller gave."""
    if isinstance(key, HashedKey):
        return key.digest
    text = key if isinstance(key, str) else key.value
    return hashlib.sha256(text.encode(errors="replace")).digest()


def is_one_of(keys: Iterable[CallerKey], given: str) -> bool:
    """Whether `given` is one of the keys. All are compared, each in constant time, so that the time tells nothing."""
    digest = digest_of(given)
    # The "" at the end makes an unknown cooperation take a comparison too; its result is dropped.
    fits = [hmac.compare_digest(digest, digest_of(key)) for key in (*keys, "")]
    return any(fits[:-1])


def is_hard_to_guess(key: str) -> bool:
    """Whether a key that opens us is long enough. It holds no /, because it may stand in an address."""
    return len(key) >= 16 and "/" not in key


def is_signing_secret(text: str) -> bool:
    """Whether it is a secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64."""
    try:
        return text.startswith("whsec_") and 24 <= len(b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False
