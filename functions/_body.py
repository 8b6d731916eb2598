"""The body of a request: it is not read before we know who calls.

Then it has three bounds: the size that its route takes, the memory for all large bodies of this process together
(`_room.py`), and a time that fits its size. What was not read when the answer goes out is dropped by
`shared/serving.py`.
"""

from __future__ import annotations

import io
from functools import cache
from typing import IO

from flask import Flask, Request, request

from functions._room import Room
from shared.errors import BadInput
from shared.slow_sender import LARGEST_GATHERED, waited_for

KIB, MIB = 1024, 1024 * 1024
# Reading a report takes several times the bytes that came in: with this, 512 MiB is enough for the whole process.
_ROOM = Room(most=64 * MIB, bodies=16, waiting=32)
_FIRST_SECONDS, _SECONDS_FOR_MIB = 10.0, 1.0


class _HeldBack(io.BytesIO):
    """Empty to whoever reads it as a stream, as the framework does once more after our answer."""

    def __init__(self, body: IO[bytes]) -> None:
        super().__init__()
        self.body = body
        self.room = 0


@cache  # The framework asks for a function more than once.
def hold_back(app: Flask) -> None:
    """Only `read_body` sees the body of any request to this app, also of one that never comes to a function of ours."""
    app.before_request(_hold_back)
    app.teardown_request(_let_go)


def _hold_back() -> None:
    request.stream = _HeldBack(request.stream)


def _let_go(_error: BaseException | None) -> None:
    stream = request.stream
    if isinstance(stream, _HeldBack) and stream.room:
        _ROOM.give_back(stream.room)


def check_head(request: Request, limit: int) -> None:
    """`limit` is in bytes. Raises BadInput for a body that need not be read to be refused."""
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput({"Content-Encoding": ["Stuur de inhoud zonder compressie."]}, 415)


def read_body(request: Request, patience: float = 0.0) -> bytes:
    """Of a caller who has been let in; a large one waits `patience` seconds for room, which it has until the answer.

    Raises BadInput, and NoRoomInMemory.
    """
    limit, said, stream = request.max_content_length or 0, request.content_length, request.stream
    assert isinstance(stream, _HeldBack)
    most = limit if said is None else min(said, limit)
    if said is None or said > LARGEST_GATHERED or "Expect" in request.headers:  # It is still to come.
        _ROOM.take(most, patience)
        stream.room = most
    with waited_for(_FIRST_SECONDS + _SECONDS_FOR_MIB * most / MIB):
        body = _read(stream.body, most + 1)
    if len(body) > limit:
        raise _too_large(limit)
    if len(body) < (said or 0):
        raise BadInput({"body": ["De inhoud is niet helemaal aangekomen. Stuur haar opnieuw."]}, 400)
    return body


def _too_large(limit: int) -> BadInput:
    return BadInput({"body": [f"De inhoud is te groot: hooguit {limit // KIB} KiB."]}, 413)


def _read(stream: IO[bytes], most: int) -> bytes:
    body = bytearray()
    try:
        while len(body) < most and (part := stream.read(min(MIB, most - len(body)))):
            body += part
    except Exception as error:  # Each server has errors of its own for a body that ends halfway or is no body.
        raise BadInput({"body": ["De inhoud is niet goed verstuurd."]}, 400) from error
    return bytes(body)
