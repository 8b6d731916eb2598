"""The meaning of Hoomdossier's answers: by status, and of a 422 by its texts (`docs/peers/hoomdossier.md` 1-3).

The calls are made in `client.py`.
"""

from __future__ import annotations

from typing import Any

from shared.call_peer import Answer, read_json
from shared.domain.application import Registered
from shared.domain.ids import read_id
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable


class KeyRevoked(Refused):
    """The token is unknown or revoked."""

    peer_is_down = about_key = True


class NoAccess(Refused):
    """The token belongs to another cooperation."""

    peer_is_down = about_key = True


class CooperationUnknown(Refused):
    """Hoomdossier has no cooperation with this sub-domain."""

    peer_is_down = about_key = True


class NoSuchPage(Refused):
    """The address is not that of Hoomdossier's API: a redirect (renamed sub-domain, known-limits A15) or a 404."""

    peer_is_down = about_key = True


class AlreadyRegistered(Refused):
    """The cooperation already has a user with this e-mail address, this contact id, or both.

    Both point to an earlier call of ours whose answer was lost (known-limits A1). Only one points to another person.
    """

    @property
    def email_taken(self) -> bool:
        """A user of this cooperation has the e-mail address."""
        return _says(self.fields.get("email", []), _TAKEN)

    @property
    def contact_id_taken(self) -> bool:
        """A user of this cooperation has Econobis' contact id."""
        return _says(self.fields.get("extra.contact_id", []), _TAKEN)


class NotRegistered(Refused):
    """The coach, the resident or both have no account in Hoomdossier yet. This is the only reason for the refusal."""

    @property
    def coach(self) -> bool:
        """The coach has no account."""
        return _COACH in self.fields

    @property
    def resident(self) -> bool:
        """The resident has no account."""
        return _RESIDENT in self.fields


class AlreadyLinked(Refused):
    """The coach is linked to this home already."""


class ServerFault(Unavailable):
    """Hoomdossier failed on this item, in a call that is safe to repeat."""

    peer_is_down = False


_TAKEN = "al geregistreerd"
_NOT_KNOWN = "is niet bekend als gebruiker in het Hoomdossier"
_LINKED = "De opgegeven coach is al gekoppeld aan de gegeven woning"
_COACH = "building_coach_statuses.coach_contact_id"
_RESIDENT = "building_coach_statuses.resident_contact_id"
_NO_COOPERATION = "No query results for model [App\\Models\\Cooperation]"
_IN_MAINTENANCE = "Service Unavailable"  # Laravel's text in maintenance mode, which stops a request before any work.
_LONGEST_REASON = 500

# These statuses, and 422 (`_meaning`), prove that the work had not begun. After any other the outcome is unknown.
BY_STATUS: dict[int, type[PeerError]] = {
    401: KeyRevoked,
    403: NoAccess,
    **dict.fromkeys((301, 302, 303, 307, 308, 404, 405), NoSuchPage),
    **dict.fromkeys((400, 406, 411, 413, 414, 415, 431), Refused),
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
    """The JSON of a successful answer. Raises a PeerError for every other answer.

    `repeatable`: the call is safe to repeat, so Unavailable replaces OutcomeUnknown. `wait` is the Retry-After of the
    answer, in seconds.
    """
    body = read_json(answer.body)
    if 200 <= answer.status < 300 and isinstance(body, dict | list):
        return body
    raise _failure(answer.status, body, wait, repeatable=repeatable)


def registered(body: Any, status: int) -> Registered:
    """The ids in the answer to a register call. Raises OutcomeUnknown when it has no account id."""
    ids = body if isinstance(body, dict) else {}
    account_id = read_id(ids.get("account_id"))
    if account_id is None:
        raise OutcomeUnknown("Hoomdossier zegt niet welk account is gemaakt.", code=status)
    return Registered(account_id=account_id, user_id=read_id(ids.get("user_id")) or 0)


def _failure(status: int, body: Any, wait: float | None, *, repeatable: bool) -> PeerError:
    fields = _fields(body) if status == 422 else {}
    kind = _meaning(fields) if status == 422 else _kind(status, body, repeatable=repeatable)
    said = " ".join(text for texts in fields.values() for text in texts)
    reason = said or _TEXTS.get(kind) or f"Hoomdossier antwoordde met status {status}, zonder leesbare uitkomst."
    return kind(" ".join(reason.split())[:_LONGEST_REASON], code=status, retry_after=wait, fields=fields)


def _kind(status: int, body: Any, *, repeatable: bool) -> type[PeerError]:
    message = body.get("message") if isinstance(body, dict) else None
    if status == 404 and isinstance(message, str) and _NO_COOPERATION in message:
        return CooperationUnknown
    if status == 503 and message == _IN_MAINTENANCE:
        return Unavailable
    if status in BY_STATUS:
        return BY_STATUS[status]
    if not repeatable:
        return OutcomeUnknown
    return ServerFault if status == 500 else Unavailable


def _meaning(fields: dict[str, list[str]]) -> type[PeerError]:
    """What a 422 with these texts means."""
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
    """The texts by field, of Hoomdossier's flat form or inside Laravel's usual `errors`. Other values are dropped."""
    listed = body if isinstance(body, dict) else {}
    listed = listed["errors"] if isinstance(listed.get("errors"), dict) else listed
    fields = {str(field): _texts(texts) for field, texts in listed.items()}
    return {field: texts for field, texts in fields.items() if texts}


def _texts(texts: Any) -> list[str]:
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
