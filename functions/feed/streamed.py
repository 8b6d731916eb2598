"""A file that is sent while it is read. An error in the middle of it breaks the connection, because it has begun."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from shared.errors import LinkError
from shared.logs import broken, log


class BrokenOff(Exception):
    """The rest of a file cannot be read; the log says why. It has no text, because the server logs it as it is."""


def streamed(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts. The first is read now, so that an error in it still gets an answer of its own."""
    return chain([next(parts)], _rest(parts))


def _rest(parts: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from parts
    except LinkError as error:
        log.warning("not done", error=type(error).__name__)
        raise BrokenOff from None
    except Exception as error:  # noqa: BLE001  (the server would log its text, which may hold personal data)
        broken(error)
        raise BrokenOff from None
