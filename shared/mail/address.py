"""Makes names and addresses safe for headers, calendar files, SMTP commands and error texts."""

from __future__ import annotations

import re
from email import headerregistry
from typing import NamedTuple
from unicodedata import category

from email_validator import EmailNotValidError, validate_email

from shared.domain.one_line import visible
from shared.errors import Refused


class Address(NamedTuple):
    """The sender or receiver of a mail. `name` may be any text; `header` cleans it."""

    name: str
    email: str

    def header(self) -> headerregistry.Address:
        """For a From, To or Reply-To header. Raises Refused when the address is not valid."""
        local_part, _, domain = on_the_wire(self.email).rpartition("@")
        return headerregistry.Address(header_text(self.name), local_part, domain)


def printable_line(text: str) -> str:
    """The text on one line, without characters that cannot be printed or seen, and with single spaces.

    Unlike `domain/one_line.py` it takes any text and raises nothing.
    """
    shown = (char if char.isprintable() or category(char) == "Cf" else " " for char in visible(text))
    return " ".join("".join(shown).split())


def header_text(text: str) -> str:
    """The text as one line in which nothing is decoded when it stands in a header.

    Python's `email` decodes `=?utf-8?q?=0aBcc:…?=` in a value that it is given, and Python before 3.11.10 then writes
    the line break in it as a new header (CVE-2024-6923). A space between `=` and `?` prevents that.
    """
    return printable_line(text).replace("=?", "= ?")


def on_the_wire(address: str) -> str:
    """The address as SMTP sends it: its domain in ASCII, unless the part before the @ needs SMTPUTF8 anyway.

    Raises Refused when it is not a valid address; the error does not quote it.
    """
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Refused("the address is not a valid e-mail address") from None
    return valid.ascii_email or valid.normalized


def without_addresses(text: str, address: str) -> str:
    """The text on one line of at most 300 characters, for the reply of a mail server, which may quote the receiver.

    Every e-mail address in it, and the part of `address` before the @, is replaced by `[address]`.
    """
    text = re.sub(r"\S*(?:@|%40)\S*", "[address]", printable_line(text), flags=re.IGNORECASE)
    local_part = re.escape(address.partition("@")[0])
    return re.sub(rf"(?<!\w){local_part}(?!\w)", "[address]", text, flags=re.IGNORECASE)[:300]
