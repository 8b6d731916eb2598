"""Ports of 127.0.0.1 where nothing listens."""

from __future__ import annotations

import socket


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def closed_port() -> str:
    """The URL of a port where nothing listens."""
    return f"http://127.0.0.1:{free_port()}"
