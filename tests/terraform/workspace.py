"""A copy of the Terraform files in which real Terraform runs over the stand-in, without a cloud or credentials."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.terraform import terraform
from tests.terraform.plan import Plan
from tests.terraform.stand_in.mirror import mirror

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).with_name("google.json")
# What the Terraform files read, besides each other.
ALSO_READ = ("infra/functions.yaml", "infra/firestore.indexes.json", "shared/retention.json")

# The setting of each secret. Who gets it follows from the table of functions, as `make settings` works it out.
SETTINGS = {
    "LINK_SMTP": "smtp",
    "LINK_STAFF_SECRET": "staff",
    "ZONNIG_ECONOBIS": "callers.econobis",
    "ZONNIG_EVENTS": "event_key",
    "ZONNIG_HOOMDOSSIER": "callers.hoomdossier",
    "ZONNIG_REGISTER": "token",
    "ZONNIG_WEBFORM": "webform_key",
}
TABLE = yaml.safe_load((ROOT / "infra/functions.yaml").read_text(encoding="utf-8"))
SECRETS = {
    name: [function for function, row in TABLE.items() if setting in row["secrets"]]
    for name, setting in SETTINGS.items()
}
PROJECT = "test-project"
EVENT_HOSTS = {"meer-link.econobis.nl": "meer", "zonnig-dorp-link.econobis.nl": "zonnig-dorp"}
VARIABLES = {
    "project": PROJECT,
    "environment": "production",
    "alert_email": "anna@zonnig-dorp.example",
    "billing_account": "012345-6789AB-CDEF01",
    "settings_version": 3,
    "secrets": SECRETS,
    "event_hosts": EVENT_HOSTS,
    "source_zip": "source.zip",
}

GIVEN = "check.tfvars.json"


@dataclass(frozen=True)
class Workspace:
    """`folder` is the copy of the repository, with only what Terraform reads. `start` is how Terraform is started."""

    folder: Path
    start: list[str] | None = None

    @classmethod
    def make(cls, folder: Path, start: list[str] | None = None) -> Workspace:
        """A copy in `folder`, which Terraform has initialised."""
        made = cls.copy(folder, start)
        mirror(folder / "mirror", SCHEMA)
        made.run("init", "-no-color", f"-plugin-dir={folder / 'mirror'}")
        return made

    @classmethod
    def copy(cls, folder: Path, start: list[str] | None = None) -> Workspace:
        """A copy in `folder` that is not initialised."""
        skip = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.auto.tfvars*", "terraform.tfvars*")
        shutil.copytree(ROOT / "infra/terraform", folder / "infra/terraform", ignore=skip)
        for path in ALSO_READ:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / path)
        made = cls(folder, start)
        (made.terraform / "source.zip").write_bytes(b"code")
        (made.terraform / GIVEN).write_text(json.dumps(VARIABLES), encoding="utf-8")
        # The state of an installation is in a bucket. This one needs no cloud.
        (made.terraform / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', encoding="utf-8")
        return made

    def another(self, folder: Path) -> Workspace:
        """A fresh copy that shares what was initialised here."""
        made = Workspace.copy(folder, self.start)
        shutil.copytree(self.terraform / ".terraform", made.terraform / ".terraform", symlinks=True)
        shutil.copyfile(self.terraform / ".terraform.lock.hcl", made.terraform / ".terraform.lock.hcl")
        return made

    @property
    def terraform(self) -> Path:
        """The folder with the .tf files."""
        return self.folder / "infra/terraform"

    def run(self, *arguments: str) -> str:
        """What `terraform <arguments>` writes. Raises terraform.Failed."""
        return terraform.run(self.terraform, *arguments, start=self.start)

    def plan(self) -> Plan:
        """The plan of a first installation. Raises terraform.Failed."""
        self.run("plan", "-no-color", f"-var-file={GIVEN}", "-out=first.tfplan")
        return Plan.parse(self.run("show", "-json", "first.tfplan"), self.folder)
