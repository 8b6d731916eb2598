"""What we deliver has no open finding: our code, the licences of its packages, secrets, and a bill of materials.

The list of known weaknesses needs the network, so only `make audit` asks for it (cloudbuild.yaml).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from infra import audit
from tests.tree import ROOT

PRIVATE_KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ" + "\n"


def test_our_code_has_no_open_finding() -> None:
    assert list(audit.code()) == []


def test_a_weakness_in_our_code_is_found_and_a_row_that_explains_nothing_too(tmp_path: Path) -> None:
    for folder in ("functions", "shared", "infra"):
        (tmp_path / folder).mkdir()
    (tmp_path / "main.py").write_text("import pickle\npickle.loads(b'')\n", encoding="utf-8")
    (tmp_path / "shared/wrong.py").write_text("def (", encoding="utf-8")
    found = list(audit.code(tmp_path))
    assert any("main.py:2: B301" in finding for finding in found)
    assert any("shared/wrong.py" in finding for finding in found)
    assert any("B608 in shared/store/sqlite.py is accepted, but" in finding for finding in found)


def test_every_package_that_we_deliver_has_a_licence_that_is_allowed() -> None:
    assert list(audit.licences()) == []
    assert {"httpx", "pydantic", "certifi"} <= set(audit.packages())


def test_another_licence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    few = audit.ALLOWED_LICENCES - {"ISC"}
    monkeypatch.setattr(audit, "ALLOWED_LICENCES", few)  # As if a package had changed its licence.
    monkeypatch.setattr(audit, "ACCEPTED_LICENCES", {})  # idem
    found = list(audit.licences())
    assert "licences: dnspython has ISC" in found
    assert any(finding.startswith("licences: python-stdnum has GNU Lesser") for finding in found)


def test_no_file_holds_a_secret() -> None:
    assert list(audit.secrets()) == []


@pytest.mark.parametrize(
    "text",
    [PRIVATE_KEY, "AIza" + "S" * 35, "ya29." + "a" * 30, "ghp_" + "a" * 36, "AKIA" + "A" * 16, "xoxb-" + "1" * 12,
     "GOCSPX-" + "a" * 28, "github_pat_" + "a" * 40, "smtp://" + "zonnig:Xk3v9QpL2w@mail.zonnig.nl"],
)  # fmt: skip
def test_a_secret_is_found_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / ".gitignore").write_text(".venv/\n*.pyc\n", encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    for left_out in (".venv/settings.yaml", "settings.pyc"):
        (tmp_path / left_out).write_text(text, encoding="utf-8")
    (tmp_path / "settings.yaml").write_text(f"name: x\nkey: {text}\n", encoding="utf-8")
    (finding,) = audit.secrets(tmp_path)
    assert finding == "secrets: settings.yaml:2: looks like a secret"


def test_the_bill_of_materials_names_every_package_and_is_the_same_each_time() -> None:
    text = audit.sbom()
    assert text == audit.sbom()
    bill = json.loads(text)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "dossierlink"
    assert set(audit.packages()) <= {component["name"] for component in bill["components"]}
    hashes = [reference.get("hashes") for one in bill["components"] for reference in one["externalReferences"]]
    assert all(hashes)


def test_a_source_that_cannot_be_reached_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip-audit alone would say that all is well."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    assert list(audit.known_weaknesses())


def test_the_exit_code_says_whether_something_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for part in ("code", "licences", "secrets"):
        monkeypatch.setattr(audit, part, list)  # They have their own tests, and take seconds.
    assert audit.main(["--offline", "--sbom", str(tmp_path / "sbom.json")]) == 0
    assert "0 findings, without the list of known weaknesses" in capsys.readouterr().out
    assert json.loads((tmp_path / "sbom.json").read_text())["components"]
    monkeypatch.setattr(audit, "code", lambda: ["bandit: x"])  # idem
    assert audit.main(["--offline"]) == 1
    assert "bandit: x" in capsys.readouterr().err


def test_dependabot_looks_at_what_we_depend_on() -> None:
    config = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))
    assert {update["package-ecosystem"] for update in config["updates"]} >= {"pip"}
    assert all(update["schedule"]["interval"] == "weekly" for update in config["updates"])
