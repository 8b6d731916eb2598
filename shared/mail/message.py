"""The words of an e-mail: a template and its facts become subject, text and HTML. `smtp.py` makes a message of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.domain.local_time import AMSTERDAM
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
    subject: str
    text: str
    html: str


def render(name: MailName, cooperation: MailSettings, facts: Mapping[str, Any]) -> Rendered:
    """The mail `name` with the facts that `facts.py` lists for it; the text template's first line is the subject.

    Raises pydantic's ValidationError when a fact is missing, unknown or wrong, and jinja2's TemplateError when a
    template of the cooperation's own does not work.
    """
    known = {"cooperation": cooperation, **dict(FACTS[name].model_validate(facts))}
    environment = _environment(cooperation.templates_folder)
    text = environment.get_template(f"{name}.txt.j2").render(known)
    first_line, _, rest = text.strip().partition("\n")
    subject = header_text(first_line)
    html = environment.get_template(f"{name}.html.j2").render(known, subject=subject)
    return Rendered(subject, re.sub(r"\n{3,}", "\n\n", rest).strip() + "\n", html)


def check_templates(cooperation: MailSettings) -> None:
    """Renders every mail, with all facts and with the fewest; for the start, so that no resident meets the mistake.

    Raises ValueError that says which mail and what is wrong.
    """
    for name in get_args(MailName):
        for optional in (True, False):
            try:
                render(name, cooperation, example(name, optional=optional))
            except TemplateError as error:
                raise ValueError(f"templates_folder: the mail {name} cannot be made: {error}") from error


def in_words(moment: datetime) -> str:
    """`dinsdag 1 december 2026 om 10:00 uur`, in Amsterdam."""
    local = moment.astimezone(AMSTERDAM)
    return f"{day_in_words(local)} om {local:%H:%M} uur"


def day_in_words(moment: datetime) -> str:
    """`dinsdag 1 december 2026`, in Amsterdam."""
    local = moment.astimezone(AMSTERDAM)
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def link(value: str, scheme: Literal["mailto", "tel"]) -> str:
    """Where a mail program goes, and no further: it would read more of `a?bcc=b@c.nl` (RFC 6068)."""
    return f"{scheme}:{quote(value, safe='@') if scheme == 'mailto' else re.sub(r'(?!^[+])[^0-9]', '', value)}"


@cache
def _environment(own_folder: Path | None) -> ImmutableSandboxedEnvironment:
    """A template of the cooperation's own goes first, and may extend ours as `default/welcome.html.j2`."""
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
