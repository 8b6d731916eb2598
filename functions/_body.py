"""The body of a request. It is read only after the caller was admitted, except to check the signature of a caller.

Three limits hold: the size that the route takes, the memory for all large bodies of this process (`_room.py`), and a
time that grows with the size. `shared/serving.py` drops the part of a body that was not read before the answer.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache, partial
from typing import IO

from flask import Flask, Request, request

from functions._room import Room
from shared.errors import BadInput
from shared.slow_sender import LARGEST_GATHERED, waited_for
from shared.words import Words

KIB, MIB = 1024, 1024 * 1024
# Parsing a report takes several times the size of its body. With this limit the process stays within 512 MiB.
_ROOM = Room(most=64 * MIB, bodies=16, waiting=32)
# For bodies that are read before we know who sent them, so that a stranger cannot take the room of the others.
_ROOM_FOR_UNPROVEN = Room(most=32 * MIB, bodies=4, waiting=0)
_FIRST_SECONDS, _SECONDS_FOR_MIB = 10.0, 1.0


class _HeldBack(io.BytesIO):
    """A stream that looks empty: functions-framework reads the stream once more after our answer."""

    def __init__(self, body: IO[bytes]) -> None:
        super().__init__()
        self.body = body
        self.already_read: bytes | None = None
        self.give_back: Callable[[], None] = lambda: None


@cache  # The framework loads a function more than once, and each app needs the hooks once.
def hold_back(app: Flask) -> None:
    """Hides the body of every request to this app, so that only `read_body` can read it."""
    app.before_request(_hold_back)
    app.teardown_request(_let_go)


def _hold_back() -> None:
    request.stream = _HeldBack(request.stream)


def _let_go(_error: BaseException | None) -> None:
    stream = request.stream
    if isinstance(stream, _HeldBack):
        stream.give_back()


def check_head(request: Request) -> None:
    """Refuses by the headers alone.

    Raises BadInput: 413 for a Content-Length above the limit of the route, 415 for a compressed body.
    """
    limit = request.max_content_length or 0
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput({"Content-Encoding": ["Stuur de inhoud zonder compressie."]}, 415)


def read_body(request: Request, patience: float = 0.0) -> bytes:
    """The whole body. Call it after the caller was admitted and `check_head` passed.

    A large body reserves memory until the answer was sent, and waits at most `patience` seconds for it. Raises
    NoRoomInMemory (503), and BadInput: 413 above the limit, 400 for a body that broke off or is malformed.
    """
    stream = _held_back(request)
    if stream.already_read is None:
        return _received(request, _ROOM, patience)
    body, stream.already_read = stream.already_read, None
    return body


def read_unproven(request: Request) -> bytes:
    """The whole body of a caller that is still to be admitted. `read_body` then returns it once more.

    Raises as `check_head` and `read_body`.
    """
    check_head(request)
    stream = _held_back(request)
    body = stream.already_read = _received(request, _ROOM_FOR_UNPROVEN, patience=0.0)
    return body


def _held_back(request: Request) -> _HeldBack:
    assert isinstance(request.stream, _HeldBack)
    return request.stream


def _received(request: Request, room: Room, patience: float) -> bytes:
    limit, said, stream = request.max_content_length or 0, request.content_length, _held_back(request)
    most = limit if said is None else min(said, limit)
    if said is None or said > LARGEST_GATHERED or "Expect" in request.headers:  # The server has not received it yet.
        room.take(most, patience)
        stream.give_back = partial(room.give_back, most)
    with waited_for(_FIRST_SECONDS + _SECONDS_FOR_MIB * most / MIB):
        body = _read(stream.body, most + 1)
    if len(body) > limit:
        raise _too_large(limit)
    if len(body) < (said or 0):
        raise BadInput({"body": ["De inhoud is niet helemaal aangekomen. Stuur haar opnieuw."]}, 400)
    return body


def _too_large(limit: int) -> BadInput:
    if limit < MIB:
        return BadInput({"body": [Words("De inhoud is te groot: hooguit {count} KiB.", count=limit // KIB)]}, 413)
    return BadInput({"body": [Words("De inhoud is te groot: hooguit {count} MB.", count=limit // MIB)]}, 413)


def _read(stream: IO[bytes], most: int) -> bytes:
    body = bytearray()
    try:
        while len(body) < most and (part := stream.read(min(MIB, most - len(body)))):
            body += part
    except Exception as error:  # Each server raises its own errors for a body that breaks off.
        raise BadInput({"body": ["De inhoud is niet goed verstuurd."]}, 400) from error
    return bytes(body)
