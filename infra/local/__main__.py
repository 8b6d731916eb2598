"""python -m infra.local (`make run`): starts everything on one machine, until Ctrl-C. See run.py."""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.full_campaign.fill import NotEmpty
from infra.local.run import InUse, NotLocal, local_store, running
from infra.printed import say
from shared.ending import ENDING


def main() -> None:
    """Returns after SIGINT or SIGTERM, when everything has stopped."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="dossierlink on one machine")
    port, state = int(os.environ.get("PORT") or 8080), Path(os.environ.get("LINK_STATE") or ".local")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one (%(default)s)")
    parser.add_argument("--state", type=Path, default=state, help="the folder that keeps all state (%(default)s)")
    text = "fills an empty state with a campaign of 300 invented residents over ten weeks"
    parser.add_argument("--campaign", action="store_true", help=text)
    options = parser.parse_args()
    try:
        store = local_store(os.environ)
    except NotLocal as error:
        parser.error(str(error))
    # Blocked before any thread starts, so that only `sigwait` below receives the signals.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with _running(parser, options, store) as base:
        say(f"dossierlink runs at {base}/ and keeps its state in {options.state}/ (Ctrl-C ends it)")
        signal.sigwait(signals)
        ENDING.begin()
        time.sleep(0.5)  # Meanwhile the functions give back the work that they have not sent.


@contextmanager
def _running(parser: argparse.ArgumentParser, options: argparse.Namespace, store: str | None) -> Iterator[str]:
    try:
        with running(options.state, options.port, store, campaign=options.campaign) as base:
            yield base
    except InUse:
        parser.error(
            f"another run works in {options.state}/: end that one, or choose another folder: LINK_STATE=… or --state"
        )
    except NotEmpty:
        parser.error(f"--campaign fills an empty state, and there are residents already: delete {options.state}/ first")


if __name__ == "__main__":
    main()
