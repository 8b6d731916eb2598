"""A secret of the settings: the environment variable that holds it. And which function gets which secrets.

A deployed function gets only its own secrets, and the settings name those of all functions. So a secret may be absent,
and only code that uses it finds that out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

SECRET_SETTINGS = frozenset({
    "webform_key", "event_key", "token", "callers.econobis", "callers.hoomdossier", "callers.econobis_signing",
    "callers.hoomdossier_signing", "feeds", "smtp", "staff",
})  # fmt: skip
"""The settings that are secrets. `smtp` is LINK_SMTP, `staff` LINK_STAFF_SECRET; the others stand in the settings."""

SECRETS_OF: Mapping[str, frozenset[str]] = {
    "receive-webform": frozenset({"webform_key"}),
    "create-dossier": frozenset({"webform_key", "token", "callers.econobis", "callers.econobis_signing"}),
    "link-coach": frozenset({"token", "callers.econobis", "callers.econobis_signing"}),
    "receive-event": frozenset({"callers.hoomdossier", "callers.hoomdossier_signing"}),
    "pull-appointments": frozenset({"token"}),
    "run-task": frozenset({"webform_key", "event_key", "token"}),
    "send-email": frozenset({"webform_key", "smtp"}),
    "sweep": frozenset({"webform_key"}),
    "show-staff": frozenset({"webform_key", "staff"}),
    "serve-feed": frozenset({"feeds"}),
}
"""Of each deployed function, as in `infra/functions.yaml`, by which Terraform gives them out."""


class SecretAbsent(Exception):
    """Code uses a secret that this function does not get. Give it to the function in both tables, or use another."""


def fits_in_header(secret: str) -> bool:
    """Whether it holds no space, line break or letter outside ASCII, and is not empty."""
    return re.fullmatch(r"[!-~]+", secret) is not None


@dataclass(frozen=True)
class Secret:
    """The secret in the environment variable `name`."""

    name: str
    _value: str | None = field(repr=False)

    @property
    def value(self) -> str:
        """The secret itself. Raises SecretAbsent when this process does not have it."""
        if self._value is None:
            raise SecretAbsent(f"this function does not get the secret {self.name}")
        return self._value

    @property
    def is_here(self) -> bool:
        """Whether this process has it."""
        return self._value is not None


def needed_by(function: str | None) -> frozenset[str]:
    """What must be there when `function` starts. All when it is no function of ours: a local run, the command line."""
    return SECRETS_OF.get(function or "", SECRET_SETTINGS)


@dataclass(frozen=True)
class NamedSecret:
    """A secret that the settings name. `place` leads to it from the top of the file."""

    place: tuple[int | str, ...]
    secret: Secret

    @property
    def cooperation(self) -> str:
        """The cooperation whose secret it is."""
        return str(self.place[1])

    @property
    def setting(self) -> str:
        """The setting, as `infra/functions.yaml` calls it: `token`, `callers.econobis` or `feeds`."""
        part, name = self.place[2:4]
        if part == "feeds":
            return "feeds"
        return f"{part}.{name}" if part == "callers" else str(name)


def named_secrets(config: BaseModel) -> list[NamedSecret]:
    """Every secret that the settings name, whether or not this process has it."""
    return [NamedSecret(place, secret) for place, secret in _secrets_in(config, ())]


def secret_names(config: BaseModel) -> dict[str, set[str]]:
    """The names of all secrets, each with the settings that it is for. LINK_SMTP is not among them."""
    names: dict[str, set[str]] = {}
    for named in named_secrets(config):
        names.setdefault(named.secret.name, set()).add(named.setting)
    return names


def _secrets_in(value: object, place: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], Secret]]:
    if isinstance(value, Secret):
        yield place, value
    elif isinstance(value, BaseModel | dict):
        # Not `dict(value)`: of a model with a field `keys` that calls the field.
        for name, part in value.items() if isinstance(value, dict) else value:
            yield from _secrets_in(part, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _secrets_in(part, (*place, number))
