"""python -m infra.operate.erase COOPERATION CONTACT: forget a contact everywhere in the link. See the README, "Operate"."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from collections import Counter
from collections.abc import Iterator

from infra.printed import say, say_lines
from shared import logs
from shared.config import Cooperation, WrongConfig
from shared.domain import person
from shared.domain.problem import Problem
from shared.erasure.erase import erase, same_contacts
from shared.erasure.forget_contact import BLOBS, EVENTS
from shared.errors import StoreUnavailable
from shared.wiring import services
from shared.work.services import Services

NOUNS = {
    "residents": ("resident", "residents"),
    "submissions": ("sign-up", "sign-ups"),
    "confirmations": ("sign-up that was not confirmed", "sign-ups that were not confirmed"),
    "dossier_requests": ("request for a dossier", "requests for a dossier"),
    "links": ("link of a coach", "links of a coach"),
    "relays": ("home with what Hoomdossier told of it", "homes with what Hoomdossier told of them"),
    EVENTS: ("event that stood with another's home", "events that stood with another's home"),
    BLOBS: ("stored file", "stored files"),
    "mails": ("e-mail", "e-mails"),
}


def main() -> int:
    options = _parser().parse_args()
    logs.to_stderr()
    try:
        return _erase(services(), options)
    except WrongConfig as error:
        say_lines(error, error=True)
    except StoreUnavailable as error:
        say_lines(error, error=True)
        say("not everything may be forgotten yet: run this again", error=True)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operate.erase", description="forget a contact (AVG)")
    parser.add_argument("cooperation")
    parser.add_argument("contact", type=_contact, help="Econobis' contact id")
    parser.add_argument("--email", type=_email, help="also finds a sign-up whose answer from Econobis was lost")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides this, for the audit line")
    return parser


def _contact(text: str) -> int:
    """Python itself takes 1_001 for 1001, and that is somebody else."""
    if not re.fullmatch(r"[1-9][0-9]{0,15}", text.strip(), re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no contact id: that is the number in Econobis' address bar")
    return int(text)


def _email(text: str) -> str:
    """As a web form would read it."""
    try:
        return person.email(text)
    except Problem as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no e-mail address: {problem}") from None


def _erase(link: Services, options: argparse.Namespace) -> int:
    settings = link.cooperations.get(options.cooperation)
    if settings is None:
        say(f"no cooperation {options.cooperation}", error=True)
        return 2
    gone = erase(link, options.cooperation, options.contact, options.by, options.email)
    contacts = same_contacts(link, options.cooperation, options.contact)
    who = (
        f"contact {contacts[0]}" if len(contacts) == 1 else f"contacts {' and '.join(map(str, contacts))}, who are one"
    )
    who += ", and of this e-mail address" if options.email else ""
    say(f"forgotten of {who}: {_told(gone)}" if gone.total() else f"nothing was there of {who}, so nothing is gone")
    for note in _notes(settings, contacts):
        say(note, error=True)
    return 0


def _told(gone: Counter[str]) -> str:
    return ", ".join(f"{gone[kind]} {nouns[gone[kind] != 1]}" for kind, nouns in NOUNS.items() if gone[kind])


def _notes(settings: Cooperation, contacts: list[int]) -> Iterator[str]:
    yield "what Hoomdossier still tells of it is not kept, until it signs up again or Econobis asks for something"
    for contact in contacts:
        if settings.coach(contact):
            yield f"contact {contact} still stands in the settings, among the coaches"
    if len(contacts) > 1:
        yield "they still stand in the settings, under merged_contacts"


if __name__ == "__main__":
    sys.exit(main())
