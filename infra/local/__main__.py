"""python -m infra.local: everything on one machine, until Ctrl-C. `run.py` says what everything is."""

from __future__ import annotations

import argparse
import os
import signal
import time
from pathlib import Path

from infra.local.run import running
from infra.printed import say
from shared.work.ending import ENDING


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="dossierlink on one machine")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8080), help="0: a free one")
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("LINK_STATE") or ".local"))
    options = parser.parse_args()
    # Blocked before any thread starts, so that none of them dies of it.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with running(options.state, options.port) as base:
        say(f"dossierlink runs at {base}/ and keeps its state in {options.state}/ (Ctrl-C ends it)")
        signal.sigwait(signals)
        ENDING.begin()
        time.sleep(0.5)  # What was claimed is given back meanwhile.


if __name__ == "__main__":
    main()
