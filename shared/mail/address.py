"""Names and addresses on their way into headers, calendars, the SMTP dialogue and errors."""

from __future__ import annotations

import re
from email import headerregistry
from typing import NamedTuple
from unicodedata import category

from email_validator import EmailNotValidError, validate_email

from shared.domain.one_line import visible
from shared.errors import Refused


class Address(NamedTuple):
    """Whom a mail is from or to. The name may be any text; it is cleaned before it goes into a header."""

    name: str
    email: str

    def header(self) -> headerregistry.Address:
        """Raises Refused when the address is not one."""
        local_part, _, domain = on_the_wire(self.email).rpartition("@")
        return headerregistry.Address(header_text(self.name), local_part, domain)


def one_line(text: str) -> str:
    """Without line breaks, control characters, half surrogates and what `visible` takes out; spaces become one."""
    shown = (char if char.isprintable() or category(char) == "Cf" else " " for char in visible(text))
    return " ".join("".join(shown).split())


def header_text(text: str) -> str:
    """One line that means only itself in a header.

    Python's `email` decodes `=?utf-8?q?=0aBcc:…?=` in a value that it is given, and Python before 3.11.10 writes the
    line break that comes out of it (CVE-2024-6923); so what opens such a word is taken apart.
    """
    return one_line(text).replace("=?", "= ?")


def on_the_wire(address: str) -> str:
    """The address with its domain in ASCII. Only a local part outside ASCII keeps it as it is (SMTPUTF8).

    Raises Refused when it is not an address; the text does not hold it.
    """
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Refused("the address is not a valid e-mail address") from None
    return valid.ascii_email or valid.normalized


def without_addresses(text: str, address: str) -> str:
    """One line, at most 300 characters, without any e-mail address and without the local part of `address`."""
    text = re.sub(r"\S*(?:@|%40)\S*", "[address]", one_line(text), flags=re.IGNORECASE)
    local_part = re.escape(address.partition("@")[0])
    return re.sub(rf"(?<!\w){local_part}(?!\w)", "[address]", text, flags=re.IGNORECASE)[:300]
