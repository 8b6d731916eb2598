"""The internet address that a request comes from, as the proxy before us saw it. Who calls by key: `_caller.py`."""

from __future__ import annotations

from flask import Request

from shared.domain.visitor import Visitor


def visitor_of(request: Request, proxies: int) -> Visitor:
    """Each of our `proxies` adds one address to X-Forwarded-For, the first of them that of the caller.

    What stands before those is the caller's own word. Google's front adds the caller's address; an external load
    balancer before it adds the caller's and its own (Google, "External Application Load Balancer overview",
    X-Forwarded-For).
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if not proxies or not forwarded:
        return Visitor.parse(request.remote_addr or "")
    return Visitor.parse(forwarded.rsplit(",", proxies)[-proxies:][0])
