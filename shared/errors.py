"""Every error of the link, as one tree. Each leaf says which HTTP status it is and what a retry would do.

LinkError
├── BadInput            the caller sent something we cannot use            422, or the status given
│   └── TooMany         the caller sent too much of it                     429, repeat after `retry_after`
├── NotAllowed          unknown or missing key                             401
├── PeerError           what came of a call to Econobis or Hoomdossier
│   ├── Refused         the peer understood and said no; nothing happened  a repeat gets the same answer
│   ├── TooFast         the peer's limit; nothing happened                 repeat after `retry_after`
│   ├── Unavailable     the peer did not do it; nothing happened           safe to repeat
│   │   └── AddressUnknown  nobody answers to this host name
│   └── OutcomeUnknown  it may have happened                               never repeat blindly
├── NoRoom              our own limit: there is room at `at`               repeat then
│   └── GoingDown       this instance is being taken away                  another one can at once
├── Busy                the same call is under way elsewhere               503
├── Gone                the document was erased while we worked on it      404
│   └── JustErased      nothing new is made for this contact just now      503
└── StoreError
    ├── AlreadyExists   somebody made this document first
    ├── Changed         somebody wrote it since it was read
    ├── TooBig          more than a document may hold                      413
    ├── StoreUnavailable  a write may have happened: read before repeating 503
    └── BlobDamaged     a stored body is gone or not what was stored
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime


class LinkError(Exception):
    status = 500


class BadInput(LinkError):
    """`problems` maps a field's name to what is wrong with it, in Dutch: it is shown to residents and staff.

    `labels` says what they call a field, where that is not its name.
    """

    status = 422

    def __init__(
        self, problems: Mapping[str, Sequence[str]], status: int = 422, labels: Mapping[str, str] | None = None
    ) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in problems.items()))
        self.problems = {field: list(texts) for field, texts in problems.items()}
        self.status = status
        self.labels = dict(labels or {})


class TooMany(BadInput):
    """`field` is the one that was sent too often, `body` for the form itself. After `retry_after` seconds it fits."""

    def __init__(self, field: str, reason: str, retry_after: float) -> None:
        text = f"{reason} Probeer het over {_in_words(retry_after)} opnieuw."
        super().__init__({field: [text]}, 429, {field: ""})  # The text says itself what it is about.
        self.retry_after = math.ceil(retry_after)


def _in_words(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    if minutes > 90:
        return f"{math.ceil(minutes / 60)} uur"
    return f"{minutes} minuten" if minutes > 1 else "een minuut"


class NotAllowed(LinkError):
    status = 401


class PeerError(LinkError):
    """`reason` is the peer's own text, cleaned of keys; `code` its HTTP status, None when there was no answer.

    `fields` is the peer's refusal per field where it gave one (Hoomdossier's flat 422 body).
    `peer_is_down`: it says something about the peer as a whole, so others had better wait too. `about_key`: those who
    call it with the same key, of the same cooperation, and nobody else.
    """

    status = 502
    peer_is_down = False
    too_fast = False
    about_key = False

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        retry_after: float | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.retry_after = retry_after
        self.fields = {field: list(texts) for field, texts in (fields or {}).items()}


class Refused(PeerError): ...


class TooFast(PeerError):
    too_fast = True


class Unavailable(PeerError):
    peer_is_down = True


class AddressUnknown(Unavailable):
    """No such host name, or one with another's certificate: the peer's other addresses may be all right."""

    about_key = True


class StoodStill(Unavailable):
    """We did, until it was too late to send anything. It says nothing about the peer."""

    peer_is_down = False


class OutcomeUnknown(PeerError):
    peer_is_down = True


class NoRoom(LinkError):
    """Our own limit is reached; `at` (UTC) is when a call fits again."""

    status = 503

    def __init__(self, at: datetime) -> None:
        super().__init__(f"no room before {at.isoformat()}")
        self.at = at


class GoingDown(NoRoom): ...


class Busy(LinkError):
    status = 503


class Gone(LinkError):
    status = 404


class JustErased(Gone):
    """What was under way at the erasure may still be: whoever wants it can ask again after some minutes."""

    status = 503


class StoreError(LinkError):
    status = 503


class AlreadyExists(StoreError): ...


class Changed(StoreError): ...


class TooBig(StoreError):
    status = 413


class StoreUnavailable(StoreError): ...


class BlobDamaged(StoreError): ...
