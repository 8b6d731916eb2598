"""Keys of documents and names of tasks. A key made from personal data is a keyed hash, so it cannot be guessed back."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """One spelling for one JSON value: no two different values share it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def secret_key(secret: str, *parts: Any) -> str:
    """32 hexadecimal digits; the same parts give the same key only to who has the secret."""
    mac = hmac.new(secret.encode(), canonical(parts), hashlib.sha256)
    return f"{int.from_bytes(mac.digest()[:16]):032x}"


def robot_key(secret: str, *parts: Any) -> str:
    """As `secret_key` to who sees one; `is_robot_key` knows it again, so that nothing is kept of a robot."""
    first = secret_key(secret, "robot", *parts)[:16]
    return first + secret_key(secret, "robot", first)[:16]


def is_robot_key(secret: str, key: str) -> bool:
    return hmac.compare_digest(key[16:].encode(), secret_key(secret, "robot", key[:16])[:16].encode())


def of_contact(cooperation: str, contact_id: int) -> str:
    return f"{cooperation}:{contact_id}"


def of_building(cooperation: str, building_id: int) -> str:
    return f"{cooperation}:{building_id}"


def of_erased_home(cooperation: str, building_id: int) -> str:
    return f"{cooperation}:home:{building_id}"


def of_link(cooperation: str, coach_contact_id: int, resident_contact_id: int) -> str:
    return f"{cooperation}:{coach_contact_id}:{resident_contact_id}"


def task_name(collection: str, key: str, generation: int) -> str:
    return f"{collection}-{hashlib.sha256(key.encode()).hexdigest()[:32]}-{generation}"
