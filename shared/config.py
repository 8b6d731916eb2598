"""Settings: one YAML file (`LINK_CONFIG`) plus the environment. The only reader of `os.environ`.

A secret never stands in the file: it says `env:NAME`. A wrong file stops the start, with the line and the reason.
`infra/cooperations.example.yaml` explains every setting to who fills it in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

from shared import yaml_file
from shared.domain.consent import is_no
from shared.domain.web_address import WebAddress
from shared.econobis.form_fields import EMAIL, RESIDENT_FIELDS, why_never
from shared.logs import log
from shared.mail.settings import MailSettings


class WrongConfig(Exception):
    """The settings cannot be used; the text says where and why, and holds no secret."""


def _secret(value: Any, info: ValidationInfo) -> str:
    name = value.removeprefix("env:") if isinstance(value, str) and value.startswith("env:") else ""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,80}", name):
        # What stands there may be the secret itself, so it is not repeated.
        raise ValueError("a secret is given as env:NAME, the NAME (in capitals) of an environment variable")
    environ: Mapping[str, str] = info.context or {}
    secret = environ.get(name, "").strip()
    if not secret:
        raise ValueError(f"the environment variable {name} is not set")
    if not re.fullmatch(r"[!-~]+", secret):
        raise ValueError(f"the environment variable {name} holds a space, a line break or a letter outside ASCII")
    return secret


def _hard_to_guess(key: str) -> str:
    if len(key) < 16 or "/" in key:
        raise ValueError("a key that opens us has at least 16 characters, and no / because it stands in an address")
    return key


def _of_econobis(value: str) -> str:
    if urlsplit(value).path.endswith("/api") or "?" in value or "#" in value:
        raise ValueError("the address of Econobis goes without /api and what follows it")
    return value


def _of_hoomdossier(value: str) -> str:
    if not value.endswith("/api/v1"):
        raise ValueError("the address of Hoomdossier ends in /api/v1")
    return value


def _network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value.strip() if isinstance(value, str) else "", strict=False)
    except ValueError:
        raise ValueError("an internet address or a network is expected, as 203.0.113.7 or 2001:db8::/48") from None


Secret = Annotated[str, BeforeValidator(_secret)]
CallerKeys = Annotated[list[Annotated[Secret, AfterValidator(_hard_to_guess)]], Field(min_length=1, max_length=2)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
MeasureName = Annotated[str, Field(pattern=r"^([A-Za-z\\]+:)?[1-9][0-9]*$")]
Label = Annotated[str, Field(min_length=1, max_length=191)]
FieldLabel = Annotated[str, Field(min_length=1, max_length=2000)]
# Strict, like every number here: YAML reads `yes` as true, and that would be taken for 1.
Id = Annotated[int, Field(gt=0, strict=True)]
Count = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Econobis(_Settings):
    """`event_key` is the key for deliveries. Without it the webform's serves for both, as long as Econobis takes that
    (known-limits D6, G1).
    """

    url: Annotated[WebAddress, AfterValidator(_of_econobis)]
    webform_key: Secret = Field(repr=False)
    event_key: Secret | None = Field(None, repr=False)
    calls_per_minute: int = Field(50, gt=0, le=60, strict=True)

    @property
    def has_two_keys(self) -> bool:
        return self.event_key not in {None, self.webform_key}


class Hoomdossier(_Settings):
    """`url` ends in `/api/v1`."""

    url: Annotated[WebAddress, AfterValidator(_of_hoomdossier)]
    token: Secret = Field(repr=False)
    calls_per_minute: int = Field(50, gt=0, le=60, strict=True)
    appointments_feed: bool = False

    @property
    def host(self) -> str:
        """Hoomdossier counts calls per caller over all its sub-domains (known-limits A16)."""
        return (urlsplit(self.url).hostname or "").partition(".")[2] or urlsplit(self.url).netloc


class Callers(_Settings):
    """Two keys may be live at once, so that one can be replaced without a gap."""

    econobis: CallerKeys = Field(repr=False)
    hoomdossier: CallerKeys = Field(repr=False)


class Coach(_Settings):
    contact_id: Id
    name: Label
    email: EmailStr
    roles: list[Literal["coach", "resident"]] = Field(["coach"], min_length=1)


class Campaign(_Settings):
    """A campaign that stands under the Hoomdossier settings in Econobis (known-limits D1)."""

    name: Label


class Limits(_Settings):
    """What a form takes: posts per hour of one connection, sign-ups per hour, and per day of one mailbox."""

    per_address: Count = 80
    per_form: Count = 600
    per_email: Count = 5


class Form(_Settings):
    """What a form gives every sign-up; a resident can set none of it."""

    campaign: Id
    measures: list[Id] = []
    action: Literal["visit"] | None = "visit"
    reasons: list[Id] = []
    sources: list[Id] = []
    coach: Id | None = None
    dossier: bool = True
    mapping: dict[str, str] = {}
    labels: dict[str, FieldLabel] = {}
    consent: list[FieldLabel] = []
    fields: list[str] = []
    required: list[str] = []
    thank_you_page: WebAddress | None = None
    error_page: WebAddress | None = None
    honeypot: str = ""
    confirm_email: bool = Field(False, strict=True)
    limits: Limits = Limits()
    websites: list[Network] = []

    @property
    def email_field(self) -> str:
        """The name that this form gives the field of the e-mail address."""
        return next((name for name, meant in self.mapping.items() if meant == EMAIL), EMAIL)

    @model_validator(mode="after")
    def _fields_exist(self) -> Form:
        """A name that Econobis does not have would be dropped without a word at every sign-up."""
        for field in (*self.mapping.values(), *self.fields, *self.required):
            if reason := why_never(field):
                raise ValueError(f"{field} never comes from a form: {reason}")
            if field not in RESIDENT_FIELDS:
                raise ValueError(f"{field} is not a field of Econobis' web form that a resident fills in")
        if len(set(self.mapping.values())) < len(self.mapping):
            raise ValueError("mapping gives two fields of the form the same name")
        for field in self.labels:
            if field not in {*RESIDENT_FIELDS, *self.mapping}:
                raise ValueError(f"labels: {field} is neither in mapping nor a field of Econobis' web form")
        for value in self.consent:
            if is_no(value):
                raise ValueError(f"consent: {value} is what a form sends for a no")
        if self.honeypot in {*RESIDENT_FIELDS, *self.mapping}:
            raise ValueError(f"honeypot {self.honeypot} is a field that people fill in")
        return self


class Events(_Settings):
    """Choices about what comes from Hoomdossier; known-limits C and D say why each exists."""

    hold_deletes: bool = False
    forward_plan_remarks: bool = True
    forward_removed_measures: bool = True
    measure_ids: dict[MeasureName, Label] = {}
    appointment_minutes: int = Field(90, gt=0, le=480, strict=True)


class Cooperation(_Settings):
    name: Label
    country: Literal["NL", "BE"] = "NL"
    econobis: Econobis
    hoomdossier: Hoomdossier
    callers: Callers
    campaigns: dict[Id, Campaign] = {}
    forms: dict[Name, Form] = {}
    coaches: list[Coach] = []
    events: Events = Events()
    merged_contacts: dict[Id, Id] = {}
    mail: MailSettings | None = None

    def coach(self, contact_id: int) -> Coach | None:
        return next((coach for coach in self.coaches if coach.contact_id == contact_id), None)

    def contacts_of(self, contact_id: int) -> list[int]:
        """The contact that it is today, and those that were merged into it: Hoomdossier goes on using an old one."""
        today = self.current_contact(contact_id)
        return [today, *(old for old in self.merged_contacts if self.current_contact(old) == today)]

    def current_contact(self, contact_id: int) -> int:
        """The contact that it is today: merged contacts are followed (known-limits A14)."""
        seen = {contact_id}
        while (contact_id := self.merged_contacts.get(contact_id, contact_id)) not in seen:
            seen.add(contact_id)
        return contact_id

    @model_validator(mode="after")
    def _parts_fit(self) -> Cooperation:
        coaches = [coach.contact_id for coach in self.coaches]
        if len(set(coaches)) < len(coaches):
            raise ValueError("coaches: the same contact_id stands there twice")
        for name, form in self.forms.items():
            if form.coach and form.coach not in coaches:
                raise ValueError(f"form {name}: coach {form.coach} is not in coaches")
            if form.action and not form.measures:
                raise ValueError(f"form {name}: Econobis makes a visit only under a measure; give measures")
            if form.confirm_email and self.mail is None:
                raise ValueError(f"form {name}: confirm_email needs mail: without it nobody gets the letter to confirm")
            if (form.action or form.dossier) and form.campaign not in self.campaigns:
                raise ValueError(f"form {name}: campaign {form.campaign} is not in campaigns")
        for contact_id in self.merged_contacts:
            if self.current_contact(contact_id) in self.merged_contacts:
                raise ValueError(f"merged_contacts: {contact_id} leads round in a circle")
        return self


class Config(_Settings):
    cooperations: dict[Name, Cooperation] = Field(min_length=1)


class Environment(BaseModel):
    """Where things are: each is a URL, described in the README under "Configure"."""

    config: Path
    store: str
    tasks: str
    blobs: str
    smtp: str | None = Field(None, repr=False)
    proxies: int = 1
    secrets: Mapping[str, str] = Field(repr=False)

    @cached_property
    def cooperations(self) -> Mapping[str, Cooperation]:
        return read(self.config, self.secrets).cooperations


def from_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Raises WrongConfig, and reads the file at once, so that a wrong one stops the start.

    A cooperation with one key for the webform and the events is warned of: that will stop working (known-limits G1).
    """
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
        proxies=_proxies(values.get("LINK_PROXIES") or "1"),
        secrets=dict(values),
    )
    for name, cooperation in environment.cooperations.items():
        if not cooperation.econobis.has_two_keys:
            log.warning("Econobis will take one key for one use: give an event_key of its own", cooperation=name)
    return environment


def _proxies(text: str) -> int:
    if not re.fullmatch("[0-9]", text):
        raise WrongConfig("LINK_PROXIES is a number from 0 to 9")
    return int(text)


def google_project() -> str | None:
    """The project whose traces our log lines belong to."""
    return os.environ.get("GOOGLE_CLOUD_PROJECT") or None


def read(path: Path, secrets: Mapping[str, str]) -> Config:
    """Raises WrongConfig, with a line `file:line: setting: reason` for each thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongConfig(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WrongConfig(f"{path}:{line}: the file is not saved as UTF-8") from None
    try:
        file = yaml_file.parse(text)
    except yaml_file.NotYaml as error:
        raise WrongConfig(f"{path}:{error}") from None
    try:
        return Config.model_validate(file.settings, context=secrets)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        lines = [f"{path}:{file.line(it['loc'])}: {_where(it['loc'])}: {_reason(it)}" for it in problems]
        raise WrongConfig("\n".join(lines)) from None


_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not a setting",
    "string_type": "is text: put it between quotes",
    "int_type": "is a whole number in plain digits: 11, and not 011, 0x1F, 1_000, 1e3, 12:30 or between quotes",
    "model_type": "settings stand under this name",
    "model_attributes_type": "settings stand under this name",
}


def _reason(problem: ErrorDetails) -> str:
    return _REASONS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")


def _where(location: tuple[int | str, ...]) -> str:
    """`[key]` is pydantic's mark for the name of a setting, which stands before it."""
    return ".".join(str(part) for part in location if part != "[key]") or "the file"
