"""Every error of the link, as one tree: its meaning, and its HTTP status or what a retry does.

LinkError
├── BadInput              the request cannot be used                         422, or the status given
│   └── TooMany           the caller exceeds a limit of the form             429, retry after `retry_after`
├── NotAllowed            the key is missing or wrong                        401
├── PeerError             a call to a peer or the mail server failed         502
│   ├── Refused           the peer said no; nothing happened                 a retry gets the same answer
│   ├── TooFast           the peer's rate limit; nothing happened            retry after `retry_after`
│   ├── Unavailable       the peer did not do it; nothing happened           safe to retry
│   │   ├── AddressUnknown  the host name leads to no server, or a wrong one safe to retry
│   │   └── StoodStill    this instance was paused and sent nothing          safe to retry
│   └── OutcomeUnknown    the call may have had its effect                   find out before a retry
├── NoRoom                our own rate limit for a peer                      503, retry at `at`
│   └── GoingDown         this instance is shutting down                     503, retry on another instance
├── Busy                  the same call is under way elsewhere               503
├── Gone                  the document was erased while we worked on it      404
│   └── JustErased        this contact was erased minutes ago                503
└── StoreError                                                               503
    ├── AlreadyExists     there is a document with this key already
    ├── Changed           the document was written since it was read
    ├── TooBig            the content does not fit in a document or a task   413
    ├── StoreUnavailable  store, blobs or queue; a write may have happened   read before a retry
    │   └── NewerDocument   another version of the link wrote this document  leave it to that version
    └── BlobDamaged       a blob is gone or has another content
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.words import Words


class LinkError(Exception):
    """`status` is the HTTP status with which a function answers when the error reaches its caller."""

    status = 500


class BadInput(LinkError):
    """`problems` maps the name of a field to what is wrong with it, in Dutch, as residents and staff get to see it.

    `labels` maps the name of a field to the name that is shown, where the two differ.
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
    """`field` is the field that was sent too often, or `body` for the form itself. `retry_after` is in seconds."""

    def __init__(self, field: str, reason: Words, retry_after: float) -> None:
        again = Words("Probeer het over {time} opnieuw.", time=_in_words(retry_after))
        # Shown without the name of the field: the text names it.
        super().__init__({field: [reason, again]}, 429, {field: ""})
        self.retry_after = math.ceil(retry_after)


def _in_words(seconds: float) -> Words:
    minutes = math.ceil(seconds / 60)
    if minutes > 90:
        return Words("{count} uur", count=math.ceil(minutes / 60))
    return Words("{count} minuten", count=minutes) if minutes > 1 else Words("een minuut")


class NotAllowed(LinkError):
    status = 401


class PeerError(LinkError):
    """A call to Econobis, Hoomdossier or the mail server failed.

    `reason` is the peer's own text without keys. `code` is its HTTP or SMTP status, None without an answer.
    `retry_after` (seconds) is what the peer asks for, None when it does not say. `fields` maps the name of a field to
    the peer's reasons to refuse it (the body of Hoomdossier's 422, docs/peers/hoomdossier.md 2.4).

    Three attributes of each class tell the limiter what the error says of other calls. `peer_is_down`: they will
    probably fail too. `too_fast`: they have to wait. `about_key`: both hold only for calls with the same key.
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
    """There is no such host name, it leads to no public address, or its certificate is of another host.

    The peer's other host names may work.
    """

    about_key = True


class StoodStill(Unavailable):
    """This instance got no CPU until the time for the call was over, so it sent nothing. The peer may be fine."""

    peer_is_down = False


class OutcomeUnknown(PeerError):
    peer_is_down = True


class NoRoom(LinkError):
    """Our own rate limit is reached, or a breaker is open. `at` (UTC) is when to ask again."""

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
    """Work from before the erasure may still be running, so nothing new is made for the contact for some minutes."""

    status = 503


class StoreError(LinkError):
    status = 503


class AlreadyExists(StoreError): ...


class Changed(StoreError): ...


class TooBig(StoreError):
    status = 413


class StoreUnavailable(StoreError): ...


class NewerDocument(StoreUnavailable):
    """This version of the link cannot read the document, and has written nothing. A newer instance goes on with it."""


class BlobDamaged(StoreError): ...
