"""Where this function is in the addresses that a browser asks for."""

from __future__ import annotations

from flask import Request


def root_of(request: Request) -> str:
    """The path before the addresses in `routes.py`, without a slash at its end: `/functions/show-staff`, or `""`."""
    return request.root_path.rstrip("/")
