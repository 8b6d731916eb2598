"""The Google Cloud project that a command works on, and the names and files that follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.deploy.refused import Refused
from shared.sign_in.address import SignInAddress

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "infra/terraform"
_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_NO_PROJECT = """Which project? Give its id: make deploy PROJECT=my-project
Your projects: gcloud projects list"""


@dataclass(frozen=True)
class Project:
    """`environment` names the file with variables, `region` is where that file puts the functions.

    `staff_sign_in` is how staff sign in: `iap`, or the address of another service, as in that file. `event_hosts` are
    the names in it at which events come in, with the cooperation of each.
    """

    id: str
    environment: str
    region: str
    staff_sign_in: str = "iap"
    event_hosts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, project: str, environment: str) -> Project:
        """Raises Refused for an id that cannot be one, and for variables that are not filled in."""
        if not _ID.fullmatch(project):
            raise Refused(f"{project} cannot be the id of a project.\n{_NO_PROJECT}" if project else _NO_PROJECT)
        file = TERRAFORM / f"{environment}.tfvars"
        if not file.is_file():
            names = ", ".join(sorted(it.stem for it in TERRAFORM.glob("*.tfvars")))
            raise Refused(f"There is no {shown(file)}.\nSay ENVIRONMENT=…, one of: {names}")
        text = file.read_text(encoding="utf-8")
        email = _variable(text, "alert_email") or ""
        if "@" not in email or email.endswith("@example.org"):
            raise Refused(
                f"Nobody would get the alerts.\nFill in alert_email in {shown(file)}: the address of who reads them."
            )
        region, sign_in = _variable(text, "region") or "europe-west4", _variable(text, "staff_sign_in") or "iap"
        if sign_in != "iap":
            try:
                SignInAddress.parse(sign_in).check_deployed()
            except ValueError as error:
                raise Refused(f"staff_sign_in in {shown(file)} cannot be used: {error}") from None
        return cls(project, environment, region, sign_in, _map(text, "event_hosts"))

    @property
    def variables(self) -> Path:
        """The file with the variables of this environment."""
        return TERRAFORM / f"{self.environment}.tfvars"

    @property
    def folder(self) -> Path:
        """Where this machine keeps what it makes for this project. Everything in it can be made again."""
        return ROOT / ".local/deploy" / self.id

    @property
    def state_bucket(self) -> str:
        """Holds Terraform's state."""
        return f"{self.id}-dossierlink-state"

    @property
    def source_bucket(self) -> str:
        """Holds the code and the list of releases."""
        return f"{self.id}-dossierlink-source"

    @property
    def blobs_bucket(self) -> str:
        """Holds files of residents."""
        return f"{self.id}-dossierlink-blobs"


def shown(path: Path) -> str:
    """The path as a person types it: from the folder of the repository when it is in there."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _variable(text: str, name: str) -> str | None:
    found = re.search(rf'^\s*{name}\s*=\s*"([^"]*)"', text, re.MULTILINE)
    return found[1] if found else None


def _map(text: str, name: str) -> dict[str, str]:
    """A variable that maps texts to texts. Terraform itself refuses any other form."""
    found = re.search(rf"^\s*{name}\s*=\s*{{(.*?)}}", re.sub(r"(?m)^\s*(#|//).*$", "", text), re.MULTILINE | re.DOTALL)
    return dict(re.findall(r'"([^"]*)"\s*[=:]\s*"([^"]*)"', found[1])) if found else {}
