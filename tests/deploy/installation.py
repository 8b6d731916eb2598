"""A copy of the repository from which the real commands run, with the fake `gcloud` and `terraform` on PATH."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.cloud import PROJECT, Cloud, empty
from tests.deploy.google import Google
from tests.tree import ROOT

COPIED = ("main.py", "requirements.txt", "functions", "shared", "infra")
SECRETS = {
    "ZONNIG_DORP_WEBFORM_KEY": "canary-webform-4f1c",
    "ZONNIG_DORP_EVENT_KEY": "canary-event-77d0",
    "ZONNIG_DORP_HOOMDOSSIER_TOKEN": "canary-token-aa31",
    "ZONNIG_DORP_ECONOBIS_CALLS": "canary-econobis-calls-09",
    "ZONNIG_DORP_HOOMDOSSIER_CALLS": "canary-hoomdossier-calls-3e",
    "LINK_SMTP": "smtp://link:geheim-canary-5b@mail.zonnig-dorp.nl:587",
}
SETTINGS = (Path(__file__).parent / "cooperations.yaml").read_text(encoding="utf-8")


@dataclass
class Ran:
    """`output` is all that a person saw."""

    code: int
    output: str

    def __contains__(self, text: str) -> bool:
        return text in self.output


class Installation:
    """`run` starts a command as `make` does. `google` is what answers over HTTP at `base`."""

    def __init__(self, folder: Path, google: Google, base: str) -> None:
        self.tree, self.google, self.base = folder / "tree", google, base
        self.cloud = Cloud(folder)
        self.bin = folder / "bin"
        leave = shutil.ignore_patterns("__pycache__", ".terraform*", "*.tfstate*", "local", "standins")
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.tree / name, ignore=leave)
            else:
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.tree / name)
        self.bin.mkdir()
        for program in ("gcloud", "terraform"):
            self._program(program)
        variables = self.tree / "infra/terraform/production.tfvars"
        text = variables.read_text(encoding="utf-8")
        variables.write_text(text.replace("beheer@example.org", "beheer@zonnig-dorp.nl"), encoding="utf-8")
        self.settings(SETTINGS)
        self.cloud.write(empty() | {"address": f"{base}/{{function}}"})

    def settings(self, text: str) -> None:
        """Writes the file with settings."""
        (self.tree / "cooperations.yaml").write_text(text, encoding="utf-8")

    def event_hosts(self, **hosts: str) -> None:
        """Names events come in at, by cooperation: `_` stands for the hyphen in its name. Writes them where staff do."""
        variables = self.tree / "infra/terraform/production.tfvars"
        text = ", ".join(f'"{host}" = "{name.replace("_", "-")}"' for name, host in hosts.items())
        written = variables.read_text(encoding="utf-8").replace("event_hosts = {}", f"event_hosts = {{ {text} }}")
        variables.write_text(written, encoding="utf-8")

    def change_code(self) -> None:
        """Makes it another version."""
        with (self.tree / "main.py").open("a", encoding="utf-8") as file:
            file.write("# another version\n")

    def without(self, program: str) -> None:
        """As if it is not installed."""
        (self.bin / program).unlink()

    def fails(self, **texts: object) -> None:
        """What goes wrong from now on, as `empty` in cloud.py says. `_` in a name stands for a space."""
        with self.cloud.change() as state:
            state["fail"] = {name.replace("_", " "): text for name, text in texts.items()}

    def run(
        self,
        command: str,
        *options: str,
        answers: str = "",
        env: Mapping[str, str] | None = None,
        project: str = PROJECT,
    ) -> Ran:
        """A command, with what somebody types into it. `answers` is one line each."""
        ran = subprocess.run(
            self._command(command, options, project),
            cwd=self.tree, env=self._environment(env), input=answers, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout)

    def deploy(self, *options: str, answers: str = "yes\nyes\n") -> Ran:
        """`make deploy FROM_ENV=1`, with all secrets in the environment."""
        return self.run("deploy", "--from-env", *options, answers=answers, env=SECRETS)

    def type(self, command: str, *options: str, answers: Mapping[str, str]) -> Ran:
        """A command on a real terminal: each time it shows one of these texts, somebody types the answer."""
        master, slave = pty.openpty()
        # In a new session the first terminal that is opened becomes the one of /dev/tty, which getpass uses.
        on_it = ["/bin/sh", "-c", 'exec "$@" <"$TERMINAL" >"$TERMINAL" 2>&1', "sh"]
        process = subprocess.Popen(
            [*on_it, *self._command(command, options, PROJECT)],
            cwd=self.tree, env=self._environment({"TERMINAL": os.ttyname(slave)}), start_new_session=True,
        )  # fmt: skip
        output, seen, end = "", 0, time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                output += os.read(master, 65536).decode(errors="replace")
            elif process.poll() is not None:
                break
            found = next((re.search(re.escape(it), output[seen:]) for it in answers if it in output[seen:]), None)
            if found:
                seen += found.end()
                os.write(master, f"{answers[found[0]]}\n".encode())
        os.close(slave)
        os.close(master)
        return Ran(process.wait(timeout=10), output)

    def _command(self, command: str, options: tuple[str, ...], project: str) -> list[str]:
        place = () if command in {"key", "zip"} else ("--project", project, "--wait", "0")
        return [sys.executable, "-m", "infra.deploy", command, *place, *options]

    def _environment(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:/usr/bin:/bin" if (self.bin / "gcloud").exists() else str(self.bin),
            "HOME": str(self.tree),
            "LANG": "C.UTF-8",
            "FAKE_CLOUD": str(self.cloud.file.parent),
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER": f"{self.base}/",
            **(env or {}),
        }

    def _program(self, name: str) -> None:
        file = self.bin / name
        file.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.deploy.fake_{name} "$@"\n', encoding="utf-8"
        )
        file.chmod(0o755)
