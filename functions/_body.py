"""The body of a request: nobody reads it before its caller is known, and what nobody wants is passed over.

An answer without it must reach a caller who is still sending: so it is received all the same, in small parts, and
dropped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from flask import Request

from shared.errors import BadInput

KIB, MIB = 1024, 1024 * 1024
_PASSED_OVER = 32 * MIB  # Cloud Run lets no more through.
_PART = 64 * KIB


class _HeldBack(io.BytesIO):
    """Empty to whoever reads it as a stream, as the framework does once more after our answer."""

    def __init__(self, body: IO[bytes]) -> None:
        super().__init__()
        self.body = body


@contextmanager
def held_back(request: Request) -> Iterator[None]:
    """Only `read_body` sees the body, and only within it."""
    body = request.stream
    request.stream = _HeldBack(body)
    try:
        yield
    finally:
        _pass_over(body, request.content_length or 0)


def check_head(request: Request, limit: int) -> None:
    """`limit` is in bytes. Raises BadInput for a body that need not be read to be refused."""
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput({"Content-Encoding": ["Stuur de inhoud zonder compressie."]}, 415)


def read_body(request: Request) -> bytes:
    """Of a caller who has been let in. Raises BadInput for more than its route takes."""
    limit = request.max_content_length or 0
    assert isinstance(request.stream, _HeldBack)
    body = _read(request.stream.body, limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> BadInput:
    return BadInput({"body": [f"De inhoud is te groot: hooguit {limit // KIB} KiB."]}, 413)


def _read(stream: IO[bytes], most: int) -> bytes:
    body = bytearray()
    while len(body) < most and (part := stream.read(min(_PART, most - len(body)))):
        body += part
    return bytes(body)


def _pass_over(stream: IO[bytes], said: int) -> None:
    """Only what is said to be larger than Cloud Run takes is not waited for."""
    left = _PASSED_OVER if said <= _PASSED_OVER else 0
    while left > 0 and (part := stream.read(_PART)):
        left -= len(part)
