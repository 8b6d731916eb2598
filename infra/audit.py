"""Checks what we deliver and what it is made of: known weaknesses, our own code, licences, secrets; writes the SBOM.

    python -m infra.audit              everything; needs the network for the list of known weaknesses
    python -m infra.audit --offline    all but that list, as the tests do
    python -m infra.audit --sbom FILE  also writes the bill of materials of this release (CycloneDX)

Exit code 1 when something is found or could not be checked. `SECURITY.md` says what to do then.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from infra.printed import say

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
CODE = ("main.py", "functions", "shared", "infra")


@dataclass(frozen=True)
class Accepted:
    """Findings of bandit that are no weakness: of these tests, in files whose path begins with `path`, and why."""

    path: str
    tests: Sequence[str]
    reason: str

    def explains(self, finding: Mapping[str, Any]) -> bool:
        """Whether this is one of them, as bandit reports it."""
        return finding["filename"].startswith(self.path) and finding["test_id"] in self.tests


ACCEPTED = (
    Accepted("", ["B101"], "an assert narrows a type; nothing depends on its being run"),
    Accepted("infra/", ["B404", "B603", "B607"], "fixed programs, with their arguments in a list and without a shell"),
    Accepted("infra/deploy/", ["B105"], "no password: a text that says where to find one"),
    Accepted("infra/doctor/to_fill_in.py", ["B105"], "no password: a text that says where to find one"),
    Accepted(
        "infra/local/full_campaign/", ["B311"], "invents the same people at each run; nothing is kept secret by it"
    ),
    Accepted("infra/local/run.py", ["B106"], "no password: the stand-in's throttle needs no token"),
    Accepted("infra/standins/", ["B608"], "names of our own tables and columns; each value is a parameter"),
    Accepted("infra/standins/oidc.py", ["B105"], "test equipment: the names of OAuth's tokens"),
    Accepted("infra/standins/econobis/", ["B311"], "test equipment: the real Econobis draws such a number too"),
    Accepted("shared/imports/table.py", ["B404", "B603"], "a file of our own, with limits, and without a shell"),
    Accepted("shared/store/sqlite.py", ["B608"], "names of our own columns; each value is a parameter"),
    Accepted("shared/store/firestore_calls.py", ["B105"], "no password: the name of a field"),
)

# Licences under which a cooperation may run and change the link without conditions that it has to think about.
ALLOWED_LICENCES = frozenset({
    "0BSD", "3-Clause BSD License", "Apache Software License", "Apache Software License; BSD License", "Apache-2.0",
    "Apache-2.0 OR BSD-2-Clause", "Apache-2.0 OR BSD-3-Clause", "BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "ISC", "ISC License (ISCL)", "MIT", "MIT License", "MIT OR Apache-2.0", "MIT-0", "PSF-2.0",
    "Python Software Foundation License",
    "The Unlicense (Unlicense)",
})  # fmt: skip
ACCEPTED_LICENCES: Mapping[str, str] = {
    "certifi": "MPL 2.0: a list of certificate authorities, used as it is",
    "python-stdnum": "LGPL: a library that is imported and used as it is",
}

# What a secret looks like. Passwords of the stand-ins and of tests have none of these forms.
SECRETS = (
    re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),  # Google API key
    re.compile(r"\bya29\.[0-9A-Za-z_-]{20,}"),  # Google access token
    re.compile(r"\bGOCSPX-[0-9A-Za-z_-]{20,}"),  # Google OAuth client
    re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36,}"),  # GitHub token
    re.compile(r"\bgithub_pat_[0-9A-Za-z_]{22,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),  # AWS key
    re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}"),  # Slack token
    re.compile(r"\bsmtps?://[^\s:@/{}$<>]+:(?!password@|pass@|pw@|geheim|p%2F)[^\s@/{}$<>]{8,}@(?![^\s]*example)"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.audit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--offline", action="store_true", help="leave out the list of known weaknesses")
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="write the bill of materials to this file")
    asked = parser.parse_args(arguments)
    found = [*code(), *licences(), *secrets()]
    if not asked.offline:
        found += known_weaknesses()
    if asked.sbom:
        asked.sbom.parent.mkdir(parents=True, exist_ok=True)
        asked.sbom.write_text(sbom(), encoding="utf-8")
        say(f"wrote {asked.sbom}")
    for finding in found:
        say(finding, error=True)
    say(f"{len(found)} findings" + (", without the list of known weaknesses" if asked.offline else ""))
    return 1 if found else 0


def code(root: Path = ROOT) -> Iterator[str]:
    """What bandit finds in our code and ACCEPTED does not explain, and rows of ACCEPTED that explain nothing."""
    ran = _run("bandit", "-q", "-r", *CODE, "-f", "json", cwd=root)
    report = json.loads(ran.stdout)
    yield from (f"bandit: {error['filename']}: {error['reason']}" for error in report["errors"])
    for finding in report["results"]:
        if not any(row.explains(finding) for row in ACCEPTED):
            yield f"bandit: {finding['filename']}:{finding['line_number']}: {finding['test_id']} {finding['issue_text']}"
    for row in ACCEPTED:
        found = {finding["test_id"] for finding in report["results"] if row.explains(finding)}
        for test in row.tests:
            if test not in found:
                yield f"audit: {test} in {row.path or 'all files'} is accepted, but bandit does not find it any more"


def licences() -> Iterator[str]:
    """Packages that we deliver whose licence is neither allowed nor accepted, and packages without a known licence."""
    names = packages()
    ran = _run("pip-licenses", f"--python={sys.executable}", "--from=mixed", "--format=json", "--packages", *names)
    known = {_normal(row["Name"]): row["License"] for row in json.loads(ran.stdout)}
    for name in names:
        licence = known.get(_normal(name))
        if licence is None:
            yield f"licences: {name} is not installed, so its licence is not known"
        elif licence not in ALLOWED_LICENCES and name not in ACCEPTED_LICENCES:
            yield f"licences: {name} has {licence}"


def packages() -> list[str]:
    """The names of the packages that are deployed, without those for another system or version of Python."""
    lines = re.findall(r"^[A-Za-z0-9_.-]+==[^\\\n]+", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [Requirement(line.strip()) for line in lines]
    return [one.name for one in wanted if one.marker is None or one.marker.evaluate()]


def secrets(root: Path = ROOT) -> Iterator[str]:
    """Files that hold something in the form of a secret. The finding does not repeat it."""
    for file in _files(root):
        text = file.read_bytes().decode("utf-8", errors="replace")
        for form in SECRETS:
            if found := form.search(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"secrets: {file.relative_to(root)}:{line}: looks like a secret"


def _files(root: Path) -> Iterator[Path]:
    """All files but those that .gitignore leaves out: it names folders and endings. No git is needed."""
    ignored = root / ".gitignore"
    patterns = ignored.read_text(encoding="utf-8").split() if ignored.exists() else []
    left_out = [".git", *(pattern.strip("/") for pattern in patterns)]
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not any(fnmatch(name, pattern) for pattern in left_out)]
        for name in names:
            if not any(fnmatch(name, pattern) for pattern in left_out) and (Path(folder) / name).is_file():
                yield Path(folder) / name


def known_weaknesses() -> Iterator[str]:
    """What the Python Packaging Advisory Database knows of the deployed packages.

    `--strict` makes a package that could not be looked up a finding; without it pip-audit succeeds when it cannot reach
    its source.
    """
    ran = _run("pip-audit", "--strict", "--disable-pip", "--require-hashes", "-r", str(REQUIREMENTS))
    if ran.returncode:
        yield from (f"pip-audit: {line}" for line in (ran.stdout + ran.stderr).splitlines() if line.strip())


def sbom() -> str:
    """The bill of materials of what is deployed, in CycloneDX. The same requirements give the same text."""
    ran = _run("cyclonedx-py", "requirements", "--output-reproducible", "--of", "JSON", "--pyproject",
               str(ROOT / "pyproject.toml"), str(REQUIREMENTS))  # fmt: skip
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    parsed: dict[str, Any] = json.loads(ran.stdout)
    return json.dumps(parsed, indent=2, sort_keys=True) + "\n"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(program: str, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs a program of the virtual environment in which this runs."""
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
