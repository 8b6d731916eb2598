"""`dead-letters`: lists what retrying cannot mend, and does with it what an operator decides."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from infra.operate.by import add_by
from infra.operate.cooperation import settings_of
from infra.printed import counted, say, say_lines
from shared import wiring
from shared.clock import to_text
from shared.dead_letters.decide import CannotReplay, check_replay, close, replay, settle, would_settle
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.cause_titles import DECISIONS
from shared.errors import Busy
from shared.work.services import Services
from shared.work.settle_dossier import AccountTaken

HELP = """List dead letters, and replay, settle or close them.

A dead letter is accepted work that retrying cannot mend. It waits until you decide, for at most 90 days (README,
"Retention").

  list     one line for each: its id, its cooperation and since when (UTC). Changes nothing.
  show     the same, with the reason and what to do. Changes nothing.
  replay   queues the work again, after you mended the cause (opnieuw versturen). Refused where it cannot help. What a
           person has to decide about, such as a welcome that was held, is replayed only by its id.
  settle   stores the account of a dossier that you looked up in Hoomdossier; the waiting work goes on with it. Only for
           a dossier: residents/... or dossier_requests/...
  close    deletes the dead letter and what was to be delivered, for good (op afgehandeld zetten).

replay, settle and close write an audit line for each, with --by. With --dry-run they check the same, and change nothing.

Examples:
  python -m infra.operate --project my-project dead-letters list
  python -m infra.operate dead-letters list --cooperation zonnig-dorp
  python -m infra.operate dead-letters show residents/zonnig-dorp:1001
  python -m infra.operate dead-letters replay --cooperation zonnig-dorp --dry-run
  python -m infra.operate dead-letters settle residents/zonnig-dorp:1001 --account-id 4711 --by anna
  python -m infra.operate dead-letters close residents/zonnig-dorp:1001 --by anna
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show", "replay", "settle", "close"])
    parser.add_argument("id", nargs="*", help="as `list` shows them; none: all that the options choose")
    parser.add_argument("--cooperation", help="only those of this cooperation")
    parser.add_argument("--kind", help="only of this kind: plan, report, ... or the part of an id before its first /")
    parser.add_argument("--reason", help="only those with this text in their reason")
    parser.add_argument("--all", action="store_true", help="needed to replay or close without ids or options")
    parser.add_argument(
        "--dry-run", action="store_true", help="check the same, print what would be done, and change nothing"
    )
    parser.add_argument("--account-id", type=int, help="with settle: the account of the dossier in Hoomdossier")
    add_by(parser)
    parser.add_argument("--json", action="store_true", help="with list or show: everything of each, for a program")


def run(options: argparse.Namespace) -> int:
    """Raises WrongConfig, NoCooperation and StoreUnavailable; what was done before that stays done."""
    services = wiring.services()
    if options.cooperation:
        settings_of(services, options.cooperation)
    chosen = list(_chosen(services, options))
    if options.action in {"list", "show"}:
        show(chosen, options)
        return 0
    return _act(services, chosen, options)


def _chosen(services: Services, options: argparse.Namespace) -> Iterator[DeadLetter]:
    for letter in find_dead_letters(services, options.cooperation):
        fits_id = not options.id or letter.id in options.id
        fits_kind = not options.kind or options.kind in {letter.kind, letter.collection}
        if fits_id and fits_kind and (not options.reason or options.reason in letter.why):
            yield letter


def show(chosen: list[DeadLetter], options: argparse.Namespace) -> None:
    """Prints to stdout, as `options.action` and `options.json` ask. Their number goes to stderr."""
    if options.json:
        say_lines(json.dumps([_as_json(letter) for letter in chosen], ensure_ascii=False, indent=2))
        return
    for letter in chosen:
        unsure = " (niet zeker)" if letter.parked.unknown else ""
        say(f"{letter.id}  {letter.cooperation}  sinds {to_text(letter.parked.at)[:16]}{unsure}")
        if options.action == "show":
            say(f"  Waarom: {letter.why}")
            say(f"  Wat te doen: {letter.advice}")
    say(counted(len(chosen), "dead letter"), error=True)


def _as_json(letter: DeadLetter) -> dict[str, object]:
    """`reason` and `advice` are the Dutch texts that `show` prints; `code` stays the same when a text changes."""
    return {
        "id": letter.id,
        "cooperation": letter.cooperation,
        "code": letter.parked.code,
        "reason": letter.why,
        "advice": letter.advice,
        "at": to_text(letter.parked.at),
        "unknown": letter.parked.unknown,
        "final": letter.final,
    }


def _act(services: Services, chosen: list[DeadLetter], options: argparse.Namespace) -> int:
    if not (options.id or options.cooperation or options.kind or options.reason or options.all):
        say("say which: ids, --cooperation, --kind, --reason or --all", error=True)
        return 2
    if options.action == "settle" and not (len(options.id) == 1 and (options.account_id or 0) > 0):
        say("settle takes one id, and --account-id with a number above 0", error=True)
        return 2
    unknown = set(options.id) - {letter.id for letter in chosen}
    for missing in sorted(unknown):
        say(f"{missing}: no dead letter (any more)", error=True)
    refusals = [_refusal(services, letter, options) for letter in chosen]
    for letter, refusal in zip(chosen, refusals, strict=True):
        if refusal:
            say(f"{letter.id}  {refusal}", error=True)
        else:
            say(f"{letter.id}  {'would ' if options.dry_run else ''}{options.action}")
    done = refusals.count("")
    if done == len(refusals) and not unknown:
        return 0
    return 1 if done else 2


def _refusal(services: Services, letter: DeadLetter, options: argparse.Namespace) -> str:
    """Does what was asked, or with --dry-run only looks whether it could be done. Why not; `""` when it was done."""
    try:
        if options.action == "replay" and not options.id and letter.parked.code in DECISIONS:
            return f"left out, decide about it by its id: {letter.why}"
        done = _check(services, letter, options) if options.dry_run else _do(services, letter, options)
    except CannotReplay as error:
        return error.reason
    except AccountTaken as taken:
        return f"account {taken.account_id} is that of contact {taken.contact_id}"
    except Busy:
        return "somebody else decides about it now, or was stopped: run this again in half a minute"
    return "" if done else "no dead letter (any more)"


def _do(services: Services, letter: DeadLetter, options: argparse.Namespace) -> bool:
    """False when somebody else decided about it since it was listed."""
    if options.action == "settle":
        return settle(services, letter, options.account_id, options.by)
    if options.action == "replay":
        return replay(services, letter, options.by)
    return close(services, letter, options.by)


def _check(services: Services, letter: DeadLetter, options: argparse.Namespace) -> bool:
    """As `_do`, but it changes nothing."""
    if options.action == "settle":
        return would_settle(services, letter, options.account_id)
    if options.action == "replay":
        check_replay(letter)
    return True
