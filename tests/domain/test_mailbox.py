"""Which addresses are one mailbox, for counting what goes to it."""

from __future__ import annotations

import pytest

from shared.domain.mailbox import mailbox


@pytest.mark.parametrize(
    "address",
    ["jan@example.org", "JAN@Example.ORG", "jan+1@example.org", "Jan+a+b@example.org", "jan+@example.org"],
)
def test_spellings_of_one_mailbox(address: str) -> None:
    assert mailbox(address) == "jan@example.org"


@pytest.mark.parametrize("address", ["j.an@gmail.com", "Jan@GoogleMail.com", "ja.n+x@gmail.com"])
def test_gmail_passes_over_points(address: str) -> None:
    assert mailbox(address) == "jan@gmail.com"


def test_others_are_others() -> None:
    addresses = ["jan@example.org", "j.an@example.org", "jan-1@example.org", "jan@example.com", "+jan@example.org", ""]
    assert len({mailbox(address) for address in addresses}) == len(addresses)
