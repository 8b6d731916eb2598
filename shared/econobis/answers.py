"""The meaning of Econobis' answers: arrays of Dutch log lines, whose status alone says little (known-limits D5).

The rules stand in `docs/peers/econobis.md` 4.2, 4.8-4.10 and 5.1 (in Econobis: ExternalWebformController.php and
EndPointHoomDossierController.php). The calls are made in `client.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.call_peer import read_json
from shared.domain.ids import ContactId
from shared.errors import OutcomeUnknown, PeerError, Refused, TooFast, Unavailable


class RolledBack(Unavailable):
    """Econobis failed on this item and rolled it back. A repeat is safe, but each failure is mailed to its staff."""

    peer_is_down = False


class AccountNotStoredYet(Unavailable):
    """The contact has no account id in Econobis yet. Econobis stores it after our answer to its register call."""

    peer_is_down = False


class NotEconobis(Unavailable):
    """A web server answered in Econobis' place, with a redirect or a missing page: the address is wrong."""


class NoRoomInMinute(TooFast):
    """Econobis' limit per key. Refused calls do not count, so there is room a minute after the last accepted one."""

    about_key = True


class KeyUnknown(Refused):
    """The key in the URL is unknown, outside its dates, or of another purpose (known-limits G1)."""

    peer_is_down = about_key = True


class SwitchedOff(Refused):
    """The cooperation has no `hoom_link` in Econobis, which then refuses every event."""

    peer_is_down = about_key = True


class ContactGone(Refused):
    """The contact was deleted, or merged into another contact (known-limits A14)."""


class NoSuchContact(Refused):
    """Econobis found no contact, and our call forbade a new one (`_NO_NEW_CONTACT` in `payloads.py`)."""


class AccountDiffers(Refused):
    """The contact has another account id in Econobis."""


class NoAddress(Refused):
    """The contact has no primary address, which Econobis needs for a housing file."""


class VisitNotFound(Refused):
    """The resident has no visit with this coach (for an appointment), or no open visit (for a status).

    Econobis looks only in the campaigns of its Hoomdossier settings (known-limits D1).
    """


class NotACoach(Refused):
    """The first contact in `coaches` is no coach in Econobis."""


class StillInUse(Refused):
    """Econobis keeps the housing file, because staff work on its opportunities."""


class BrokenAnswer(OutcomeUnknown):
    """The answer lacks the lines of a finished call. Econobis may have committed the work (known-limits E3)."""

    peer_is_down = False


# The whole text after "Fout opgetreden: ", and its meaning. Any other text is a validation error: Refused.
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

# An answer without log lines comes from the throttle, the web server or maintenance, before the work, or from a crash
# during the work. These statuses prove that the work had not begun. A redirect is NotEconobis. After any other status
# the outcome is unknown.
BY_STATUS: dict[int, type[PeerError]] = {
    **dict.fromkeys((400, 401, 403, 406, 411, 413, 414, 415, 431), Refused),
    **dict.fromkeys((404, 405), NotEconobis),
    **dict.fromkeys((408, 425, 503), Unavailable),
    429: TooFast,
    500: BrokenAnswer,
}

_FAULT = "Fout opgetreden: "
_UNDONE = "Gehele API aanroep is ongedaan gemaakt!"
# Newer versions of Econobis make the task, the dossier and the mails in a second transaction (known-limits G2).
_FOLLOW_UP_FAULT = re.compile(
    r"Fout opgetreden verwerking in vervolg verwerking: (.*)|(Onbekende fout opgetreden) in vervolg verwerking\."
    r"|(API aanroep vervolg is ongedaan gemaakt)!",
    re.DOTALL,
)
WEBFORM_DONE = "Log is gelogd naar het applicatielog."  # The last line of every success.
PUSH_DONE = "Aanroep succesvol afgerond."
_MINUTE = 60.0  # seconds
_LONGEST_REASON = 500

Redact = Callable[[str], str]


def success_lines(
    status: int, body: bytes | None, *, retry_after: float | None, redact: Redact, must_have: str = WEBFORM_DONE
) -> list[str]:
    """The log lines of a successful call, with keys still in them. Raises a PeerError for every other answer.

    `body` is None when the connection broke before its end. `retry_after` is the answer's header, in seconds. `redact`
    takes the keys out of the errors' reasons. `must_have` is the line that a successful call contains. A web form with
    a committed first transaction is a success, even when the second was rolled back (`WebformAnswer.follow_up_undone`).
    """
    parsed = read_json(body)
    lines = _log_lines(parsed)
    if lines is None:
        raise _without_lines(status, parsed, retry_after, redact)
    if must_have == WEBFORM_DONE and _follow_up_fault(lines) and _UNDONE not in lines:
        return lines
    faults = [line.removeprefix(_FAULT) for line in lines if line.startswith(_FAULT)]
    if faults:
        kind = _meaning(faults[-1], Refused if status < 500 else RolledBack)
        raise kind(_reason(redact(faults[-1])), code=status, retry_after=_MINUTE if kind is NoRoomInMinute else None)
    if _UNDONE in lines:
        raise RolledBack("Onbekende fout in Econobis; de aanroep is daar ongedaan gemaakt.", code=status)
    if 200 <= status < 300 and lines[-1:] == [WEBFORM_DONE] and must_have in lines:
        return lines
    raise BrokenAnswer("Econobis zegt niet dat de aanroep is afgerond.", code=status)


def _log_lines(parsed: Any) -> list[str] | None:
    return parsed if isinstance(parsed, list) and all(isinstance(line, str) for line in parsed) else None


def _meaning(text: str, otherwise: type[PeerError]) -> type[PeerError]:
    found = (kind for pattern, kind in BY_TEXT if re.fullmatch(pattern, text, re.DOTALL))
    return next(found, otherwise)


def _without_lines(status: int, parsed: Any, retry_after: float | None, redact: Redact) -> PeerError:
    kind = NotEconobis if 300 <= status < 400 else BY_STATUS.get(status, OutcomeUnknown)
    is_shown = 400 <= status < 500  # The message of a server error may hold personal data or SQL.
    said = parsed.get("message") if is_shown and isinstance(parsed, dict) else None
    if 200 <= status < 300 or status == 422:
        kind = BrokenAnswer
    reason = _reason(redact(said)) if isinstance(said, str) and said else f"Econobis antwoordde met status {status}."
    return kind(reason, code=status, retry_after=retry_after)


def _follow_up_fault(lines: list[str]) -> str | None:
    """Why Econobis rolled back the second transaction of a web form; None when it did not."""
    found = (match for line in lines if (match := _FOLLOW_UP_FAULT.fullmatch(line)))
    return next(("".join(filter(None, match.groups())) or "Onbekende fout" for match in found), None)


def _reason(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]


DossierRequested = Literal["asked", "exists", "none"]
"""`asked`: Econobis applied to us for the dossier and stored the account id. `exists`: it had an account id already.
`none`: it did not apply, or failed on the way; then Hoomdossier may still have made the account (known-limits E9)."""


class WebformAnswer(BaseModel):
    """What a successful call of the web form did. Ids are of rows that it made or found, in the order of the log.

    `contact_id` is None for a new organisation, because Econobis does not log its id. Without an intake (known-limits
    E8) `intake_id` is None and `why_no_intake` is Econobis' last remark; the remark may hold personal data.
    `visit_status_updated` is None when the call asked for no update.

    `follow_up_undone` is Econobis' reason for rolling back its second transaction, None when it did not. Contact,
    intake, opportunity and visit are then stored. Task, dossier and the visit's new status are not: Econobis lost the
    account id that Hoomdossier gave, so ask for the dossier again.
    """

    model_config = ConfigDict(frozen=True)

    contact_id: ContactId | None = None
    intake_id: int | None = None
    intake_found: bool = False
    why_no_intake: str = ""
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []
    dossier: DossierRequested = "none"
    visit_status_updated: bool | None = None
    follow_up_undone: str | None = None

    @property
    def has_dossier(self) -> bool:
        """Econobis has the account id. It says "asked" alone only when it got one (docs/peers/econobis.md 4.8)."""
        return self.dossier in {"asked", "exists"}


# A pattern fits a whole line. No line begins with free text, and an id behind a name is the last group of its line, so
# a name that looks like a log line cannot pass for an id.
_ID = r"([0-9]{1,18})"
_LINES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "contact_found": rf"Actie bij contact: {_ID}",
        "contact_made": rf"Contact met id {_ID} aangemaakt\.",
        "contact_noted": rf"Contactopmerking aangemaakt met id [0-9]+ voor contact .*\({_ID}\)",
        "intake_made": rf"Intake met id {_ID} aangemaakt en gekoppeld aan adres id [0-9]+\.",
        "intake_found": (
            rf"Intake met id {_ID} gevonden(?:\.| bij intake_id_extern \(.*\)\. Geen nieuwe intake aanmaken)"
        ),
        "opportunity": rf"Kans met id {_ID} (?:gevonden\.|aangemaakt met maatregel categorie '.*\.)",
        "visit_made": rf"Kansactie (?i:bezoek) met id {_ID} aangemaakt voor kans '[^']*' en coach/organisatie '.*'\.",
        "visit_updated": (
            rf"Kansactie (?i:bezoek) met id {_ID} bijgewerkt bij kans: K[0-9]+-[0-9]+\) en coach/organisatie '.*'\."
        ),
        "opportunity_of_action": (
            rf"Kansactie [^'0-9]+? met id [0-9]+ bijgewerkt bij kans: K[0-9]+-{_ID}\) en coach/organisatie '.*'\."
        ),
    }.items()
}
_COMMITTED = (
    "Aanroep succesvol afgerond tot nu toe. "
    "Eventueel verwerken van deelname, order, taak en aanmaak Hoomdossier volgen nog."
)
_DOSSIER_ASKED = "Aanmaken hoomdossier contact"  # Logged for every outcome, and alone on success.
_DOSSIER_EXISTS = "Koppeling hoomdossier bestaat al."
_DOSSIER_FAILED = frozenset({
    "Kan geen Hoomdossier aanmaken want er is bij cooperatie geen hoomdossier link gevonden.",
    "Kan geen Hoomdossier aanmaken want er is geen contact gevonden.",
    "Fout bij aanmaken hoomdossier contact",
})  # fmt: skip
_VISIT_UPDATED = "Kansactie bezoek gevonden voor contact, coach en campagne. Status bijgewerkt van "
_VISIT_NOT_FOUND = "Geen kansactie bezoek gevonden voor contact, coach en campagne, status kan niet worden bijgewerkt."


def read_webform_answer(lines: list[str], redact: Redact) -> WebformAnswer:
    """`lines` are those of `success_lines`; `redact` takes the keys out of what is kept of them."""
    undone = _follow_up_fault(lines)
    stored = lines[: lines.index(_COMMITTED)] if undone and _COMMITTED in lines else lines
    found = {name: _ids(pattern, stored) for name, pattern in _LINES.items()}
    contact_id = _last(found["contact_found"] or found["contact_made"] or found["contact_noted"])
    intakes = found["intake_made"] or found["intake_found"]
    return WebformAnswer(
        contact_id=contact_id and ContactId(contact_id),
        intake_id=_last(intakes),
        intake_found=bool(intakes) and not found["intake_made"],
        why_no_intake="" if intakes else _last_remark(lines, redact),
        opportunity_ids=list(dict.fromkeys([*found["opportunity"], *found["opportunity_of_action"]])),
        visit_ids=list(dict.fromkeys([*found["visit_made"], *found["visit_updated"]])),
        dossier=_dossier(lines, undone=bool(undone)),
        visit_status_updated=None if undone else _visit_status_updated(lines),
        follow_up_undone=undone and _reason(redact(undone)),
    )


def _ids(pattern: re.Pattern[str], lines: list[str]) -> list[int]:
    return [int(match[1]) for line in lines if (match := pattern.fullmatch(line))]


def _last(ids: list[int]) -> int | None:
    return ids[-1] if ids else None


def _last_remark(lines: list[str], redact: Redact) -> str:
    """The line before the one that closes every log."""
    return redact(lines[-2]) if len(lines) > 1 else "geen intake"


def _dossier(lines: list[str], *, undone: bool) -> DossierRequested:
    if _DOSSIER_EXISTS in lines:
        return "exists"
    return "asked" if _DOSSIER_ASKED in lines and not (undone or _DOSSIER_FAILED & set(lines)) else "none"


def _visit_status_updated(lines: list[str]) -> bool | None:
    if any(line.startswith(_VISIT_UPDATED) for line in lines):
        return True
    return False if _VISIT_NOT_FOUND in lines else None
