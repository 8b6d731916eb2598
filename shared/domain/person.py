"""A person as he types himself, in a form that both peers accept: names, e-mail address, telephone number."""

from __future__ import annotations

import re
from contextlib import suppress

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from shared.domain.accepted import Country, accepts_phone
from shared.domain.one_line import LONGEST, one_line, required
from shared.domain.prefixes import PREFIXES
from shared.domain.problem import Problem

_EMAIL_TEXT = "Vul een e-mailadres in, bijvoorbeeld naam@voorbeeld.nl."
_PHONE_TEXT = "Vul één telefoonnummer in, bijvoorbeeld 06 12345678. Een buitenlands nummer begint met + en de landcode."
_LONGEST_FULL_NAME = 250  # Econobis joins the parts in a column of 255, with a comma and spaces between them.


def first_name(text: str) -> str:
    """Initials will do. Raises Problem."""
    return _name(required(text, "Vul uw voornaam in."))


def last_name(text: str) -> str:
    """A company's name will do. Raises Problem."""
    return _name(required(text, "Vul uw achternaam in."))


def initials(text: str) -> str:
    """`J.P.`; `""` when there are none. Raises Problem."""
    return _without_wildcards(one_line(text))


def prefix(text: str) -> str:
    """`van den`; `""` when there is none. Raises Problem."""
    return _without_wildcards(one_line(text))


def full_last_name(prefix: str, last_name: str) -> str:
    """As Econobis joins them for Hoomdossier, which has one column for both. Raises Problem when it is too narrow."""
    return one_line(f"{prefix} {last_name}")


def check_length(first_name: str, prefix: str, last_name: str) -> None:
    """The parts fit one by one. Raises Problem when they are too long together."""
    full_last_name(prefix, last_name)
    if len(f"{first_name}{prefix}{last_name}") > _LONGEST_FULL_NAME:
        raise Problem("Uw voornaam en achternaam zijn samen te lang. Kort ze af.")


def split_prefix(name: str) -> tuple[str, str]:
    """`van den Berg` is `van den` and `Berg`: the reverse of `full_last_name`.

    Only in lower case: `Van den Berg` is how a Belgian writes a last name that has no prefix in any register.
    """
    words = name.split(" ")
    for count in range(len(words) - 1, 0, -1):
        front = " ".join(words[:count])
        if front.replace("\u2019", "'") in PREFIXES:
            return front, " ".join(words[count:])
    return "", name


def email(text: str) -> str:
    """The domain in lower case and ASCII (`xn--`). No display name, quotes or non-ASCII before the @. Raises Problem.

    Hoomdossier's rule is wider, but not everything it takes can be mailed to by both.
    """
    try:
        address = validate_email(
            one_line(text), check_deliverability=False, allow_smtputf8=False, strict=True
        ).ascii_email
    except EmailNotValidError:
        address = None
    if not address:
        raise Problem(_EMAIL_TEXT)
    if len(address) > LONGEST:
        raise Problem(f"Dit e-mailadres is te lang: gebruik hooguit {LONGEST} tekens.")
    return address


def phone(text: str, country: Country) -> str:
    """`0612345678` for a number of `country`, else `+4915123456789`. Raises Problem."""
    line = one_line(text)
    if re.search(r"[^\W\d_]", line):  # phonenumbers takes letters for the digits on their keys, or for an extension.
        raise Problem(_PHONE_TEXT)
    try:
        number = phonenumbers.parse(line, country)
    except phonenumbers.NumberParseException as error:
        raise Problem(_PHONE_TEXT) from error
    if number.extension or not _can_exist(number):
        raise Problem(_PHONE_TEXT)
    if number.country_code != phonenumbers.country_code_for_region(country):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"[^0-9]", "", national)


def phone_for_hoomdossier(text: str, country: Country) -> str | None:
    """None when Hoomdossier would refuse it: the number is optional there, the dossier is what matters."""
    spellings = [text.strip()]
    with suppress(Problem):
        spellings.insert(0, phone(text, country))
    return next((it for it in spellings if accepts_phone(it, country) and len(it) <= LONGEST), None)


def _can_exist(number: phonenumbers.PhoneNumber) -> bool:
    """Known to be in use, or of the length of a subscriber's number: new ranges are opened before we hear of them."""
    if phonenumbers.is_valid_number(number):
        return True
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 31:
        return len(digits) == 9 and not digits.startswith("0")
    if number.country_code == 32:
        return len(digits) == (9 if digits.startswith("4") else 8) and not digits.startswith("0")
    return bool(phonenumbers.is_possible_number(number))


def _name(line: str) -> str:
    if not any(character.isalpha() for character in line):
        raise Problem("Vul een naam in met letters.")
    return _without_wildcards(line)


def _without_wildcards(line: str) -> str:
    """Econobis compares a last name with LIKE: `%` finds anybody on the address (`known-limits.md` E23)."""
    if "%" in line or "_" in line:
        raise Problem("Een naam kan geen % of _ bevatten.")
    return line
