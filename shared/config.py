"""Settings: one YAML file (`LINK_CONFIG`) plus the environment. The only reader of `os.environ`.

A secret never stands in the file: it says `env:NAME`. A wrong file stops the start, with the line and the reason.
`infra/cooperations.example.yaml` explains every setting to who fills it in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from shared.mail.settings import MailSettings


class WrongConfig(Exception):
    """The settings cannot be used; the text says where and why, and holds no secret."""


def _secret(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.startswith("env:"):
        raise ValueError("a secret is given as env:NAME, the name of an environment variable")
    name = value.removeprefix("env:")
    secret = (info.context or {}).get(name, "").strip()
    if not secret:
        raise ValueError(f"the environment variable {name} is not set")
    return secret


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise ValueError("an address starts with https://")
    return value.rstrip("/")


Secret = Annotated[str, BeforeValidator(_secret), Field(repr=False)]
Secrets = Annotated[list[Secret], Field(min_length=1, max_length=2)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
ContactId = Annotated[int, Field(gt=0)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Econobis(_Settings):
    """`event_key` is the key for deliveries when it is another than the webform's (known-limits D6)."""

    url: WebAddress
    webform_key: Secret
    event_key: Secret | None = None
    calls_per_minute: int = Field(50, gt=0, le=60)


class Hoomdossier(_Settings):
    """`url` ends in `/api/v1`."""

    url: WebAddress
    token: Secret
    calls_per_minute: int = Field(50, gt=0, le=60)
    appointments_feed: bool = False

    @property
    def host(self) -> str:
        """Hoomdossier counts calls per caller over all its sub-domains (known-limits A16)."""
        return (urlsplit(self.url).hostname or "").partition(".")[2] or urlsplit(self.url).netloc


class Callers(_Settings):
    """Two keys may be live at once, so that one can be replaced without a gap."""

    econobis: Secrets
    hoomdossier: Secrets


class Coach(_Settings):
    contact_id: ContactId
    name: str
    email: str
    roles: list[Literal["coach", "resident"]] = ["coach"]


class Campaign(_Settings):
    """A campaign that stands under the Hoomdossier settings in Econobis (known-limits D1)."""

    name: str


class Form(_Settings):
    """What a form gives every sign-up; a resident can set none of it."""

    campaign: int
    measures: list[int] = []
    action: Literal["visit"] | None = "visit"
    reasons: list[int] = []
    sources: list[int] = []
    coach: ContactId | None = None
    dossier: bool = True
    mapping: dict[str, str] = {}
    fields: list[str] = []
    required: list[str] = []
    thank_you_page: WebAddress | None = None
    error_page: WebAddress | None = None
    honeypot: str = "website"


class Events(_Settings):
    """Choices about what comes from Hoomdossier; known-limits C and D say why each exists."""

    hold_deletes: bool = False
    forward_plan_remarks: bool = True
    forward_removed_measures: bool = True
    measure_ids: dict[str, str] = {}
    appointment_minutes: int = Field(90, gt=0, le=480)


class Cooperation(_Settings):
    name: str
    country: Literal["NL", "BE"] = "NL"
    econobis: Econobis
    hoomdossier: Hoomdossier
    callers: Callers
    campaigns: dict[int, Campaign] = {}
    forms: dict[Name, Form] = {}
    coaches: list[Coach] = []
    events: Events = Events()
    merged_contacts: dict[int, int] = {}
    mail: MailSettings | None = None

    def coach(self, contact_id: int) -> Coach | None:
        return next((coach for coach in self.coaches if coach.contact_id == contact_id), None)

    def contact(self, contact_id: int) -> int:
        """The contact that it is today: merged contacts are followed (known-limits A14)."""
        seen = {contact_id}
        while (contact_id := self.merged_contacts.get(contact_id, contact_id)) not in seen:
            seen.add(contact_id)
        return contact_id

    @model_validator(mode="after")
    def _forms_fit(self) -> Cooperation:
        known = {coach.contact_id for coach in self.coaches}
        for name, form in self.forms.items():
            if form.coach and form.coach not in known:
                raise ValueError(f"form {name}: coach {form.coach} is not in coaches")
            if form.action and not form.measures:
                raise ValueError(f"form {name}: Econobis makes a visit only under a measure; give measures")
        return self


class Config(_Settings):
    cooperations: dict[Name, Cooperation] = Field(min_length=1)


class Environment(BaseModel):
    """Where things are: each is a URL, described in the README under "Configure"."""

    config: Path
    store: str
    tasks: str
    blobs: str
    smtp: str | None = None
    secrets: Mapping[str, str] = Field(repr=False)

    @cached_property
    def cooperations(self) -> Mapping[str, Cooperation]:
        return read(self.config, self.secrets).cooperations


def from_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Raises WrongConfig, and reads the file at once, so that a wrong one stops the start."""
    values = os.environ if environ is None else environ
    missing = [name for name in ("LINK_CONFIG", "LINK_STORE", "LINK_TASKS", "LINK_BLOBS") if not values.get(name)]
    if missing:
        raise WrongConfig(f"not set: {', '.join(missing)}")
    environment = Environment(
        config=Path(values["LINK_CONFIG"]),
        store=values["LINK_STORE"],
        tasks=values["LINK_TASKS"],
        blobs=values["LINK_BLOBS"],
        smtp=values.get("LINK_SMTP") or None,
        secrets=dict(values),
    )
    _ = environment.cooperations
    return environment


def read(path: Path, secrets: Mapping[str, str]) -> Config:
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        return Config.model_validate(yaml.safe_load(text), context=secrets)
    except OSError as error:
        raise WrongConfig(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise WrongConfig(f"{path}: {error}") from error
    except ValidationError as error:
        lines = [f"{path}:{_line(tree, item['loc'])}: {_where(item['loc'])}: {item['msg']}" for item in error.errors()]
        raise WrongConfig("\n".join(lines)) from None


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the setting that `location` names, or of the nearest one above it that is there."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
