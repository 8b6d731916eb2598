"""Sends one HTTP/1.1 request over a new connection, because a kept connection may close while a task is sent over it.

Not httpx: its pool inspects every connection for every request, which limited a backlog to 60 tasks a second.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cache

import h11
import httpx

_CHUNK = 65536


class NoAnswer(Exception):
    """The URL or a header is invalid, the connection was refused, or it closed before the whole answer came."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case


async def send(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> Answer:
    """Returns the answer, also when it is a redirect. Has no timeout. Raises NoAnswer."""
    try:
        target = httpx.URL(url)
        host = ("Host", target.netloc.decode())
        length = [] if body is None else [("Content-Length", str(len(body)))]
        request = h11.Request(method=method, target=target.raw_path, headers=[host, *headers, *length])
        return await _exchange(target, request, body or b"")
    # ValueError comes from a header that is not ASCII, OverflowError from a port above 65535.
    except (OSError, ValueError, OverflowError, httpx.InvalidURL, h11.ProtocolError) as error:
        raise NoAnswer(str(error)) from error


async def _exchange(target: httpx.URL, request: h11.Request, body: bytes) -> Answer:
    tls = _tls() if target.scheme == "https" else None
    connection = h11.Connection(h11.CLIENT)
    parts = [request, h11.Data(data=body), h11.EndOfMessage()]
    raw = b"".join(connection.send(part) or b"" for part in parts)
    reader, writer = await asyncio.open_connection(target.host, target.port or (443 if tls else 80), ssl=tls)
    try:
        writer.write(raw)
        return await _read_answer(connection, reader)
    finally:
        writer.transport.abort()


async def _read_answer(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    answer = None
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            answer = Answer(
                event.status_code, {name.decode(): value.decode("latin-1") for name, value in event.headers}
            )
        elif isinstance(event, h11.EndOfMessage) and answer:
            return answer
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionError("closed before an answer")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
