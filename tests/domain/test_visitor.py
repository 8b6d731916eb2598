"""A household, office or server is one visitor, however many addresses it has."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from shared.domain.visitor import Visitor


def connection(text: str) -> str:
    return Visitor.parse(text).connection


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2::1", "2001:0db8:0001:0002:0:0:0:1"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("203.0.113.7", "::ffff:cb00:7107"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1%eth1"),
    ],
)
def test_the_same_connection(one: str, other: str) -> None:
    assert connection(one) == connection(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.8"),
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
    ],
)
def test_another_connection(one: str, other: str) -> None:
    assert connection(one) != connection(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "_hidden",
        "203.0.113",
        "203.0.113.07",
        "203.0.113.7:80",
        "0xCB007107",
        "3405803783",
        "a" * 9000,
        "::g",
    ],
)
def test_all_unknown_addresses_are_one_visitor(text: str) -> None:
    assert connection(text) == "unknown"
    assert not Visitor.parse(text).customer
    assert not Visitor.parse(text).is_in([ip_network("0.0.0.0/0")])


def test_a_customer_of_a_provider_has_many_connections() -> None:
    assert Visitor.parse("2001:db8:1:2::1").customer == Visitor.parse("2001:db8:1:3::1").customer
    assert Visitor.parse("2001:db8:1:2::1").customer != Visitor.parse("2001:db8:2:2::1").customer
    assert not Visitor.parse("203.0.113.7").customer


@pytest.mark.parametrize(
    ("text", "is_in"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("203.0.114.7", False),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
    ],
)
def test_a_network_holds_its_addresses(text: str, is_in: bool) -> None:
    networks = [ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")]
    assert Visitor.parse(text).is_in(networks) == is_in
