"""The internet address of a visitor: somebody who sends the public form. Callers with a key: `_peer_keys.py`."""

from __future__ import annotations

from flask import Request

from shared.domain.visitor import Visitor


def visitor_of(request: Request, proxies: int) -> Visitor:
    """`proxies` is how many addresses our own front adds to X-Forwarded-For (`LINK_PROXIES`).

    The visitor's address is the first that our front added. The addresses before it were sent by the visitor and prove
    nothing. Google's front adds one address, and an external load balancer adds two: the visitor's and its own (Google,
    "External Application Load Balancer overview", X-Forwarded-For). With 0 proxies the connection's address counts.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if not proxies or not forwarded:
        return Visitor.parse(request.remote_addr or "")
    return Visitor.parse(forwarded.rsplit(",", proxies)[-proxies:][0])
