"""Who may see the staff pages is what the file says now; a file that is wrong changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.config import read
from shared.staff_list import StaffList

SETTINGS = """\
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis: {url: "https://e.example", webform_key: "env:KEY"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:KEY"}
    callers: {econobis: ["env:KEY"], hoomdossier: ["env:KEY"]}
    staff:
      - {email: Anna@zonnig.example, role: manage}
"""
SECRETS = {"KEY": "0123456789abcdef"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "cooperations.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


@pytest.fixture
def staff(file: Path) -> StaffList:
    return StaffList(file, read(file, SECRETS).cooperations, SECRETS)


def test_a_role_is_found_whatever_the_case_of_the_address(staff: StaffList) -> None:
    assert staff.role("zonnig-dorp", "anna@ZONNIG.example") == "manage"
    assert staff.role("zonnig-dorp", "karim@zonnig.example") is None
    assert staff.role("nergens", "anna@zonnig.example") is None
    assert staff.everybody() == ["Anna@zonnig.example"]


def test_a_changed_file_counts_at_once(staff: StaffList, file: Path) -> None:
    file.write_text(SETTINGS.replace("role: manage", "role: see"), encoding="utf-8")
    assert staff.role("zonnig-dorp", "anna@zonnig.example") == "see"
    file.write_text(SETTINGS.partition("    staff:")[0], encoding="utf-8")
    assert staff.role("zonnig-dorp", "anna@zonnig.example") is None


def test_a_file_that_was_replaced_with_the_same_size_and_time_counts_too(staff: StaffList, file: Path) -> None:
    before = file.stat()
    other = file.with_name("other.yaml")
    other.write_text(SETTINGS.replace("Anna@", "Wiek@"), encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)
    assert staff.role("zonnig-dorp", "anna@zonnig.example") is None


@pytest.mark.parametrize(
    "text", ["", "cooperations: [", SETTINGS.replace("role: manage", "role: boss"), SETTINGS + "    extra: 1\n"]
)
def test_a_wrong_file_changes_nothing_and_is_logged_once(
    staff: StaffList, file: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text, encoding="utf-8")
    for _ in range(3):
        assert staff.role("zonnig-dorp", "anna@zonnig.example") == "manage"
    assert capsys.readouterr().out.count("changed settings cannot be read") == 1
    file.write_text(SETTINGS.replace("role: manage", "role: work"), encoding="utf-8")
    assert staff.role("zonnig-dorp", "anna@zonnig.example") == "work"


def test_a_file_that_is_gone_changes_nothing(staff: StaffList, file: Path) -> None:
    file.unlink()
    assert staff.role("zonnig-dorp", "anna@zonnig.example") == "manage"


def test_a_cooperation_that_went_has_no_staff_and_one_that_came_waits_for_the_next_start(
    staff: StaffList, file: Path
) -> None:
    file.write_text(SETTINGS.replace("zonnig-dorp:", "meer-energie:"), encoding="utf-8")
    assert staff.role("zonnig-dorp", "anna@zonnig.example") is None
    assert staff.role("meer-energie", "anna@zonnig.example") is None
