"""The check by hand: `python -m tests.terraform`. With `mistakes` it makes each mistake alone and shows who finds it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.terraform import terraform
from tests.terraform.mistakes import CHOSEN, INVALID, WRONG, make
from tests.terraform.rules import findings
from tests.terraform.workspace import Workspace


def check(workspace: Workspace) -> list[str]:
    """What is wrong with the files as they are."""
    for command in (["fmt", "-check", "-diff", "-recursive"], ["validate"], ["test"]):
        print(workspace.run(*command, "-no-color"), end="")
    plan = workspace.plan()
    print(f"Planned: {len(plan.resources)} resources.")
    return findings(plan)


def missed(workspace: Workspace, folder: Path) -> list[str]:
    """The mistakes that nothing finds."""
    names = []
    for number, mistake in enumerate((*INVALID, *WRONG, *CHOSEN)):
        copy = workspace.another(folder / str(number))
        make([mistake], copy)
        try:
            said = copy.run("validate", "-no-color") + "\n".join(findings(copy.plan()))
            said += copy.run("test", "-no-color") if mistake in CHOSEN else ""
        except terraform.Failed as failed:
            said = str(failed)
        found = mistake.found in " ".join(said.replace("│", "").split())
        print(f"{'found ' if found else 'MISSED'}  {mistake.name}")
        names += [] if found else [mistake.name]
    return names


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.make(Path(folder) / "right")
        wrong = missed(workspace, Path(folder)) if sys.argv[1:] == ["mistakes"] else check(workspace)
    print("\n".join(wrong) or "All is well.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
