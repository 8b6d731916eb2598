"""`erase`: forgets a contact everywhere in dossierlink (AVG, article 17)."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

from infra.operate.by import add_by
from infra.operate.contact import contact_id
from infra.operate.cooperation import settings_of
from infra.printed import counted, say
from shared import wiring
from shared.config import Cooperation
from shared.domain import person
from shared.domain.ids import ContactId
from shared.domain.problem import Problem
from shared.erasure.erase import erase
from shared.erasure.find_contact import same_contacts
from shared.erasure.forget_contact import BLOBS, EVENTS
from shared.errors import StoreUnavailable

HELP = """Forget a contact everywhere in dossierlink (AVG).

Deletes at once, and for good, what dossierlink keeps of the contact: queued, parked or under way, with the contacts
that are the same person in the settings (merged_contacts), and what was told about it in the home of another. Prints
what was there. A second time is harmless.

What stays: an audit line with the contact's number and --by, and for about a day the keyed hashes that count its
letters and sign-ups.

What Hoomdossier sends about the contact later is not kept, except that its dossier was deleted. That ends when the
contact signs up again, or when Econobis asks for a dossier or a coach for it.

It does not change Econobis, Hoomdossier, letters that were sent, the settings, or your own backups. In a local run the
first three are other files in .local/.

Examples:
  python -m infra.operate erase zonnig-dorp 1001 --email anna@example.org --by anna
  python -m infra.operate --project my-project erase zonnig-dorp 1001 --by anna
"""

# (one, more than one), in the order in which they are printed.
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cooperation", help="its name in the settings, such as zonnig-dorp")
    parser.add_argument("contact", type=contact_id, help="Econobis' contact id: the number in its address bar")
    parser.add_argument("--email", type=_email, help="also finds a sign-up whose answer from Econobis was lost")
    add_by(parser)


def _email(text: str) -> str:
    """Read as a web form reads it, so that it equals the address of the sign-up."""
    try:
        return person.email(text)
    except Problem as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no e-mail address: {problem}") from None


def run(options: argparse.Namespace) -> int:
    """Raises WrongConfig, NoCooperation, and StoreUnavailable when the store fails halfway: its text says to run it again."""
    try:
        return _erase(options)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}\nnot everything may be forgotten yet: run this again") from error


def _erase(options: argparse.Namespace) -> int:
    services = wiring.services()
    settings = settings_of(services, options.cooperation)
    gone = erase(services, options.cooperation, options.contact, options.by, options.email)
    contacts = same_contacts(services, options.cooperation, options.contact)
    who = (
        f"contact {contacts[0]}" if len(contacts) == 1 else f"contacts {' and '.join(map(str, contacts))}, who are one"
    )
    who += ", and of this e-mail address" if options.email else ""
    say(f"forgotten of {who}: {_counted(gone)}" if gone.total() else f"nothing was there of {who}, so nothing is gone")
    for note in _notes(settings, contacts):
        say(note, error=True)
    return 0


def _counted(gone: Counter[str]) -> str:
    return ", ".join(counted(gone[kind], *nouns) for kind, nouns in NOUNS.items() if gone[kind])


def _notes(settings: Cooperation, contacts: list[ContactId]) -> Iterator[str]:
    yield "what Hoomdossier still tells of it is not kept, until it signs up again or Econobis asks for something"
    for contact in contacts:
        if settings.coach(contact):
            yield f"contact {contact} still stands in the settings, among the coaches"
    if len(contacts) > 1:
        yield "they still stand in the settings, under merged_contacts"
