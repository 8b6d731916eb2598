"""A TCP server in the place of Hoomdossier: keeps each request byte for byte, and answers as a recording says."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

Answer = dict[str, Any]
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


class Recorder:
    """`answers` are given in turn, one per connection (`response_given` of a recording); then connections are closed.

    `answering` is set when the first request has been read.
    """

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.answering = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(_read(connection))
                self.answering.set()
                _answer(connection, self.answers.pop(0) if self.answers else {"connection": "closed"})

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def recording(answers: list[Answer]) -> Iterator[Recorder]:
    recorder = Recorder(answers)
    thread = threading.Thread(target=recorder.serve, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        recorder.close()
        thread.join(5)


def _read(connection: socket.socket) -> dict[str, Any]:
    """The request in the form of the recordings."""
    with connection.makefile("rb") as stream:
        method, path, version = stream.readline().decode().split()
        headers: dict[str, str] = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        body = stream.read(int(headers.get("Content-Length", 0)))
    return {"method": method, "path": path, "http_version": version, "headers": headers, "body": body.decode()}


def _answer(connection: socket.socket, answer: Answer) -> None:
    """A whole answer, one shorter than its Content-Length, or none: the connection is then closed or reset."""
    time.sleep(answer.get("delay_seconds", 0))
    if "raw_bytes" in answer:
        connection.sendall(answer["raw_bytes"].encode())
    elif "status" in answer:
        body = (answer.get("body") or "").encode()
        promised = re.search(r"Content-Length (\d+) announced", answer.get("note", ""))
        length = promised[1] if promised else str(len(body))
        headers = {**answer.get("headers", {}), "Content-Length": length, "Connection": "close"}
        lines = [f"HTTP/1.1 {answer['status']} {_PHRASES.get(answer['status'], 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    if "reset" in answer.get("connection", "").lower():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
