"""E-mail addresses of one mailbox count as one."""

from __future__ import annotations

import pytest

from shared.domain.mailbox import mailbox


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.org", "Anna@Example.ORG"),
        ("anna@example.org", "anna+1@example.org"),
        ("anna+a@example.org", "anna+b+c@example.org"),
        ("anna.berg@gmail.com", "annaberg@googlemail.com"),
        ("a.n.n.a+x@gmail.com", "Anna@gmail.com"),
    ],
)
def test_one_mailbox(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.org", "bea@example.org"),
        ("anna@example.org", "anna@example.net"),
        ("anna.berg@example.org", "annaberg@example.org"),
        ("+anna@example.org", "+bea@example.org"),
    ],
)
def test_two_mailboxes(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)
