"""python -m infra.standins.cloud_tasks: the server as a process. README.md shows how to use it."""

from __future__ import annotations

import argparse
import logging
import signal
from dataclasses import fields
from pathlib import Path

from infra.printed import say
from infra.standins.cloud_tasks import QueueSettings, serve

_NUMBERS = {field.name: int if "int" in str(field.type) else float for field in fields(QueueSettings)}


def parse_queue(text: str) -> QueueSettings:
    """Reads `projects/…/queues/default,max_attempts=5,min_backoff=0.5`. Raises ArgumentTypeError."""
    name, *settings = text.split(",")
    pairs = (setting.partition("=") for setting in settings)
    try:
        numbers = {field: _NUMBERS[field](value) for field, _, value in pairs}
        return QueueSettings(name, **numbers)  # type: ignore[arg-type]  # (_NUMBERS gives each field its type)
    except (KeyError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.standins.cloud_tasks", description="A local Cloud Tasks")
    parser.add_argument("--port", type=int, default=8123, help="of the gRPC service (default: 8123)")
    parser.add_argument("--certs-port", type=int, default=8124, help="of the public keys (default: 8124)")
    parser.add_argument("--state", type=Path, help="the SQLite file (default: in memory)")
    parser.add_argument("--queue", type=parse_queue, action="append", default=[], metavar="NAME[,SETTING=NUMBER…]")
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s")
    # Blocked before any thread starts, so that only `sigwait` below receives the signals.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with serve(options.state, options.port, certs_port=options.certs_port, queues=options.queue) as server:
        say(f"Cloud Tasks at {server.address}, its public keys at {server.certs_url}")
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
