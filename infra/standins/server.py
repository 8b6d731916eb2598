"""A threaded HTTP server for any WSGI app, which can drop a connection without an answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer


class _QuietHandler(WSGIRequestHandler):
    """Speaks HTTP/1.1, and prints no line per request because the URLs hold keys."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None: ...  # noqa: A002 (werkzeug names the argument so)


def start(app: WSGIApplication, port: int = 0, host: str = "127.0.0.1") -> BaseWSGIServer:
    """Serves in a daemon thread; port 0 takes a free one (`server.port`). End it with `shutdown` and `server_close`."""
    server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler)
    # The interval in seconds at which it notices `shutdown`. With the default of 0.5 a test run mostly waits for that.
    poll = {"poll_interval": 0.05}
    threading.Thread(target=server.serve_forever, name=f"http-{server.port}", kwargs=poll, daemon=True).start()
    return server


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serves while the block runs. Yields the base URL, without a slash at the end."""
    server = start(app, port)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


def drop_connection(environ: WSGIEnvironment) -> None:
    """Resets the TCP connection of this request, so that the caller gets no answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()
