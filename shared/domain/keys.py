"""Keys of documents and names of tasks. A key made from personal data is a keyed hash, so nobody can guess the data."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from shared.clock import to_text
from shared.domain.ids import ContactId


def canonical(value: object) -> bytes:
    """One text for one JSON value, whatever the order of its fields; two different values never have the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def digest(value: object) -> str:
    """SHA-256 of a JSON value as 64 hexadecimal digits. Not for personal data: it can be guessed back."""
    return hashlib.sha256(canonical(value)).hexdigest()


def secret_key(secret: str, *parts: object) -> str:
    """HMAC of the parts, 32 hexadecimal digits. Nobody can compute the key of given parts without `secret`."""
    mac = hmac.new(secret.encode(), canonical(parts), hashlib.sha256)
    return f"{int.from_bytes(mac.digest()[:16]):032x}"


def robot_key(secret: str, *parts: object) -> str:
    """Looks like a `secret_key`. `is_robot_key` recognises it, so that nothing has to be stored about a robot."""
    first = secret_key(secret, "robot", *parts)[:16]
    return first + secret_key(secret, "robot", first)[:16]


def is_robot_key(secret: str, key: str) -> bool:
    """Whether `robot_key` made this key with this secret. Takes the same time for every key of the same length."""
    return hmac.compare_digest(key[16:].encode(), secret_key(secret, "robot", key[:16])[:16].encode())


def of_contact(cooperation: str, contact_id: ContactId) -> str:
    """The key of what belongs to one contact, such as a resident."""
    return f"{cooperation}:{contact_id}"


def of_building(cooperation: str, building_id: int) -> str:
    """The key of what belongs to one building (woning), such as its relay."""
    return f"{cooperation}:{building_id}"


def of_erased_home(cooperation: str, building_id: int) -> str:
    """The key of an erasure by building: in one collection with those by contact, so it must differ from them."""
    return f"{cooperation}:home:{building_id}"


def of_past_erasure(cooperation: str, contact_id: ContactId, at: datetime) -> str:
    """The key of the erasure at `at` (UTC) of a contact that came back since."""
    return f"{cooperation}:past:{contact_id}:{to_text(at)}"


def of_link(cooperation: str, coach: ContactId, resident: ContactId) -> str:
    """The key of the link between a coach and a resident."""
    return f"{cooperation}:{coach}:{resident}"


def hashed(key: str) -> str:
    """The key of a document as it stands in log lines and names of tasks: 32 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def task_name(collection: str, key: str, generation: int) -> str:
    """The name of a task for one generation of work. Cloud Tasks allows no `:` in it, hence the hash of the key."""
    return f"{collection}-{hashed(key)}-{generation}"
