"""python -m infra.operate.dead_letters: what only a person can mend. See the README, "Operate".

It works on the deployment that the LINK_... variables name; the functions go on while it does.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Iterator

from infra.printed import say, say_lines
from shared import logs
from shared.clock import to_text
from shared.config import WrongConfig
from shared.dead_letters.decide import CannotReplay, close, replay, settle
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.errors import StoreUnavailable
from shared.wiring import services
from shared.work.services import Services


def main() -> int:
    options = _parser().parse_args()
    logs.to_stderr()
    try:
        chosen = list(_chosen(services(), options))
        if options.action in {"list", "show"}:
            _show(chosen, options)
            return 0
        return _act(services(), chosen, options)
    except (WrongConfig, StoreUnavailable) as error:
        say_lines(error, error=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operate.dead_letters", description="what only a person can mend"
    )
    parser.add_argument("action", choices=["list", "show", "replay", "settle", "close"])
    parser.add_argument("id", nargs="*", help="as `list` shows them; none: all that the options choose")
    parser.add_argument("--cooperation")
    parser.add_argument("--kind", help="a kind of event, or the part of an id before its first /")
    parser.add_argument("--reason", help="a part of the reason")
    parser.add_argument("--all", action="store_true", help="needed to replay or close without ids or options")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--account-id", type=int, help="with settle: the account of the dossier in Hoomdossier")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides this, for the audit line")
    parser.add_argument("--json", action="store_true")
    return parser


def _chosen(link: Services, options: argparse.Namespace) -> Iterator[DeadLetter]:
    for letter in find_dead_letters(link, options.cooperation):
        fits_id = not options.id or letter.id in options.id
        fits_kind = not options.kind or options.kind in {letter.kind, letter.collection}
        if fits_id and fits_kind and (not options.reason or options.reason in letter.why):
            yield letter


def _show(chosen: list[DeadLetter], options: argparse.Namespace) -> None:
    if options.json:
        say_lines(json.dumps([_as_json(letter) for letter in chosen], ensure_ascii=False, indent=2))
        return
    for letter in chosen:
        unsure = " (niet zeker)" if letter.parked.unknown else ""
        say(f"{letter.id}  {letter.cooperation}  sinds {to_text(letter.parked.at)[:16]}{unsure}")
        if options.action == "show":
            say(f"  Waarom: {letter.why}")
            say(f"  Wat te doen: {letter.advice}")
    say(f"{len(chosen)} dead letters", error=True)


def _as_json(letter: DeadLetter) -> dict[str, object]:
    return {"id": letter.id, "cooperation": letter.cooperation, **letter.parked.model_dump(mode="json")}


def _act(link: Services, chosen: list[DeadLetter], options: argparse.Namespace) -> int:
    if not (options.id or options.cooperation or options.kind or options.reason or options.all):
        say("say which: ids, --cooperation, --kind, --reason or --all", error=True)
        return 2
    if options.action == "settle" and not (len(options.id) == 1 and (options.account_id or 0) > 0):
        say("settle takes one id and --account-id", error=True)
        return 2
    unknown = set(options.id) - {letter.id for letter in chosen}
    for missing in sorted(unknown):
        say(f"{missing}: no dead letter (any more)", error=True)
    failed = len(unknown)
    for letter in chosen:
        try:
            if not options.dry_run:
                _do(link, letter, options)
            say(f"{letter.id}  {'would ' if options.dry_run else ''}{options.action}")
        except CannotReplay as error:
            failed += 1
            say(f"{letter.id}  {error.reason}", error=True)
    return 1 if failed else 0


def _do(link: Services, letter: DeadLetter, options: argparse.Namespace) -> None:
    if options.action == "settle":
        settle(link, letter, options.account_id, options.by)
    elif options.action == "replay":
        replay(link, letter, options.by)
    else:
        close(link, letter, options.by)


if __name__ == "__main__":
    sys.exit(main())
