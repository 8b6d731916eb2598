"""What Hoomdossier's answers mean: by status, and a 422 by its texts (`docs/peers/hoomdossier.md` 1-3).

Making the call is for `client.py`.
"""

from __future__ import annotations

from typing import Any

from shared.call_peer import Answer, read_json
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.payloads import Registered


class KeyRevoked(Refused):
    """The token is unknown or revoked."""

    peer_is_down = about_key = True


class NoAccess(Refused):
    """The token is of another cooperation."""

    peer_is_down = about_key = True


class CooperationUnknown(Refused):
    """No cooperation has this sub-domain."""

    peer_is_down = about_key = True


class NoSuchPage(Refused):
    """Not Hoomdossier's API: a redirect (a renamed sub-domain, known-limits A15), or a page that is not there."""

    peer_is_down = about_key = True


class AlreadyRegistered(Refused):
    """The cooperation has this e-mail address, this contact id or both.

    Both is what an earlier call leaves whose answer was lost (known-limits A1); one of them is somebody else's.
    """

    @property
    def email_taken(self) -> bool:
        return _says(self.fields.get("email", []), _TAKEN)

    @property
    def contact_id_taken(self) -> bool:
        return _says(self.fields.get("extra.contact_id", []), _TAKEN)


class NotRegistered(Refused):
    """`resident`, `coach`: who of them has no account in Hoomdossier (yet). Nothing else stands in the way."""

    @property
    def coach(self) -> bool:
        return _COACH in self.fields

    @property
    def resident(self) -> bool:
        return _RESIDENT in self.fields


class AlreadyLinked(Refused):
    """What was asked for is so."""


class ServerFault(Unavailable):
    """Hoomdossier failed on this item, in a call that may be repeated."""

    peer_is_down = False


_TAKEN = "al geregistreerd"
_NOT_KNOWN = "is niet bekend als gebruiker in het Hoomdossier"
_LINKED = "De opgegeven coach is al gekoppeld aan de gegeven woning"
_COACH = "building_coach_statuses.coach_contact_id"
_RESIDENT = "building_coach_statuses.resident_contact_id"
_NO_COOPERATION = "No query results for model [App\\Models\\Cooperation]"
_IN_MAINTENANCE = "Service Unavailable"  # Laravel's own text, given before anything else is done.
_LARGEST_ID = 2**53 - 1  # A larger whole number does not survive every JSON reader.
_LONGEST_REASON = 500

# All of these come before the work. Every status that is not here leaves the outcome unknown.
BY_STATUS: dict[int, type[PeerError]] = {
    401: KeyRevoked,
    403: NoAccess,
    **dict.fromkeys((301, 302, 303, 307, 308, 404, 405), NoSuchPage),
    **dict.fromkeys((400, 406, 411, 413, 414, 415, 422, 431), Refused),
    **dict.fromkeys((408, 425), Unavailable),
    429: TooFast,
}
_TEXTS: dict[type[PeerError], str] = {
    KeyRevoked: "Hoomdossier kent de sleutel van de koppeling niet (meer).",
    NoAccess: "De sleutel van de koppeling geeft geen toegang tot deze coöperatie in Hoomdossier.",
    CooperationUnknown: "Hoomdossier kent de coöperatie in het ingestelde adres niet.",
    NoSuchPage: "Op het ingestelde adres staat de koppeling van Hoomdossier niet.",
    TooFast: "Hoomdossier krijgt te veel aanroepen per minuut.",
}


def success(answer: Answer, *, wait: float | None, repeatable: bool) -> Any:
    """The JSON of an answer that says it is done; raises a PeerError for every other one.

    `repeatable`: a repeat does no harm, so what would be an unknown outcome is merely Unavailable. `wait` is the
    answer's Retry-After, in seconds.
    """
    body = read_json(answer.body)
    if 200 <= answer.status < 300 and isinstance(body, dict | list):
        return body
    raise _failure(answer.status, body, wait, repeatable=repeatable)


def registered(body: Any, status: int) -> Registered:
    """Without an account id nothing is sure; the user id is not needed for anything, so it may be missing."""
    ids = body if isinstance(body, dict) else {}
    account_id = _id(ids.get("account_id"))
    if account_id is None:
        raise OutcomeUnknown("Hoomdossier zegt niet welk account is gemaakt.", code=status)
    return Registered(account_id=account_id, user_id=_id(ids.get("user_id")) or 0)


def _failure(status: int, body: Any, wait: float | None, *, repeatable: bool) -> PeerError:
    message = body.get("message") if isinstance(body, dict) else None
    kind = BY_STATUS.get(status)
    fields = _fields(body) if status == 422 else {}
    if status == 422:
        kind = _meaning(fields)
    elif status == 404 and isinstance(message, str) and _NO_COOPERATION in message:
        kind = CooperationUnknown
    elif status == 503 and message == _IN_MAINTENANCE:
        kind = Unavailable
    elif kind is None:
        kind = OutcomeUnknown if not repeatable else ServerFault if status == 500 else Unavailable
    said = " ".join(text for texts in fields.values() for text in texts)
    reason = said or _TEXTS.get(kind) or f"Hoomdossier antwoordde met status {status}, zonder leesbare uitkomst."
    return kind(" ".join(reason.split())[:_LONGEST_REASON], code=status, retry_after=wait, fields=fields)


def _meaning(fields: dict[str, list[str]]) -> type[PeerError]:
    texts = [text for texts in fields.values() for text in texts]
    if texts and all(_NOT_KNOWN in text for text in texts):
        return NotRegistered
    if texts and all(_LINKED in text for text in texts):
        return AlreadyLinked
    if any(_says(fields.get(field, []), _TAKEN) for field in ("email", "extra.contact_id")):
        return AlreadyRegistered
    return Refused


def _says(texts: list[str], part: str) -> bool:
    return any(part in text for text in texts)


def _fields(body: Any) -> dict[str, list[str]]:
    """Field by field; Laravel's usual wrapper is taken too. What has another form is left out."""
    listed = body if isinstance(body, dict) else {}
    listed = listed["errors"] if isinstance(listed.get("errors"), dict) else listed
    fields = {str(field): _texts(texts) for field, texts in listed.items()}
    return {field: texts for field, texts in fields.items() if texts}


def _texts(texts: Any) -> list[str]:
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []


def _id(value: Any) -> int | None:
    """A positive whole number, or a text of its digits."""
    digits = str(value) if isinstance(value, int | str) else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        return None
    return int(digits) if 0 < int(digits) <= _LARGEST_ID else None
