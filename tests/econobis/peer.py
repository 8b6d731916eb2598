"""A peer on a real socket that says, byte for byte, what a test wants, and keeps what it was sent."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from shared.econobis.client import EconobisClient

WEBFORM_KEY = "webform-sleutel-4f9c2d71"
EVENT_KEY = "event sleutel/8b0e"  # It has to be quoted in a URL.

Behaviour = Callable[[socket.socket], None]


def answer(status: int, body: Any = None, **headers: str) -> Behaviour:
    """A whole HTTP answer; `body` is sent as it is when it is bytes, else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)


def reset(connection: socket.socket) -> None:
    """Closes with a TCP reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Peer:
    def __init__(self, behaviour: Behaviour, *, reads: bool = True) -> None:
        self.behaviour = behaviour
        self.reads = reads
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                if self.reads:
                    self.requests.append(_request(connection))
                self.behaviour(connection)

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    @property
    def head(self) -> str:
        return self.requests[-1].partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        return self.requests[-1].partition(b"\r\n\r\n")[2]


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    parts = [body]
    while sum(map(len, parts)) < length:
        parts.append(connection.recv(1 << 20))
    return head + b"\r\n\r\n" + b"".join(parts)


@contextmanager
def running(behaviour: Behaviour, *, reads: bool = True) -> Iterator[tuple[Peer, EconobisClient]]:
    peer = Peer(behaviour, reads=reads)
    try:
        with httpx.Client() as http:
            yield peer, EconobisClient(http, f"{peer.url}/", WEBFORM_KEY, EVENT_KEY)
    finally:
        peer.close()
