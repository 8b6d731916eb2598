"""One call of the web form: its fields, its log lines, what it has found and made so far, and the acting user."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from infra.standins.database import Database, Row
from infra.standins.econobis import responsible
from infra.standins.econobis.dates.carbon import DateError, parse
from infra.standins.econobis.faults import BrokenError
from infra.standins.econobis.webform.fields import Form


@dataclass
class Call:
    """`user_id` is the acting user. With `by_webform` a change of a contact is marked `webform`, else `econobis`.

    `action` is how the contact was found (docs/peers/econobis.md 4.5). Until a step sets them, `webform` is empty and
    the rows are None.
    """

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
        """Makes the webform's responsible the acting user, and logs that for `subject` ("Intake")."""
        user_id = responsible.acting_user(self.database, self.webform)
        self.log(f"{subject} verantwoordelijke gebruiker : {user_id or 'onbekend'}")
        if user_id:
            self.user_id, self.by_webform = user_id, False

    def moment(self, text: str) -> str | None:
        """A date that was sent, as Econobis stores it; None for a text that Carbon does not try to read.

        Raises BrokenError for a text that Carbon cannot read.
        """
        if re.match(r"P[\dT]|R\d", text, re.ASCII) or not re.search(r"[a-z\d]", text, re.ASCII | re.IGNORECASE):
            return None
        try:
            return parse(text, self.database.now()).stored()
        except DateError as error:
            raise BrokenError("a date that cannot be read") from error
