"""Runs Terraform for one project. What it plans and does is shown as it writes it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from infra.deploy.project import ROOT, TERRAFORM, Project, shown
from infra.deploy.refused import Refused
from infra.printed import say, say_lines
from shared.private_files import private_folder

LOCK_FILE = TERRAFORM / ".terraform.lock.hcl"
_NO_STATE = "Terraform cannot read what is deployed; the reason stands above."
_NEVER_ASK = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


class ApplyFailed(Exception):
    """Terraform stopped halfway. What it made stays, and a next run goes on from there."""


class Terraform:
    """Each project has a folder of its own for what Terraform keeps here, so that two never mix."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.plan_file = project.folder / "plan.tfplan"
        self.variables_file = project.folder / "variables.tfvars.json"
        self._data = project.folder / "terraform"
        self._lock: IO[str] | None = None

    def init(self) -> None:
        """Fetches the provider, and connects to the state in the bucket. Raises Refused."""
        private_folder(self.project.folder)
        self._keep_others_out()
        bucket = f"-backend-config=bucket={self.project.state_bucket}"
        code, _, _ = self._run("init", "-no-color", "-reconfigure", bucket, quiet=True)
        if code:
            raise Refused("Terraform could not start; the reason stands above. Nothing was changed.")

    def _keep_others_out(self) -> None:
        """Until this process ends: else a plan that was agreed on here could be replaced by another run's.

        Terraform's own lock does not hold while a person reads the plan. Raises Refused.
        """
        self._lock = (self.project.folder / "lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                f"Another run on this machine is busy with {self.project.id}, or waits for an answer.\n"
                "Nothing was changed. Run this again when it is done."
            ) from None

    def plan(self, variables: Mapping[str, Any], targets: Iterable[str] = (), *, destroy: bool = False) -> bool:
        """Writes the plan, and says whether it changes anything. Raises Refused."""
        self.variables_file.write_text(json.dumps(variables, indent=2), encoding="utf-8")
        options = [f"-target={it}" for it in targets] + (["-destroy"] if destroy else [])
        files = [f"-var-file={self.project.variables}", f"-var-file={self.variables_file}", f"-out={self.plan_file}"]
        code, said, _ = self._run("plan", "-no-color", "-detailed-exitcode", *options, *files, quiet=bool(targets))
        if code not in {0, 2}:
            raise Refused(
                self._busy(said) or "Terraform could not make a plan; the reason stands above. Nothing was changed."
            )
        return code == 2

    def apply(self) -> None:
        """Carries out the plan. Raises ApplyFailed, and Refused when another run holds the state."""
        code, said, _ = self._run("apply", "-no-color", str(self.plan_file))
        if code and (busy := self._busy(said)):
            raise Refused(busy)
        if code:
            raise ApplyFailed

    def output(self, name: str) -> Any:
        """One of infra/terraform/outputs.tf; None when nothing was applied yet. Raises Refused."""
        code, _, answer = self._run("output", "-no-color", "-json", quiet=True)
        if code:
            raise Refused(_NO_STATE)
        return json.loads(answer or "{}").get(name, {}).get("value")

    def resources(self) -> list[str]:
        """The addresses of everything that Terraform manages. Raises Refused."""
        code, _, answer = self._run("state", "list", quiet=True)
        if code:
            raise Refused(_NO_STATE)
        return [line for line in answer.splitlines() if line and not line.startswith("data.")]

    def _run(self, *arguments: str, quiet: bool = False) -> tuple[int, str, str]:
        """The exit code, what Terraform wrote about it, and its answer.

        What it writes is shown; with `quiet` only when it failed. Only then there is an answer.
        """
        environment = {**os.environ, **_NEVER_ASK, "TF_DATA_DIR": str(self._data)}
        command = ["terraform", f"-chdir={TERRAFORM}", *arguments]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if not quiet else subprocess.PIPE,
        ) as process:
            try:
                if quiet:
                    answer, said = process.communicate()
                    if process.returncode not in {0, 2}:
                        say_lines(answer + said, error=True)
                    return process.returncode, said, answer
                said = _shown_as_it_comes(process.stdout)
                return process.wait(), said, ""
            except KeyboardInterrupt:
                say("Stopping. Terraform first finishes what it has begun.", error=True)
                process.wait()
                raise

    def _busy(self, said: str) -> str | None:
        if "Error acquiring the state lock" not in said:
            return None
        found = re.search(r"ID:\s+([0-9A-Za-z-]+)", said)
        # Without this folder Terraform knows nothing of the state.
        unlock = (
            f"TF_DATA_DIR='{self._data}' terraform -chdir={shown(TERRAFORM)} force-unlock {found[1] if found else 'ID'}"
        )
        return (
            "Another run is changing this project. Nothing was changed.\nWait until it is done, and run this again.\n"
            f"If you are sure that there is no other run (one was killed): {unlock}"
        )


def relative(path: Path) -> str:
    """The path as seen from the Terraform files, so that it is the same on every machine."""
    return os.path.relpath(path, TERRAFORM)


def _shown_as_it_comes(stream: IO[str] | None) -> str:
    lines = []
    for line in stream or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    return "".join(lines)
