"""A peer on a real socket that sends exactly the bytes that a test wants, and keeps the requests that it got."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import trustme

Behaviour = Callable[[socket.socket], None]

TRUSTED = ssl.create_default_context()  # Made once: it reads all authorities, which takes longer than most tests.
_BOMB = gzip.compress(b"[" * 20_000_000)


def answer(status: int, body: Any = None, **headers: str) -> Behaviour:
    """A whole HTTP answer; `body` is sent as it is when it is bytes, else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda connection: connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)


def sends(*parts: bytes, pause: float = 0) -> Behaviour:
    """Sends these bytes, with `pause` seconds after each part, and closes the connection."""

    def behave(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return behave


def reset(connection: socket.socket) -> None:
    """Closes with a TCP reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs(connection: socket.socket) -> None:
    """Sends nothing until the caller closes the connection, for five seconds at most."""
    connection.settimeout(5)
    connection.recv(1)


def _head(status: int, **headers: object) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def drips(status: int) -> Behaviour:
    """Sends one byte at a time, so fast that a limit per read does not stop it."""
    return sends(_head(status, Content_Length=1000), *[b"["] * 200, pause=0.02)


def never_ends(status: int) -> Behaviour:
    return sends(_head(status, Connection="close"), *[b"[" * 65536] * 1000)


def gzip_bomb(status: int) -> Behaviour:
    """20 MB in 20 kB."""
    return sends(_head(status, Content_Length=len(_BOMB), Content_Encoding="gzip") + _BOMB)


def cut_off(status: int) -> Behaviour:
    return sends(_head(status, Content_Length=500) + b'["')


# Behaviours that leave open whether the call was carried out.
NO_ANSWER: dict[str, Behaviour] = {
    "reset after the request": reset,
    "closed after the request": sends(),
    "no HTTP": sends(b"garbage without a status line\r\n\r\n"),
    "half a head": sends(b"HTTP/1.1 200 OK\r\nContent-"),
    "silence": hangs,
}
HTML = b"<!DOCTYPE html><html><body>Onderhoud</body></html>"


def unreadable(status: int) -> dict[str, Behaviour]:
    """Answers with this status whose body is not the JSON that is expected."""
    return {
        "HTML": answer(status, HTML, Content_Type="text/html"),
        "empty": answer(status, b""),
        "one byte at a time": drips(status),
        "endless": never_ends(status),
        "gzip bomb": gzip_bomb(status),
        "cut off": cut_off(status),
        "NaN": answer(status, b"[NaN"),
        "deep": answer(status, b"[" * 100_000),
        "bad UTF-8": answer(status, b'["\xff\xfe"]'),
    }


class Peer:
    """Serves one connection at a time with `behaviour`. `reads`: it reads the request first. `tls`: the authority that
    signs its certificate.
    """

    def __init__(self, behaviour: Behaviour, *, reads: bool = True, tls: trustme.CA | None = None) -> None:
        self.behaviour = behaviour
        self.reads = reads
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._tls = _context(tls) if tls else None
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                secured = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                with secured:
                    if self.reads:
                        self.requests.append(_request(secured))
                    self.behaviour(secured)

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


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (part := connection.recv(65536)):
            raise ConnectionError("no whole request")
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    parts = [body]
    while sum(map(len, parts)) < sum(lengths):
        parts.append(connection.recv(1 << 20))
    return head + b"\r\n\r\n" + b"".join(parts)


@contextmanager
def peer_that(behaviour: Behaviour, *, reads: bool = True, tls: trustme.CA | None = None) -> Iterator[Peer]:
    peer = Peer(behaviour, reads=reads, tls=tls)
    try:
        yield peer
    finally:
        peer.close()


@contextmanager
def peer_that_never_accepts() -> Iterator[str]:
    """Yields the URL. The backlog of the socket is full, so a connection is neither made nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(3)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            for caller in waiting:
                caller.close()


def everything_on(error: BaseException | None) -> str:
    """All text of an error: itself, its attributes, its request, and the errors that it came from."""
    told = []
    while error is not None:
        told += [repr(error), str(error), repr(vars(error)), repr(getattr(error, "_request", ""))]
        request = getattr(error, "_request", None)
        told += [repr(request.headers.raw), str(request.url)] if request is not None else []
        error = error.__cause__ or error.__context__
    return "\n".join(told)
