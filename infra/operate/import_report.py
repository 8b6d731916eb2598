"""`import`: brings in what coaches entered in Hoomdossier, from its report and the table of a coach's appointments."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from infra.operate.by import add_by
from infra.operate.contact import contact_id
from infra.operate.cooperation import settings_of
from infra.printed import counted, say
from shared import wiring
from shared.domain.local_time import from_amsterdam
from shared.domain.problem import Problem
from shared.errors import BadInput, StoreUnavailable
from shared.imports.brought import Brought
from shared.imports.compare import GROUPS, Compared, Comparison, Group, compare
from shared.imports.deliver import Outcome, Told, deliver
from shared.imports.known import read_known
from shared.imports.proposal import Proposal
from shared.imports.read import read_file, read_pasted
from shared.work.services import Services

HELP = """Import what coaches entered in Hoomdossier (inlezen).

For a Hoomdossier whose events do not reach the link. FILE is its report "Alle ingevulde gegevens met adresgegevens"
(total-report): the CSV as it was downloaded, or saved again by Excel or LibreOffice, also as xlsx. --pasted is a file
with the table of a coach's appointments, copied from Hoomdossier's screen: the report has no times.

Without --deliver it only shows, one line for each resident of whom something is new, or something is wrong. With
--deliver it delivers what is new on the road of an event: to Econobis, the agendas and the letters. Not delivered are:

  a date without a time     unless --time ID=10:30 tells it, or --unknown-time ID says that nobody knows it
  a date that is gone       unless --cancel ID says that the visit is to be cancelled in Econobis
  a resident who is new     to the link, unless --only ID names the contact
  another date              than the coach entered on the own page, unless --only ID names the contact
  all that does not agree   with what the link knows, or is older; and a file of another cooperation

ID is Econobis' contact id. The same file again delivers nothing. Nothing of the file is stored, and a resident who is
not in it stays as he is. Each delivery leaves an audit line with --by.

Examples:
  python -m infra.operate import zonnig-dorp report.csv
  python -m infra.operate import zonnig-dorp report.csv --pasted cora.txt --deliver --by anna
  python -m infra.operate --project my-project import zonnig-dorp report.csv --deliver --time 1001=10:30 --by anna
"""
_SHOWN = tuple(group for group in GROUPS if group not in {"no_contact", "coach", "same"})
"""What a line is printed of; of the others only how many there are."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cooperation", help="its name in the settings, such as zonnig-dorp")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="Hoomdossier's report")
    parser.add_argument("--pasted", type=Path, metavar="FILE", help="a text with the table of a coach's appointments")
    parser.add_argument("--made-at", type=_moment, metavar="TIME", help="when the report was made, as 2026-11-27 10:00 in Amsterdam (when FILE was written last)")  # fmt: skip
    parser.add_argument("--deliver", action="store_true", help="deliver what is new; without it nothing changes")
    parser.add_argument("--only", type=contact_id, action="append", default=[], metavar="ID", help="only this contact; may be repeated")  # fmt: skip
    parser.add_argument("--time", type=_time, action="append", default=[], metavar="ID=10:30", help="the time of a visit")  # fmt: skip
    parser.add_argument("--unknown-time", type=contact_id, action="append", default=[], metavar="ID", help="nobody knows the time")  # fmt: skip
    parser.add_argument("--cancel", type=contact_id, action="append", default=[], metavar="ID", help="cancel this visit in Econobis")  # fmt: skip
    add_by(parser)


def _time(text: str) -> tuple[int, time]:
    found = re.fullmatch(r"([1-9][0-9]{0,15})=([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", text, re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no contact with a time, such as 1001=10:30")
    return int(found[1]), time(int(found[2]), int(found[3]))


def _moment(text: str) -> datetime:
    try:
        return from_amsterdam(text)
    except Problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment, such as '2026-11-27 10:00'") from None


def run(options: argparse.Namespace) -> int:
    """Raises WrongConfig, NoCooperation and StoreUnavailable; what was delivered before that stays delivered."""
    if not (options.file or options.pasted):
        say("say which: a FILE, --pasted, or both", error=True)
        return 2
    services = wiring.services()
    settings = settings_of(services, options.cooperation)
    try:
        brought = _brought(services, options)
    except (OSError, BadInput) as error:
        say(_why(error), error=True)
        return 2
    shown = compare(settings, read_known(services, options.cooperation), brought)
    if shown.refused:
        say("this file does not fit the cooperation: most dossiers that the link knows are not in it, or have other numbers", error=True)  # fmt: skip
        return 2
    try:
        return _deliver(services, options, shown) if options.deliver else _show(shown, options)
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"{error}\nnot all may be delivered yet: run this again, nothing is done twice"
        ) from error


def _brought(services: Services, options: argparse.Namespace) -> Brought:
    now = services.clock()
    claims, made_at = [], options.made_at
    if options.file:
        with options.file.open("rb") as file:
            claims = read_file(file)
        made_at = made_at or datetime.fromtimestamp(options.file.stat().st_mtime, UTC)
    if options.made_at and options.made_at > now + timedelta(days=1):
        raise BadInput({"made-at": ["--made-at lies in the future"]})
    text = options.pasted.read_text(encoding="utf-8-sig", errors="replace") if options.pasted else ""
    rows = read_pasted(text)
    if options.pasted and not rows:
        raise BadInput({"pasted": [f"{options.pasted} has no table of appointments"]})
    return Brought(min(made_at or now, now), now, claims, rows)


def _why(error: OSError | BadInput) -> str:
    if isinstance(error, BadInput):
        return " ".join(text for texts in error.problems.values() for text in texts)
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


# -- show --------------------------------------------------------------------------------------------------------------


def _show(shown: Comparison, options: argparse.Namespace) -> int:
    for group, row in _rows(shown, options):
        say(f"{group:<12} {_line(row)}")
    counts = ", ".join(f"{number} {group}" for group, number in shown.counts.items())
    say(f"{counted(shown.counts.total(), 'row')}: {counts or 'nothing'}. Nothing was changed.", error=True)
    return 0


def _rows(shown: Comparison, options: argparse.Namespace) -> Iterator[tuple[Group, Compared]]:
    for group in _SHOWN:
        for row in shown.rows.get(group, []):
            contact = row.proposal.contact_id if row.proposal else row.claim.contact_id
            if not options.only or contact in options.only:
                yield group, row


def _line(row: Compared) -> str:
    """Without a name: a terminal keeps what it showed."""
    claim, visit = row.claim, row.visit
    contact = row.proposal.contact_id if row.proposal else claim.contact_id
    parts = [f"row {claim.row}", f"contact {contact or '?'}"]
    if visit and visit.appointment:
        parts.append(f"known {visit.appointment[:16]}")
    if claim.day:
        parts.append(f"Hoomdossier {claim.day} {claim.at.strftime('%H:%M') if claim.at else 'without a time'}")
    parts += [claim.status, *row.why, *row.remarks]
    return "  ".join(part for part in parts if part)


# -- deliver -----------------------------------------------------------------------------------------------------------


def _deliver(services: Services, options: argparse.Namespace, shown: Comparison) -> int:
    outcomes: list[Outcome] = []
    delivered: set[int] = set()
    left: Counter[Group] = Counter()
    for group, row in _rows(shown, options):
        told = _told(options, group, row.proposal) if row.proposal else None
        if told is None or row.proposal is None:
            left[group] += 1
            continue
        outcome = deliver(services, options.cooperation, row.proposal, told, options.by)
        say(f"{outcome:<12} {_line(row)}", error=outcome not in {"done", "already"})
        outcomes.append(outcome)
        delivered.add(row.proposal.contact_id)
    done = outcomes.count("done") + outcomes.count("already")
    say(f"delivered {counted(outcomes.count('done'), 'resident')}", error=True)
    if left:
        says = ", ".join(f"{number} {group}" for group, number in left.items())
        say(f"not delivered: {says}. Without --deliver it shows them.", error=True)
    for contact in sorted(_named(options) - delivered):
        say(f"nothing was delivered of contact {contact}", error=True)
    if done == len(outcomes):
        return 0
    return 1 if done else 2


def _named(options: argparse.Namespace) -> set[int]:
    return {*options.only, *dict(options.time), *options.unknown_time, *options.cancel}


def _told(options: argparse.Namespace, group: Group, proposal: Proposal) -> Told | None:
    """What the options say of a row; None: it is not to be delivered."""
    contact = proposal.contact_id
    times = dict(options.time)
    told = Told(times.get(contact), contact in options.unknown_time)
    is_chosen = {
        "deliver": True,
        "no_coach": True,
        "time": bool(told.at or told.is_unknown),
        "unknown": contact in options.only,
        "entered": contact in options.only,
        "cancel": contact in options.cancel,
    }
    return told if is_chosen.get(group) else None
