"""Renders an e-mail: a template and its facts become subject, text and HTML. `message.py` makes a message of those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.domain.local_time import AMSTERDAM, has_time
from shared.mail.address import header_text
from shared.mail.facts import FACTS, MailName, example
from shared.mail.settings import MailSettings

DAYS = ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]
MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]


@dataclass(frozen=True)
class Rendered:
    """The subject is one line, safe for a header."""

    subject: str
    text: str
    html: str


def render(name: MailName, cooperation: MailSettings, facts: Mapping[str, object]) -> Rendered:
    """Renders the mail `name` with its facts (`facts.py`). The first line of the text template is the subject.

    Raises pydantic's ValidationError when a fact is missing, unknown or wrong, and jinja2's TemplateError when one of
    the cooperation's own templates has a mistake.
    """
    known = {"cooperation": cooperation, **dict(FACTS[name].model_validate(facts))}
    environment = _environment(cooperation.templates_folder)
    text = environment.get_template(f"{name}.txt.j2").render(known)
    first_line, _, rest = text.strip().partition("\n")
    subject = header_text(first_line)
    html = environment.get_template(f"{name}.html.j2").render(known, subject=subject)
    return Rendered(subject, re.sub(r"\n{3,}", "\n\n", rest).strip() + "\n", html)


def check_templates(cooperation: MailSettings) -> None:
    """Renders every mail with invented facts, once with all of them and once with the required ones.

    Called at the start, so that a mistake in a template stops the start instead of a mail. Raises ValueError with the
    name of the mail and the mistake.
    """
    for name in get_args(MailName):
        for optional in (True, False):
            try:
                render(name, cooperation, example(name, optional=optional))
            except TemplateError as error:
                raise ValueError(f"templates_folder: the mail {name} cannot be made: {error}") from error


def in_words(moment: datetime) -> str:
    """`dinsdag 1 december 2026 om 10:00 uur`: an aware moment in Amsterdam's time; the day alone without a time."""
    local = moment.astimezone(AMSTERDAM)
    return f"{day_in_words(local)} om {local:%H:%M} uur" if has_time(moment) else day_in_words(local)


def day_in_words(moment: datetime) -> str:
    """`dinsdag 1 december 2026`: the day of an aware moment in Amsterdam."""
    local = moment.astimezone(AMSTERDAM)
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def link(value: str, scheme: Literal["mailto", "tel"]) -> str:
    """A `mailto:` or `tel:` link to this value only: unescaped, `a?bcc=b@c.nl` would add a receiver (RFC 6068)."""
    return f"{scheme}:{quote(value, safe='@') if scheme == 'mailto' else re.sub(r'(?!^[+])[^0-9]', '', value)}"


@cache
def _environment(own_folder: Path | None) -> ImmutableSandboxedEnvironment:
    """Finds a template in `own_folder`, else in ours. One of their own may extend `default/welcome.html.j2`."""
    ours = FileSystemLoader(Path(__file__).parent / "templates")
    folders = [FileSystemLoader(own_folder), ours] if own_folder else [ours]
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*folders, PrefixLoader({"default": ours})]),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"in_words": in_words, "day_in_words": day_in_words, "link": link}
    return environment
