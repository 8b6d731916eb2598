"""One call of a webform: what it has found and made so far, its log lines, and who counts as the one who did it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis.carbon import DateError, parse
from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.faults import BrokenError, CrashError
from infra.standins.econobis.webform.fields import Form


@dataclass
class Call:
    """`user_id` is Econobis' acting user, `by_webform` whether the changes of that user are marked `webform`."""

    database: Database
    form: Form
    lines: list[str]
    webform: Row = field(default_factory=dict)
    user_id: int | None = None
    by_webform: bool = False
    action: str = ""
    is_new_contact: bool = False
    contact: Row | None = None
    address: Row | None = None
    intake: Row | None = None
    housing_file: Row | None = None
    opportunity_for_task: Row | None = None
    categories_with_workflow: list[Row] = field(default_factory=list)
    group: Row | None = None
    groups: list[Row] = field(default_factory=list)
    task_remarks: list[str] = field(default_factory=list)
    tasks_to_mail: list[Row] = field(default_factory=list)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def act_for_webform(self, subject: str) -> None:
        """From here on the webform's own responsible is the acting user; the log says so for `subject`."""
        user_id = self._responsible_user()
        self.log(f"{subject} verantwoordelijke gebruiker : {user_id or 'onbekend'}")
        if user_id:
            self.user_id, self.by_webform = user_id, False

    def _responsible_user(self) -> int | None:
        if user := find(self.database, "users", self.webform.get("responsible_user_id")):
            return int(user["id"])
        team = find(self.database, "teams", self.webform.get("responsible_team_id"))
        if team is None:
            return None
        users = team_users(self.database, team)
        if not users:
            raise CrashError("a team without users")
        return users[0]

    def moment(self, text: str) -> str | None:
        """A date that was sent, as Econobis stores it; None for what Carbon does not try. Raises BrokenError."""
        if re.match(r"P[\dT]|R\d", text, re.ASCII) or not re.search(r"[a-z\d]", text, re.ASCII | re.IGNORECASE):
            return None
        try:
            return parse(text, self.database.now()).stored()
        except DateError as error:
            raise BrokenError("a date that cannot be read") from error


def find(database: Database, table: str, sent: Any) -> Row | None:
    """The row with this id, unless removed. MySQL takes the number with which a text begins: `104 Cora` is 104."""
    number = php.to_float(str(sent if sent is not None else ""))
    row = database.row(table, int(number)) if number == number // 1 and abs(number) < 2**53 else None
    return row if row and not row.get("deleted_at") else None


def find_all(database: Database, table: str, ids: str) -> list[Row]:
    """The rows of a list of ids with commas, each once, by id."""
    found = [find(database, table, part) for part in ids.split(",")]
    by_id = {row["id"]: row for row in found if row}
    return [by_id[id_] for id_ in sorted(by_id)]


def team_users(database: Database, team: Row) -> list[int]:
    ids = [int(row["user_id"]) for row in database.rows("team_user", team_id=team["id"])]
    return [id_ for id_ in ids if database.row("users", id_)]
