"""The mail about a new task to its responsible, for a type of task that has one (`TaskWorkflowHelper.php`).

The stand-in makes no mail: it only tells whether Econobis would send one, and stores when.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis import mysql, php, responsible


def is_wanted(database: Database, task: Row) -> bool:
    """Whether the task's type has such a mail."""
    return php.is_true(_type(database, task).get("uses_wf_new_task"))


def mark_sent(database: Database, task: Row) -> bool:
    """Stores when the mail was sent. False when there is no template, or nobody to send it to."""
    template = mysql.find(database, "email_templates", _type(database, task).get("email_template_id_wf_new_task"))
    user = mysql.find(database, "users", task.get("responsible_user_id"))
    team = mysql.find(database, "teams", task.get("responsible_team_id"))
    if template is None or not (user or (team and responsible.team_users(database, team))):
        return False
    database.update("tasks", task["id"], date_sent_wf_new_task=f"{database.now():%Y-%m-%d %H:%M:%S}")
    return True


def _type(database: Database, task: Row) -> Row:
    return mysql.find(database, "task_types", task["type_id"]) or {}
