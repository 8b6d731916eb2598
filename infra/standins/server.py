"""A threaded HTTP server for any WSGI app of the local run, and how it drops a connection on purpose."""

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
    """Speaks HTTP/1.1 and prints no line per request: the URLs hold keys."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None: ...  # noqa: A002  (named so by werkzeug)


def start(app: WSGIApplication, port: int = 0, host: str = "127.0.0.1") -> BaseWSGIServer:
    """Serves in a daemon thread; port 0 takes a free one. `server.port` tells which; `server.shutdown()` ends it."""
    server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler)
    # How often it looks whether it is to end: at the default of half a second a test run is mostly waiting for that.
    poll = {"poll_interval": 0.05}
    threading.Thread(target=server.serve_forever, name=f"http-{server.port}", kwargs=poll, daemon=True).start()
    return server


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """The base URL, without a slash at the end, for as long as the block runs."""
    server = start(app, port)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


def drop_connection(environ: WSGIEnvironment) -> None:
    """Reset the caller's TCP connection, so that it sees no answer at all."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()
