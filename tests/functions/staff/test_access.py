"""Every row of the table of addresses, for everybody who may not: nobody, another cooperation, too low a role.

The rows come from the table itself, so a new one is covered by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from functions.staff import routes
from functions.staff.csrf import make_token
from functions.staff.visit import ROLES
from shared.config import Role
from tests.world.functions_over_http import Machine, logged

Row = tuple[str, str, Role | None, str]
ROWS: tuple[Row, ...] = routes._TABLE
WITH_ROLE = [row for row in ROWS if row[2]]
CLOSED = [row for row in ROWS if row[3] not in routes.PUBLIC]
WHO = {
    "see": "kijker@zonnig-dorp.example",
    "work": "werker@zonnig-dorp.example",
    "manage": "coordinator@zonnig-dorp.example",
}
OTHER = "coordinator@meer-energie.example"
STRANGER = "vreemd@elders.example"
VALUES = {"contact_id": "1001", "campaign_id": "1", "key": "zonnig-dorp:1001", "form": "aanmelden", "name": "x.css"}


def shown(row: Row) -> str:
    return f"{row[0]} {row[1]}"


def path_of(row: Row, cooperation: str = "zonnig-dorp") -> str:
    values = {**VALUES, "cooperation": cooperation}
    return re.sub(r"<(?:int:)?(\w+)>", lambda found: values[found[1]], row[1])


def ask(link: Machine, row: Row, person: str = "", cooperation: str = "zonnig-dorp", **request: Any) -> httpx.Response:
    """As somebody who has everything that the page would have given her, a good token included."""
    method, path = row[0], path_of(row, cooperation)
    headers = {"Cookie": f"dossierlink_as={person}"} if person else {}
    form = {"data": {"token": make_token(person, path), "account_id": "4711", **request}} if method == "POST" else {}
    return link.http.request(method, link.url("show-staff", path), headers=headers, **form)


@contextmanager
def nothing_changes(link: Machine) -> Iterator[None]:
    before = link.versions()
    yield
    assert link.versions() == before


each = pytest.mark.parametrize("row", ROWS, ids=shown)
each_closed = pytest.mark.parametrize("row", CLOSED, ids=shown)
each_with_role = pytest.mark.parametrize("row", WITH_ROLE, ids=shown)


def test_only_the_files_and_the_sign_in_are_open_to_everybody() -> None:
    assert {row[3] for row in ROWS} - {row[3] for row in CLOSED} == routes.PUBLIC
    assert {row[1] for row in ROWS if row[3] in routes.PUBLIC} == {
        "/_/<name>", "/_/sign-in", "/_/signed-in", "/_/signed-out",
    }  # fmt: skip


@each
def test_an_address_of_a_cooperation_needs_a_role_in_it(row: Row) -> None:
    assert ("<cooperation>" in row[1]) == (row[2] is not None)


@each
def test_what_changes_something_is_no_get(row: Row) -> None:
    """A GET comes with a link from anywhere, and is made again and ahead."""
    assert row[0] in {"GET", "POST"}


@each_closed
def test_nobody_gets_nothing(lasting_link: Machine, row: Row) -> None:
    with nothing_changes(lasting_link):
        for person in ("", STRANGER):
            answer = ask(lasting_link, row, person)
            assert answer.status_code == 401
            assert "Zonnig Dorp" not in answer.text
        assert ask(lasting_link, row, "", "nergens").status_code == 401
    assert not [line for line in logged if line["severity"] != "INFO"]


@each_with_role
def test_somebody_of_another_cooperation_gets_what_does_not_exist(lasting_link: Machine, row: Row) -> None:
    with nothing_changes(lasting_link):
        other, nowhere = ask(lasting_link, row, OTHER), ask(lasting_link, row, OTHER, "nergens")
    assert other.status_code == nowhere.status_code == 404
    assert other.text.replace("zonnig-dorp", "nergens") == nowhere.text
    assert "Zonnig Dorp" not in other.text


@each_with_role
def test_too_low_a_role_is_refused(lasting_link: Machine, row: Row) -> None:
    needed = row[2]
    assert needed
    for role in ROLES[: ROLES.index(needed)]:
        with nothing_changes(lasting_link):
            answer = ask(lasting_link, row, WHO[role])
        assert answer.status_code == 403
        assert "Dit mag u niet" in answer.text


@each_with_role
def test_a_role_counts_in_its_own_cooperation_only(lasting_link: Machine, row: Row) -> None:
    """Somebody of both may work in one and look in the other."""
    needed = row[2]
    assert needed
    if needed != "see":
        with nothing_changes(lasting_link):
            assert ask(lasting_link, row, "beide@energie.example").status_code == 403


@pytest.mark.parametrize("row", [it for it in CLOSED if it[0] == "POST"], ids=shown)
def test_a_post_with_another_token_changes_nothing(lasting_link: Machine, row: Row) -> None:
    person, path = WHO["manage"], path_of(row)
    for token in (
        "",
        "x",
        ".",
        make_token(person, path)[:-1],
        make_token(WHO["work"], path),
        make_token(person, path + "/"),
        make_token(person, path_of(row, "meer-energie") if "<cooperation>" in row[1] else "/"),
    ):
        with nothing_changes(lasting_link):
            assert ask(lasting_link, row, person, token=token).status_code == 403, token


@each_closed
def test_another_method_is_refused(lasting_link: Machine, row: Row) -> None:
    allowed = {it[0] for it in ROWS if it[1] == row[1]}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    allowed |= {"GET", "HEAD"} if row[1].startswith("/_/") else set()  # Of a file, which is not there.
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - allowed:
        with nothing_changes(lasting_link):
            answer = lasting_link.http.request(method, lasting_link.url("show-staff", path_of(row)))
        assert answer.status_code == 405
        assert "Dit kan hier niet" in answer.text or method == "HEAD"
