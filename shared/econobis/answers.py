"""What Econobis' answers mean. They are arrays of Dutch log lines; the status alone says little (known-limits D5).

The rules are those of `docs/peers/econobis.md` 4.2, 4.8-4.10 and 5.1 (in Econobis: ExternalWebformController.php,
EndPointHoomDossierController.php). Making the call is for `client.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.call_peer import read_json
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable


class RolledBack(Unavailable):
    """Econobis failed on this item and undid the call. A repeat is safe, but each one is mailed to its staff."""

    peer_is_down = False


class AccountNotStoredYet(Unavailable):
    """The contact has no dossier account in Econobis (yet): it is stored after our answer to its register call."""

    peer_is_down = False


class NotEconobis(Unavailable):
    """Something else than Econobis' own code answered: a redirect, or a page that is not there."""


class NoRoomInMinute(TooFast):
    """The limit of this key. Calls that are refused do not count, so a minute after the last good one there is room."""

    about_key = True


class KeyUnknown(Refused):
    """The key in the URL is unknown, outside its dates, or not for what it is used for (known-limits G1)."""

    peer_is_down = about_key = True


class SwitchedOff(Refused):
    """The cooperation has no `hoom_link` in Econobis, so nothing about dossiers is taken."""

    peer_is_down = about_key = True


class ContactGone(Refused):
    """The contact was deleted, or merged into another one (known-limits A14)."""


class NoSuchContact(Refused):
    """Nobody was found, and a new contact was not to be made: the title that forbids it (`payloads.py`)."""


class AccountDiffers(Refused):
    """Econobis has another account id for this contact."""


class NoAddress(Refused):
    """The contact has no primary address, so Econobis cannot keep a housing file."""


class VisitNotFound(Refused):
    """No visit of this coach (appointment) or no open visit (status) with this resident in a Hoomdossier campaign."""


class NotACoach(Refused):
    """The first of `coaches` is no coach in Econobis."""


class StillInUse(Refused):
    """The housing file has opportunities that are being worked on, so it is not deleted."""


class BrokenAnswer(OutcomeUnknown):
    """Econobis answered, but not with what it says when it is done: the work may have been committed (E3)."""

    peer_is_down = False


# What stands after "Fout opgetreden: ", from the whole text to its meaning. Everything else is Refused: a validation
# text, which a repeat gets again.
BY_TEXT: tuple[tuple[str, type[PeerError]], ...] = (
    (r"Maximum aantal aanroepen per minuut is bereikt\.", NoRoomInMinute),
    (r"(Webform|Endpoint) not found", KeyUnknown),
    (r"Cooperation doesn't have Hoomdossier synchronisation", SwitchedOff),
    (r"Contact .* not found or removed in Econobis", ContactGone),
    (r"Geen contact gevonden voor contact_nummer .*", ContactGone),
    (r"Ongeldige waarde in titel_id", NoSuchContact),
    (r'Mismatch account_id .* \(Hoom account id for contact in Econobis: "?empty"?\)', AccountNotStoredYet),
    (r"Mismatch account_id .*", AccountDiffers),
    (r"Geen woningdossier gevonden voor contact .*", NoAddress),
    (r"Afspraak niet gevonden in Econobis", VisitNotFound),
    (r"Gekoppelde coach \(.*\) is geen coach in Econobis", NotACoach),
    (r"Woningdossier heeft kansen die in behandeling zijn\..*", StillInUse),
    (r"Er zijn nog gekoppelde kansen in behandeling\..*", StillInUse),
    (r"Onder kans bij contact .* hangen nog kansacties, .*", StillInUse),
)

# An answer without log lines is made before the work (throttle, web server, maintenance) or instead of its end. These
# are the statuses that only come before it; a redirect is a NotEconobis, and all others leave the outcome unknown.
BY_STATUS: dict[int, type[PeerError]] = {
    **dict.fromkeys((400, 401, 403, 406, 411, 413, 414, 415, 431), Refused),
    **dict.fromkeys((404, 405), NotEconobis),
    **dict.fromkeys((408, 425, 503), Unavailable),
    429: TooFast,
    500: BrokenAnswer,
}

_FAULT = "Fout opgetreden: "
_UNDONE = "Gehele API aanroep is ongedaan gemaakt!"
# Newer versions of Econobis make task, dossier and mails in a second transaction (known-limits G2).
_FOLLOW_UP_FAULT = re.compile(
    r"Fout opgetreden verwerking in vervolg verwerking: (.*)|(Onbekende fout opgetreden) in vervolg verwerking\."
    r"|(API aanroep vervolg is ongedaan gemaakt)!",
    re.DOTALL,
)
_LOGGED = "Log is gelogd naar het applicatielog."  # The last line of every success.
PUSH_DONE = "Aanroep succesvol afgerond."
_MINUTE = 60.0  # seconds
_LONGEST_REASON = 500

Redact = Callable[[str], str]


def success_lines(
    status: int, body: bytes | None, *, retry_after: float | None, redact: Redact, must_have: str = _LOGGED
) -> list[str]:
    """The log lines, as they came, of a call that Econobis has done; raises a PeerError for every other answer.

    `body` is None when it could not be read to its end. `redact` takes the keys out of every reason. A webform whose
    first part is stored is done, also when what follows it was undone (`WebformAnswer.follow_up_undone`).
    """
    parsed = read_json(body)
    lines = _log_lines(parsed)
    if lines is None:
        raise _without_lines(status, parsed, retry_after, redact)
    if must_have == _LOGGED and _follow_up_fault(lines) and _UNDONE not in lines:
        return lines
    faults = [line.removeprefix(_FAULT) for line in lines if line.startswith(_FAULT)]
    if faults:
        kind = _meaning(faults[-1], Refused if status < 500 else RolledBack)
        raise kind(_reason(redact(faults[-1])), code=status, retry_after=_MINUTE if kind is NoRoomInMinute else None)
    if _UNDONE in lines:
        raise RolledBack("Onbekende fout in Econobis; de aanroep is daar ongedaan gemaakt.", code=status)
    if 200 <= status < 300 and lines[-1:] == [_LOGGED] and must_have in lines:
        return lines
    raise BrokenAnswer("Econobis zegt niet dat de aanroep is afgerond.", code=status)


def _log_lines(parsed: Any) -> list[str] | None:
    return parsed if isinstance(parsed, list) and all(isinstance(line, str) for line in parsed) else None


def _meaning(text: str, otherwise: type[PeerError]) -> type[PeerError]:
    found = (kind for pattern, kind in BY_TEXT if re.fullmatch(pattern, text, re.DOTALL))
    return next(found, otherwise)


def _without_lines(status: int, parsed: Any, retry_after: float | None, redact: Redact) -> PeerError:
    kind = NotEconobis if 300 <= status < 400 else BY_STATUS.get(status, OutcomeUnknown)
    may_be_told = 400 <= status < 500  # A server error may tell too much.
    said = parsed.get("message") if may_be_told and isinstance(parsed, dict) else None
    if 200 <= status < 300 or status == 422:
        kind = BrokenAnswer
    reason = _reason(redact(said)) if isinstance(said, str) and said else f"Econobis antwoordde met status {status}."
    return kind(reason, code=status, retry_after=retry_after)


def _follow_up_fault(lines: list[str]) -> str | None:
    """Why the second transaction of a webform was undone; None when it was not."""
    found = (match for line in lines if (match := _FOLLOW_UP_FAULT.fullmatch(line)))
    return next(("".join(filter(None, match.groups())) or "Onbekende fout" for match in found), None)


def _reason(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]


class WebformAnswer(BaseModel):
    """What Econobis did with a form. Ids are of rows made or found in this call, in the order of the lines.

    `match` is how the contact was found (docs/peers/econobis.md 4.5); `contact_id` is None for a new organisation,
    whose contact Econobis does not name. `dossier`: "asked" is all that a success shows, and "failed" does not prove
    that no account was made (E9). Without `intake_id` there is no intake, although Econobis says 200 (E8).
    `visit_status_updated` is None when the call did not ask for it. `lines` may hold personal data.

    `follow_up_undone` is Econobis' reason when it undid all that comes after the first part: contact, intake,
    opportunity and visit are stored; task, dossier and the visit's new status are not. An account id that Hoomdossier
    gave is lost with it, so the dossier is to be asked for again.
    """

    model_config = ConfigDict(frozen=True)

    contact_id: int | None = None
    contact_number: str | None = None
    contact_person_id: int | None = None
    match: str | None = None
    contact_found: bool = False
    intake_id: int | None = None
    intake_found: bool = False
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []
    quotation_request_ids: list[int] = []
    housing_file_id: int | None = None
    task_ids: list[int] = []
    committed: bool = False
    dossier: _Dossier = "not_asked"
    visit_status_updated: bool | None = None
    follow_up_undone: str | None = None
    lines: list[str] = []

    @property
    def has_dossier(self) -> bool:
        """Econobis has the account id. "asked" stands alone only when it got one (docs/peers/econobis.md 4.8)."""
        return self.dossier in {"asked", "exists"}


# Each pattern is the whole line, so a name inside it (free text, with any character) cannot pass for an id: no line
# begins with free text, and behind a name only the last match counts.
_ID = r"([0-9]{1,18})"
_LINES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "match": r"Actie: ([A-Z]{2,4})",
        "contact_found": rf"Actie bij contact: {_ID}",
        "contact_number": rf"Contact met nummer ([^ ()]+) \(.*, id: {_ID}\) gevonden\.",
        "contact_made": rf"Contact met id {_ID} aangemaakt\.",
        "contact_noted": rf"Contactopmerking aangemaakt met id [0-9]+ voor contact .*\({_ID}\)",
        "contact_person": rf"Contactpersoon met id {_ID} aangemaakt\.",
        "intake_made": rf"Intake met id {_ID} aangemaakt en gekoppeld aan adres id [0-9]+\.",
        "intake_found": (
            rf"Intake met id {_ID} gevonden(?:\.| bij intake_id_extern \(.*\)\. Geen nieuwe intake aanmaken)"
        ),
        "opportunity": rf"Kans met id {_ID} (?:gevonden\.|aangemaakt met maatregel categorie '.*\.)",
        "action_found": rf"Kansactie met id {_ID} gevonden\.",
        "action_made": rf"Kansactie ([^'0-9]+?) met id {_ID} aangemaakt voor kans '[^']*' en coach/organisatie '.*'\.",
        "action_updated": (
            rf"Kansactie ([^'0-9]+?) met id {_ID} bijgewerkt bij kans: K[0-9]+-{_ID}\) en coach/organisatie '.*'\."
        ),
        "housing_file": (
            rf"Woondossier met id {_ID} (?:aangemaakt en gekoppeld aan|is gewijzigd voor) adres id [0-9]+\."
        ),
        "task": rf"Taak met id {_ID} aangemaakt\.",
    }.items()
}
_COMMITTED = (
    "Aanroep succesvol afgerond tot nu toe. "
    "Eventueel verwerken van deelname, order, taak en aanmaak Hoomdossier volgen nog."
)
_Dossier = Literal["not_asked", "asked", "exists", "no_link", "no_contact", "failed"]
_DOSSIER: dict[str, _Dossier] = {
    "Koppeling hoomdossier bestaat al.": "exists",
    "Kan geen Hoomdossier aanmaken want er is bij cooperatie geen hoomdossier link gevonden.": "no_link",
    "Kan geen Hoomdossier aanmaken want er is geen contact gevonden.": "no_contact",
    "Fout bij aanmaken hoomdossier contact": "failed",
    "Aanmaken hoomdossier contact": "asked",  # Stands in all of them, and alone when it went well.
}
_VISIT_UPDATED = "Kansactie bezoek gevonden voor contact, coach en campagne. Status bijgewerkt van "
_VISIT_NOT_FOUND = "Geen kansactie bezoek gevonden voor contact, coach en campagne, status kan niet worden bijgewerkt."
_VISIT = "bezoek"


def read_webform_answer(lines: list[str], redact: Redact) -> WebformAnswer:
    """Understands any webform answer, also a refused one (whose ids are then of rows that are gone again)."""
    undone = _follow_up_fault(lines)
    stored = lines[: lines.index(_COMMITTED)] if undone and _COMMITTED in lines else lines
    found = {name: list(_groups(pattern, stored)) for name, pattern in _LINES.items()}
    contacts = found["contact_found"] or found["contact_made"] or found["contact_noted"]
    actions = [*found["action_made"], *found["action_updated"]]
    intakes = found["intake_made"] or found["intake_found"]
    return WebformAnswer(
        contact_id=_last_id(contacts),
        contact_number=next((number for number, _ in found["contact_number"]), None),
        contact_person_id=_last_id(found["contact_person"]),
        match=next((code for (code,) in found["match"]), None),
        contact_found=bool(found["contact_found"]),
        intake_id=_last_id(intakes),
        intake_found=bool(intakes) and not found["intake_made"],
        opportunity_ids=_ids([*found["opportunity"], *((number,) for _, _, number in found["action_updated"])]),
        visit_ids=_ids((action[1],) for action in actions if action[0].casefold() == _VISIT),
        quotation_request_ids=_ids([*found["action_found"], *((action[1],) for action in actions)]),
        housing_file_id=_last_id(found["housing_file"]),
        task_ids=_ids(found["task"]),
        committed=_UNDONE not in lines and bool(undone or _COMMITTED in lines or lines[-1:] == [_LOGGED]),
        dossier=_dossier(lines, undone=bool(undone)),
        visit_status_updated=None if undone else _visit_status_updated(lines),
        follow_up_undone=undone and _reason(redact(undone)),
        lines=[redact(line) for line in lines],
    )


def _groups(pattern: re.Pattern[str], lines: list[str]) -> Iterator[tuple[str, ...]]:
    return (match.groups() for line in lines if (match := pattern.fullmatch(line)))


def _ids(groups: Any) -> list[int]:
    return list(dict.fromkeys(int(group[-1]) for group in groups))


def _last_id(groups: list[tuple[str, ...]]) -> int | None:
    return int(groups[-1][-1]) if groups else None


def _dossier(lines: list[str], *, undone: bool) -> _Dossier:
    found: _Dossier = next((meaning for line, meaning in _DOSSIER.items() if line in lines), "not_asked")
    return "failed" if undone and found == "asked" else found


def _visit_status_updated(lines: list[str]) -> bool | None:
    if any(line.startswith(_VISIT_UPDATED) for line in lines):
        return True
    return False if _VISIT_NOT_FOUND in lines else None
