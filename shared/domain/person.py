"""Reads names, e-mail address and telephone number as residents type them, into the form that both peers accept."""

from __future__ import annotations

import re
from collections.abc import Mapping

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from shared.domain.accepted import Country
from shared.domain.nothing import is_nothing
from shared.domain.one_line import LONGEST, one_line, within_reach
from shared.domain.prefixes import split_prefix
from shared.domain.problem import Problem
from shared.domain.proper_name import proper_name
from shared.domain.signs import first_sign
from shared.domain.unescaped import unescaped
from shared.words import Words

_EMAIL_TEXT = Words("Vul een e-mailadres in, bijvoorbeeld naam@voorbeeld.nl.")
_ONE_EMAIL_TEXT = Words("Vul één e-mailadres in, bijvoorbeeld naam@voorbeeld.nl.")
PHONE_EXAMPLES: Mapping[Country, str] = {"NL": "06 12345678", "BE": "0470 12 34 56"}
# Hoomdossier logs the full name with 38 more characters in a column of 191. A longer name makes it fail after it made
# the account, so without a dossier (known-limits A12). Econobis' column is wider.
_LONGEST_FULL_NAME = LONGEST - len(" heeft toegang gegeven tot zijn woning")
# These mean "no value" for a prefix or a phone number only. In other fields they can be an addition or an initial.
_NOTHING_HERE = frozenset({"x", "xx", "no", "na"})
_SHORT_PREFIX = frozenset({"v", "v.", "v.d", "v.d.", "v/d", "vd", "v d", "vd."})  # van, van de, van den, van der
# The signs that people have before the @. Others are valid (`!%/=?`), but a `mailto:` link gives them a meaning.
_ADDRESS_SIGNS = "#$&'*+_~.@-"
_WITH_NAME = re.compile(r"([^<>]*)<\s*([^<>]*?)\s*>[\s.,;]*")  # Anna <anna@voorbeeld.nl>
_PHONE_NUMBER = re.compile(r"(?:[0-9][\s()./-]{0,2}){7}")
_QUOTED = (('"', '"'), ("'", "'"), ("(", ")"), ("[", "]"), ("\u201c", "\u201d"))


def first_name(text: str) -> str:
    """A first name, or initials that were filled in as a first name. Raises Problem."""
    return _name(text, Words("Vul uw voornaam in."))


def last_name(text: str) -> str:
    """A last name, or the name of a company. Raises Problem."""
    return _name(text, Words("Vul uw achternaam in."))


def initials(text: str) -> str:
    """`J.P.`; `""` when there are none. Raises Problem."""
    line = _plain(proper_name(text))
    return "" if is_nothing(line) else line


def prefix(text: str) -> str:
    """`van den`; `""` when there is none. Raises Problem."""
    line = _plain(proper_name(text))
    if is_nothing(line) or line.casefold() in _NOTHING_HERE:
        return ""
    if not any(character.isalpha() for character in line):
        raise Problem(Words("Een tussenvoegsel heeft letters, bijvoorbeeld van den. Laat het leeg als u er geen hebt."))
    return line


def apart(prefix: str, last_name: str) -> tuple[str, str]:
    """Prefix and last name, without a prefix that was typed in both fields: (`van den`, `Berg`) for `van den Berg`.

    Econobis does not find a contact by a last name that includes the prefix (`docs/peers/econobis.md` 4.5).
    """
    if not prefix:
        return prefix, last_name
    front, back = prefix.split(" "), last_name.split(" ")
    same = _overlap([_bare(word) for word in front], [_bare(word) for word in back])
    if same:
        rest = " ".join(back[same:])
        known = split_prefix(f"{_bare(prefix)} {rest}")
        return (" ".join([*front, *back[same:]][: len(known[0].split(" "))]), known[1]) if known[0] else (prefix, rest)
    behind = re.fullmatch(rf"(.+?)(?:,\s*|\s+){re.escape(_bare(prefix))}", _bare(last_name))
    if behind:
        return prefix, last_name[: behind.end(1)]
    if prefix.endswith(("'", "\u2019")) and _bare(last_name).startswith(_bare(prefix)) and len(last_name) > len(prefix):
        return prefix, last_name[len(prefix) :].lstrip()
    inside, name = split_prefix(last_name[:1].lower() + last_name[1:])
    is_end = f" {_bare(inside)}".endswith(f" {_bare(prefix)}")  # `den` and `van den Berg`
    is_short = prefix.casefold() in _SHORT_PREFIX and inside.startswith("van")
    return (inside, name) if inside and (is_end or is_short) else (prefix, last_name)


def full_last_name(prefix: str, last_name: str) -> str:
    """Prefix and last name as Econobis joins them for Hoomdossier's one column. Raises Problem when they do not fit."""
    return one_line(f"{prefix} {last_name}")


def check_length(first_name: str, prefix: str, last_name: str) -> None:
    """Raises Problem when names that fit one by one are together too long for Hoomdossier."""
    if len(f"{first_name} {full_last_name(prefix, last_name)}") > _LONGEST_FULL_NAME:
        raise Problem(Words("Uw voornaam en achternaam zijn samen te lang. Kort ze af."))


def email(text: str) -> str:
    """The address in typed or pasted text: `Anna <anna@voorbeeld.nl>`, `mailto:…`, a full stop behind it.

    Raises Problem, also for `a?bcc=b%40c.nl&body=d@e.nl`: a valid address that mail programs read as several.
    """
    address = plain_email(_bare_address(one_line(unescaped(within_reach(text)), 2 * LONGEST)))
    if first_sign(address.partition("@")[0], _ADDRESS_SIGNS):
        raise _wrong_email(address)
    return address


def plain_email(line: str) -> str:
    """The address, its domain in lower case and ASCII (`xn--`). Raises Problem for quotes or non-ASCII before the @.

    Hoomdossier accepts more addresses, but not both peers can send mail to those.
    """
    try:
        address = validate_email(line, check_deliverability=False, allow_smtputf8=False, strict=True).ascii_email
    except EmailNotValidError:
        address = None
    if not address:
        raise _wrong_email(line)
    if len(address) > LONGEST:
        raise Problem(Words("Dit e-mailadres is te lang: gebruik hooguit {count} tekens.", count=LONGEST))
    return address


def email_for_people(address: str) -> str:
    """A stored address with its domain as people write it: `zoe@bücher.example` in place of `xn--…`."""
    try:
        return validate_email(address, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError:
        return address


def phone(text: str, country: Country) -> str:
    """`0612345678` for a number of `country`, else `+4915123456789`; `""` when there is none. Raises Problem."""
    line = re.sub(r"^(?:tel|telefoon|gsm|mobiel|mob)\s*[.:]\s*", "", one_line(text), flags=re.IGNORECASE)
    is_prefilled = re.fullmatch(r"\+[0-9]{0,3}", line)  # Some forms fill in the country code.
    if is_nothing(line) or line.casefold() in _NOTHING_HERE or is_prefilled:
        return ""
    if re.search(r"[^\W\d_]", line):  # phonenumbers reads letters as the digits on their keys, or as an extension.
        raise Problem(_phone_text(country))
    try:
        number = phonenumbers.parse(line, country)
    except phonenumbers.NumberParseException as error:
        raise _wrong_phone(line, country) from error
    if number.extension or not _can_exist(number):
        raise _wrong_phone(line, country)
    if number.country_code != phonenumbers.country_code_for_region(country):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"[^0-9]", "", national)


def _can_exist(number: phonenumbers.PhoneNumber) -> bool:
    """Whether phonenumbers knows the range, or the length is right.

    The length alone is enough, because phonenumbers gets to know a new range only after people have such numbers.
    """
    if phonenumbers.is_valid_number(number):
        return True
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 31:
        return len(digits) == 9 and not digits.startswith("0")
    if number.country_code == 32:
        return len(digits) == (9 if digits.startswith("4") else 8) and not digits.startswith("0")
    return bool(phonenumbers.is_possible_number(number))


def _name(text: str, question: Words) -> str:
    line = proper_name(text)
    if not line:
        raise Problem(question)
    if not any(character.isalpha() for character in line):
        raise Problem(Words("Vul een naam in met letters."))
    return _plain(line)


def _plain(line: str) -> str:
    """Raises Problem for `%`, `_` and telephone numbers.

    Econobis compares last names with LIKE, where `%` matches everybody at the address (known-limits E23). Mail programs
    make a link of a telephone number, in a mail that the cooperation sends.
    """
    if "%" in line or "_" in line:
        raise Problem(Words("Een naam kan geen % of _ bevatten."))
    if _PHONE_NUMBER.search(line):
        raise Problem(Words("In een naam kan geen telefoonnummer staan. Haal het weg."))
    return line


def _bare(text: str) -> str:
    """`text` in lower case with straight apostrophes, to compare with. It has as many characters as `text`."""
    lower = text.lower()
    return (lower if len(lower) == len(text) else text).replace("\u2019", "'")


def _overlap(front: list[str], back: list[str]) -> int:
    """How many of the last words of `front` are also the first words of `back`.

    `back` keeps at least one word of its own.
    """
    for count in range(min(len(front), len(back) - 1), 0, -1):
        if front[-count:] == back[:count]:
            return count
    return 0


def _bare_address(line: str) -> str:
    shown = _WITH_NAME.fullmatch(line)
    if shown:
        name, line = shown[1].strip(" \"'"), shown[2]
        if "@" in name and name.casefold() != line.casefold():
            raise Problem(_ONE_EMAIL_TEXT)
    line = line.strip(" <").rstrip(" .,;:/>")
    for opening, closing in _QUOTED:
        if line.startswith(opening) and line.endswith(closing):
            line = line[1:-1].strip().rstrip(".,;:")
    if line.casefold().startswith("mailto:"):
        line = line[len("mailto:") :].partition("?")[0].strip()
    return line


def _wrong_email(line: str) -> Problem:
    local_part, at, domain = line.partition("@")
    if "@" in domain:
        return Problem(_ONE_EMAIL_TEXT)
    if ".." in line:
        return Problem(Words("Er staan twee punten achter elkaar."), _EMAIL_TEXT)
    # A domain may have letters outside ASCII.
    sign = first_sign(local_part, _ADDRESS_SIGNS) or first_sign("".join(it for it in domain if not it.isalpha()), ".-")
    if not (at and sign):
        return Problem(_EMAIL_TEXT)
    return Problem(Words("In een e-mailadres kan {sign} niet staan.", sign=sign), _EMAIL_TEXT)


def _wrong_phone(line: str, country: Country) -> Problem:
    sign = first_sign(line, " +-()./")
    about = (Words("In een telefoonnummer kan {sign} niet staan.", sign=sign),) if sign else ()
    return Problem(*about, _phone_text(country))


def _phone_text(country: Country) -> Words:
    return Words(
        "Vul één telefoonnummer in, bijvoorbeeld {number}. Een buitenlands nummer begint met + en de landcode.",
        number=PHONE_EXAMPLES[country],
    )
