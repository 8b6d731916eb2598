"""The visitor's address is the address that our own front saw. X-Forwarded-For of the visitor cannot change it."""

from __future__ import annotations

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from functions._visitor import visitor_of

REAL = "203.0.113.66"


def seen(forwarded: str | None, proxies: int) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    environ = EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": "169.254.1.1"}).get_environ()
    return visitor_of(Request(environ), proxies).connection


@pytest.mark.parametrize(
    "said", ["", "1.2.3.4,", "1.2.3.4, 5.6.7.8, ", f"{REAL}, 1.2.3.4,", ",,", "unknown,", "a" * 5000 + ","]
)
@pytest.mark.parametrize(
    ("proxies", "added"), [(1, REAL), (2, f"{REAL},198.51.100.1"), (3, f"{REAL}, 198.51.100.1, ::1")]
)
def test_each_proxy_adds_an_address(said: str, proxies: int, added: str) -> None:
    assert seen(f"{said}{added}", proxies) == REAL


def test_without_a_proxy_the_connections_address_counts() -> None:
    assert seen(None, 1) == "169.254.1.1"
    assert seen("", 1) == "169.254.1.1"
    assert seen(REAL, 0) == "169.254.1.1"


def test_with_fewer_addresses_than_proxies_the_first_counts() -> None:
    assert seen(REAL, 2) == REAL


def test_two_headers_are_read_as_one() -> None:
    environ = EnvironBuilder(headers=[("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", REAL)]).get_environ()
    assert visitor_of(Request(environ), 1).connection == REAL
