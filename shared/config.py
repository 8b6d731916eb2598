"""Settings: one YAML file (`LINK_CONFIG`) and the environment. No other file reads `os.environ`.

The file contains no secrets: it names their environment variables as `env:NAME`, or has the hash of a key. A wrong file
stops the start, with the line and the reason, and so does a secret that is missing. `infra/cooperations.example.yaml`
explains every setting.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
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
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

from shared import yaml_file
from shared.caller_key import CallerKey, HashedKey, is_hard_to_guess, is_signing_secret
from shared.domain.consent import is_no
from shared.domain.ids import ContactId
from shared.domain.web_address import WebAddress, is_deployed
from shared.econobis.form_fields import EMAIL, RESIDENT_FIELDS, why_never
from shared.logs import log
from shared.mail.settings import MailSettings
from shared.secret import SECRET_SETTINGS, Secret, fits_in_header, named_secrets, needed_by


class WrongConfig(Exception):
    """The settings cannot be used. The text says where and why, and contains no secret."""


def _secret(value: Any, info: ValidationInfo) -> Secret:
    name = value.removeprefix("env:") if isinstance(value, str) and value.startswith("env:") else ""
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,80}", name):
        # The value may be the secret itself, so the message does not repeat it.
        raise ValueError("a secret is given as env:NAME, the NAME (in capitals) of an environment variable")
    environ: Mapping[str, str] = info.context or {}
    secret = environ.get(name, "").strip()
    if secret and not fits_in_header(secret):
        raise ValueError(f"the environment variable {name} holds a space, a line break or a letter outside ASCII")
    return Secret(name, secret or None)


def _caller_key(value: Any, info: ValidationInfo) -> CallerKey:
    if not isinstance(value, str) or not value.startswith("env:"):
        return HashedKey.parse(value if isinstance(value, str) else "")
    key = _secret(value, info)
    if key.is_here and not is_hard_to_guess(key.value):
        raise ValueError("a key that opens us has at least 16 characters, and no / because it stands in an address")
    return key


def _signing_secret(value: Any, info: ValidationInfo) -> Secret:
    secret = _secret(value, info)
    if secret.is_here and not is_signing_secret(secret.value):
        raise ValueError("a secret for signatures is whsec_ and 24 to 64 random bytes in base64")
    return secret


def _of_econobis(value: str) -> str:
    if urlsplit(value).path.endswith("/api") or "?" in value or "#" in value:
        raise ValueError("the address of Econobis goes without /api and what follows it")
    return value


def _of_hoomdossier(value: str) -> str:
    if not value.endswith("/api/v1"):
        raise ValueError("the address of Hoomdossier ends in /api/v1")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("the address of a web site is meant, without what follows it: https://www.zonnig-dorp.nl")
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError:
        raise ValueError("this is no name of a web site") from None
    port = "" if parts.port in {None, 443 if parts.scheme == "https" else 80} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _page(value: str) -> str:
    if value.count("{id}") != 1:
        raise ValueError("the address of a page has {id} in the place of the number: https://…/contact/{id}")
    return value


def _network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value.strip() if isinstance(value, str) else "", strict=False)
    except ValueError:
        raise ValueError("an internet address or a network is expected, as 203.0.113.7 or 2001:db8::/48") from None


SecretName = Annotated[Secret, PlainValidator(_secret)]
CallerKeys = Annotated[list[Annotated[CallerKey, PlainValidator(_caller_key)]], Field(min_length=1, max_length=2)]
SigningSecrets = Annotated[list[Annotated[Secret, PlainValidator(_signing_secret)]], Field(min_length=1, max_length=2)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
MeasureName = Annotated[str, Field(pattern=r"^([A-Za-z\\]+:)?[1-9][0-9]*$")]
Label = Annotated[str, Field(min_length=1, max_length=191)]
FieldLabel = Annotated[str, Field(min_length=1, max_length=2000)]
# Every number is strict: YAML reads `yes` as true, which would become 1.
Id = Annotated[int, Field(gt=0, strict=True)]
Contact = Annotated[ContactId, Field(gt=0, strict=True)]
Count = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Page = Annotated[WebAddress, AfterValidator(_page)]
Origin = Annotated[WebAddress, AfterValidator(_origin)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Econobis(_Settings):
    """Where a cooperation's Econobis is, and our keys for it. `url` is without `/api`.

    `contact_page` is the address of the page of a contact, with `{id}` for its contact id; None for Econobis' own.

    `event_key` is the key for delivering events. Without it `webform_key` is used for both, which a coming version of
    Econobis refuses (known-limits D6, G1).
    """

    url: Annotated[WebAddress, AfterValidator(_of_econobis)]
    contact_page: Page | None = None
    webform_key: SecretName = Field(repr=False)
    event_key: SecretName | None = Field(None, repr=False)
    calls_per_minute: int = Field(50, gt=0, le=60, strict=True)

    @property
    def has_two_keys(self) -> bool:
        """Econobis counts calls per key, so two keys have a limit each.

        By their names where this function does not have both; only one that does calls Econobis.
        """
        event, webform = self.key_for_events, self.webform_key
        if event.is_here and webform.is_here:
            return event.value != webform.value
        return event.name != webform.name

    @property
    def key_for_events(self) -> Secret:
        """`event_key`, or `webform_key` without one."""
        return self.event_key or self.webform_key


class Hoomdossier(_Settings):
    """Where a cooperation's Hoomdossier is, and our token for it. `url` ends in `/api/v1`.

    `dossier_page` is the address of the page of a home, with `{id}` for its building id; None for Hoomdossier's own.

    `appointments_feed`: this Hoomdossier has the feed of appointments that we propose.
    """

    url: Annotated[WebAddress, AfterValidator(_of_hoomdossier)]
    token: SecretName = Field(repr=False)
    dossier_page: Page | None = None
    calls_per_minute: int = Field(50, gt=0, le=60, strict=True)
    appointments_feed: bool = False

    @property
    def host(self) -> str:
        """The host without the sub-domain: Hoomdossier counts our calls over all sub-domains (known-limits A16)."""
        return (urlsplit(self.url).hostname or "").partition(".")[2] or urlsplit(self.url).netloc


class Callers(_Settings):
    """How the peers prove who they are when they call us.

    A caller shows one of its keys, of which we may have only the hash. One that can sign its calls (Standard Webhooks)
    needs no key. Two keys or secrets may be valid at once, so that one can be replaced without a gap.
    """

    econobis: CallerKeys = Field([], repr=False)
    hoomdossier: CallerKeys = Field([], repr=False)
    econobis_signing: SigningSecrets = Field([], repr=False)
    hoomdossier_signing: SigningSecrets = Field([], repr=False)

    @model_validator(mode="after")
    def _each_can_call(self) -> Callers:
        for caller in ("econobis", "hoomdossier"):
            if not getattr(self, caller) and not getattr(self, f"{caller}_signing"):
                raise ValueError(f"{caller} is missing: without a key it cannot call us")
        return self


class Coach(_Settings):
    """A coach of the cooperation. `contact_id` is Econobis'; `roles` are those of the account in Hoomdossier."""

    contact_id: Contact
    name: Label
    email: EmailStr
    roles: list[Literal["coach", "resident"]] = Field(["coach"], min_length=1)


class Campaign(_Settings):
    """A campaign that is listed in the Hoomdossier settings of Econobis (known-limits D1).

    `target` is how many residents it means to reach, by the day `target_by`.
    """

    name: Label
    target: Count | None = None
    target_by: date | None = None


Role = Literal["see", "work", "manage"]
"""What a member of staff may do on the staff pages. `work`: also try again, replay, settle. `manage`: also erase and
export. Each may do what the ones before it may.
"""


class Staff(_Settings):
    """Who may see the staff pages of a cooperation.

    `digest`: gets the e-mail of each working day. None: unless the role is `see`.
    """

    email: EmailStr
    role: Role
    digest: bool | None = None

    @property
    def gets_digest(self) -> bool:
        """Whether this person gets the e-mail about what needs a person."""
        return self.role != "see" if self.digest is None else self.digest


class LongestWaits(_Settings):
    """After how many days staff read that a resident waits too long: see `WaitsFor`. Whole days: `journey.last_day`.

    `visit` counts from the moment of the appointment: after it the coach says how it went.
    """

    intake: Count = 1
    dossier: Count = 3
    coach: Count = 14
    appointment: Count = 14
    visit: Count = 3
    plan: Count = 21

    def days(self, waits_for: str) -> int:
        """After how many days this wait (`WaitsFor`) is too long; 0 for somebody who waits for nothing."""
        days: int = dict(self).get(waits_for, 0)
        return days


class Limits(_Settings):
    """What a form takes: posts per hour of one internet address, sign-ups per hour, and per day of one mailbox.

    A customer of an internet provider may have this many `connections`: an office, a campus, the phones at one mast.
    Of the sign-ups of one address in an hour the first `at_once` get a normal share of the calls; others wait longer.
    """

    per_address: Count = 80
    connections: Count = 10
    at_once: Count = 3
    per_form: Count = 600
    per_email: Count = 5


class EnglishQuestion(_Settings):
    """The texts of a question for who chooses English. What is left out stays as the question has it."""

    label: Label | None = None
    hint: FieldLabel | None = None
    choices: dict[str, Label] = {}


class Question(_Settings):
    """A question that the sign-up page asks: a field of `fields` or `mapping`, with what stands at it.

    `choices`: value → text, for a question with a choice; without them it is a box to type in.
    """

    field: Label
    label: Label
    hint: FieldLabel | None = None
    choices: dict[str, Label] = {}
    english: EnglishQuestion = EnglishQuestion()

    @model_validator(mode="after")
    def _english_has_the_same_choices(self) -> Question:
        for value in self.english.choices:
            if value not in self.choices:
                raise ValueError(f"english: {value} is not in choices")
        return self


class PageTexts(_Settings):
    """What the sign-up page says, in one language. None: our own text.

    `contact`: where residents turn to with a question; None: the helpdesk of `mail`.
    """

    title: Label | None = None
    intro: FieldLabel | None = None
    consent: FieldLabel | None = None
    thanks: FieldLabel | None = None
    contact: FieldLabel | None = None


class SignUpPage(PageTexts):
    """The page with the form, at the address of the form itself. Every setting may be left out.

    `optional`: which of the fields that nobody has to fill in stand on the page. `questions`: what it asks more.
    `privacy_page`: where the consent is explained. `embed`: the web sites in `origins` may show the page in a frame.
    `english`: the same texts for who chooses English.
    """

    optional: list[Literal["initials", "prefix", "phone", "addition", "street", "city"]] = [
        "prefix", "phone", "addition", "street", "city",
    ]  # fmt: skip
    questions: list[Question] = []
    privacy_page: WebAddress | None = None
    embed: bool = False
    english: PageTexts = PageTexts()


class Form(_Settings):
    """One web form: what each of its sign-ups gets in Econobis and Hoomdossier, and how its fields are read.

    `campaign`, `measures`, `reasons` and `sources` are ids in Econobis. `infra/cooperations.example.yaml` explains all.
    """

    campaign: Id
    measures: list[Id] = []
    action: Literal["visit"] | None = "visit"
    reasons: list[Id] = []
    sources: list[Id] = []
    coach: Contact | None = None
    dossier: bool = True
    mapping: dict[str, str] = {}
    labels: dict[str, FieldLabel] = {}
    consent: list[FieldLabel] = []
    fields: list[str] = []
    required: list[str] = []
    thank_you_page: WebAddress | None = None
    error_page: WebAddress | None = None
    honeypot: str = ""
    origins: list[Origin] = []
    minimum_seconds: int | None = Field(None, gt=0, le=60, strict=True)
    confirm_email: bool = Field(False, strict=True)
    limits: Limits = Limits()
    websites: list[Network] = []
    page: SignUpPage = SignUpPage()

    @property
    def email_field(self) -> str:
        """The name that this form gives the field of the e-mail address."""
        return next((name for name, meant in self.mapping.items() if meant == EMAIL), EMAIL)

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The fields that the settings name, in their order, each once. Those that every form has may be absent."""
        return tuple(dict.fromkeys((*self.fields, *self.required, *self.mapping.values())))

    @property
    def asked(self) -> dict[str, Question]:
        """What the sign-up page asks, in its order, by Econobis' name of the field."""
        return {self.mapping.get(question.field, question.field): question for question in self.page.questions}

    @model_validator(mode="after")
    def _fields_exist(self) -> Form:
        """Econobis would drop a field that it does not have from every sign-up, without an error."""
        for field in self.read_fields:
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

    @model_validator(mode="after")
    def _page_asks_its_own_fields(self) -> Form:
        """A question about any other field would get answers that are never read."""
        asked = set[str]()
        for question in self.page.questions:
            field = self.mapping.get(question.field, question.field)
            if field not in self.read_fields:
                raise ValueError(f"page asks {question.field}, which is neither in fields, required nor mapping")
            if field in asked:
                raise ValueError(f"page asks {question.field} twice")
            asked.add(field)
        if self.page.embed and not self.origins:
            raise ValueError("page: embed needs origins: these are the web sites that may show the page")
        return self

    @model_validator(mode="after")
    def _page_can_ask_the_time(self) -> Form:
        if self.minimum_seconds and not self.origins:
            raise ValueError("minimum_seconds needs origins: other pages may not read the time that we sign")
        return self


class Events(_Settings):
    """Choices about Hoomdossier's events; known-limits C and D say why each exists."""

    hold_deletes: bool = False
    forward_plan_remarks: bool = True
    forward_removed_measures: bool = True
    measure_ids: dict[MeasureName, Label] = {}
    appointment_minutes: int = Field(90, gt=0, le=480, strict=True)


Personal = Literal["none", "coaches", "everybody"]
"""What a program may read of people, from least to most: nobody's name, the names of coaches, or also name and address
of residents.
"""


class Feed(_Settings):
    """A program that reads the campaigns, such as Power BI, with one of its keys. Two keys may be valid at once."""

    keys: CallerKeys = Field(repr=False)
    personal: Personal = "none"


class Cooperation(_Settings):
    """The settings of one cooperation. The keys of `campaigns` are Econobis' ids.

    `merged_contacts` maps each contact that was merged in Econobis to the contact that it was merged into.
    """

    name: Label
    country: Literal["NL", "BE"] = "NL"
    econobis: Econobis
    hoomdossier: Hoomdossier
    callers: Callers
    campaigns: dict[Id, Campaign] = {}
    forms: dict[Name, Form] = {}
    coaches: list[Coach] = []
    staff: list[Staff] = []
    longest_waits: LongestWaits = LongestWaits()
    events: Events = Events()
    merged_contacts: dict[Contact, Contact] = {}
    mail: MailSettings | None = None
    feeds: dict[Name, Feed] = {}

    def coach(self, contact_id: ContactId | None) -> Coach | None:
        """The coach with this contact id in Econobis; None when the settings have none."""
        return next((coach for coach in self.coaches if coach.contact_id == contact_id), None)

    def contacts_of(self, contact_id: ContactId) -> list[ContactId]:
        """The present contact of this person, and the contacts merged into it: Hoomdossier keeps using the old ids."""
        current = self.current_contact(contact_id)
        return [current, *(old for old in self.merged_contacts if self.current_contact(old) == current)]

    def current_contact(self, contact_id: ContactId) -> ContactId:
        """The contact that this contact was merged into, or itself when it was not (known-limits A14)."""
        current, seen = contact_id, {contact_id}
        while (current := self.merged_contacts.get(current, current)) not in seen:
            seen.add(current)
        return current

    @model_validator(mode="after")
    def _parts_fit(self) -> Cooperation:
        staff = [member.email.casefold() for member in self.staff]
        if len(set(staff)) < len(staff):
            raise ValueError("staff: the same email stands there twice")
        coaches = [coach.contact_id for coach in self.coaches]
        if len(set(coaches)) < len(coaches):
            raise ValueError("coaches: the same contact_id stands there twice")
        for name, form in self.forms.items():
            if problem := self._problem_with(form):
                raise ValueError(f"form {name}: {problem}")
        for contact_id in self.merged_contacts:
            if self.current_contact(contact_id) in self.merged_contacts:
                raise ValueError(f"merged_contacts: {contact_id} leads round in a circle")
        return self

    def _problem_with(self, form: Form) -> str:
        if form.coach and self.coach(form.coach) is None:
            return f"coach {form.coach} is not in coaches"
        if form.action and not form.measures:
            return "Econobis makes a visit only under a measure; give measures, or action: null"
        if form.confirm_email and self.mail is None:
            return "confirm_email needs mail: without it nobody gets the letter to confirm"
        if (form.action or form.dossier) and form.campaign not in self.campaigns:
            return f"campaign {form.campaign} is not in campaigns"
        return ""


class Config(_Settings):
    """The whole file."""

    cooperations: dict[Name, Cooperation] = Field(min_length=1)


class Environment(BaseModel):
    """The environment variables `LINK_…`, described in the README under "Configure".

    `store`, `tasks`, `blobs`, `smtp` and `staff` are URLs. `proxies` is how many addresses our own front adds to
    X-Forwarded-For. `event_hosts` are the names of Econobis at which events come in, with the cooperation of each; only
    the staff pages have them, to tell. `staff_secret` signs what the staff pages give to a browser; with OpenID Connect
    it is the secret of the client there. `address_register` is the URL of the register of Dutch addresses; None for
    PDOK's own. `secrets` is the whole environment, in which the file's `env:NAME` are looked up. `needed` are the
    settings whose secrets must be there.
    """

    config: Path
    store: str
    tasks: str
    blobs: str
    smtp: str | None = Field(None, repr=False)
    staff: str | None = None
    staff_secret: str | None = Field(None, repr=False)
    proxies: int = 1
    event_hosts: Mapping[str, str] = Field(default_factory=dict)
    address_register: str | None = None
    secrets: Mapping[str, str] = Field(repr=False)
    needed: frozenset[str] = SECRET_SETTINGS

    @property
    def is_deployed(self) -> bool:
        """Whether this is Google Cloud, where addresses and connections are checked more strictly."""
        return is_deployed(self.secrets)

    @cached_property
    def cooperations(self) -> Mapping[str, Cooperation]:
        """By name, read from the file once. Raises WrongConfig."""
        return read(self.config, self.secrets, self.needed).cooperations


def from_environment(environ: Mapping[str, str] | None = None, needed: frozenset[str] | None = None) -> Environment:
    """The settings in `environ`, or else in the environment of this process. Raises WrongConfig.

    It reads the file too, so that a wrong file stops the start. In a deployed function only its own secrets must be
    there; Google names the function in K_SERVICE. With `needed` a caller says itself of which settings the secrets must
    be there. It logs a warning for each cooperation with one key for both the web form and the events, which a coming
    version of Econobis refuses (known-limits G1).
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
        staff=values.get("LINK_STAFF") or None,
        staff_secret=values.get("LINK_STAFF_SECRET", "").strip() or None,
        proxies=_proxies(values.get("LINK_PROXIES") or "1"),
        event_hosts=read_event_hosts(values.get("LINK_EVENT_HOSTS", "")),
        address_register=_address_register(values),
        secrets=dict(values),
        needed=needed_by(values.get("K_SERVICE")) if needed is None else needed,
    )
    _check_staff(environment)
    for name, cooperation in environment.cooperations.items():
        if cooperation.mail and "smtp" in environment.needed and values.get("K_SERVICE") and not environment.smtp:
            raise WrongConfig(f"not set: LINK_SMTP, and {name} sends e-mail")
        if not cooperation.econobis.has_two_keys:
            log.warning("Econobis will take one key for one use: give an event_key of its own", cooperation=name)
    return environment


def _check_staff(environment: Environment) -> None:
    """The function with the staff pages needs both variables."""
    if "staff" in environment.needed and (environment.staff or environment.is_deployed):
        given = {"LINK_STAFF": environment.staff, "LINK_STAFF_SECRET": environment.staff_secret}
        if missing := [name for name, value in given.items() if not value]:
            raise WrongConfig(f"not set: {', '.join(missing)}, which the staff pages need")
    secret = environment.staff_secret
    if secret and not (fits_in_header(secret) and len(secret) >= 16):
        raise WrongConfig("LINK_STAFF_SECRET has at least 16 characters, without spaces or letters outside ASCII")


def _proxies(text: str) -> int:
    if not re.fullmatch("[0-9]", text):
        raise WrongConfig("LINK_PROXIES is a number from 0 to 9")
    return int(text)


_MEANS_PYTHON = re.compile("PATH$|HOME$|LD_LIBRARY_PATH$|PYTHON")


def environment_of_python() -> dict[str, str]:
    """The variables that another Python needs to find itself and its packages, without ours, which hold secrets."""
    return {name: value for name, value in os.environ.items() if _MEANS_PYTHON.match(name)}


def read_event_hosts(text: str) -> dict[str, str]:
    """The cooperation of each host in `LINK_EVENT_HOSTS`, `host=cooperation,…`. Raises WrongConfig."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    if not all(host and cooperation for host, _, cooperation in pairs):
        raise WrongConfig("LINK_EVENT_HOSTS is host=cooperation, with a comma before the next one")
    return {host: cooperation for host, _, cooperation in pairs}


def _address_register(values: Mapping[str, str]) -> str | None:
    try:
        given = values.get("LINK_ADDRESS_REGISTER")
        return TypeAdapter(WebAddress).validate_python(given, context=values) if given else None
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise WrongConfig(f"LINK_ADDRESS_REGISTER: {reason}") from None


def google_project() -> str | None:
    """The Google project for the trace ids in our log lines: that of the queue in LINK_TASKS."""
    return urlsplit(os.environ.get("LINK_TASKS", "")).netloc or None


def revision() -> str | None:
    """The revision of this function as Cloud Run names it; None in a local run."""
    return os.environ.get("K_REVISION") or None


def read(path: Path, secrets: Mapping[str, str], needed: frozenset[str] = SECRET_SETTINGS) -> Config:
    """The settings in the file at `path`; `secrets` holds the values of `env:NAME`, at least for the settings `needed`.

    Plain http, for a local run, is refused when `secrets` holds K_SERVICE. Raises WrongConfig with a line
    `file:line: setting: reason` for each error.
    """
    return parse(read_text(path, str(path)), str(path), secrets, needed)


def read_text(path: Path, file_name: str) -> str:
    """The text of the file with settings, which errors name `file_name`. Raises WrongConfig."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongConfig(f"{file_name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WrongConfig(f"{file_name}:{line}: the file is not saved as UTF-8") from None


def parse(text: str, file_name: str, secrets: Mapping[str, str], needed: frozenset[str] = SECRET_SETTINGS) -> Config:
    """As `read`, for a text that was read already, and that errors name `file_name`."""
    try:
        file = yaml_file.parse(text)
    except yaml_file.NotYaml as error:
        raise WrongConfig(f"{file_name}:{error}") from None
    try:
        config = Config.model_validate(file.settings, context=secrets)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        lines = [f"{file_name}:{file.line(it['loc'])}: {_where(it['loc'])}: {_reason(it)}" for it in problems]
        raise WrongConfig("\n".join(lines)) from None
    absent = [it for it in named_secrets(config) if it.setting in needed and not it.secret.is_here]
    if absent:
        places = [f"{file_name}:{file.line(it.place)}: {_where(it.place)}" for it in absent]
        reasons = [f"the environment variable {it.secret.name} is not set" for it in absent]
        raise WrongConfig("\n".join(f"{place}: {reason}" for place, reason in zip(places, reasons, strict=True)))
    return config


def parse_without_secrets(text: str, file_name: str) -> Config:
    """As a deployed function reads it, but no secret has to be there: to check the file on anybody's machine."""
    return parse(text, file_name, {"K_SERVICE": "none"}, needed=frozenset())


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
    """The path of a setting. `[key]` is pydantic's mark for a wrong name, which is the part before it."""
    return ".".join(str(part) for part in location if part != "[key]") or "the file"
