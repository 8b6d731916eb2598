"""The mail about a new task to its responsible, where its type asks for one (`TaskWorkflowHelper.php`).

Mails are not sent from here but kept in the table `_mails`; the variables in the template are left as they are.
"""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.call import find, team_users


def is_wanted(database: Database, task: Row) -> bool:
    return php.is_true(_type(database, task).get("uses_wf_new_task"))


def send(database: Database, task: Row) -> bool:
    """False when there is no template, or nobody to send it to."""
    template = find(database, "email_templates", _type(database, task).get("email_template_id_wf_new_task"))
    user = find(database, "users", task.get("responsible_user_id"))
    team = find(database, "teams", task.get("responsible_team_id"))
    people = [user["id"]] if user else team_users(database, team) if team else []
    if template is None or not people:
        return False
    to = [(database.row("users", id_) or {}).get("email") for id_ in people]
    database.insert("_mails", to=to, subject=template.get("subject"), body=template.get("html_body"))
    database.update("tasks", task["id"], date_sent_wf_new_task=f"{database.now():%Y-%m-%d %H:%M:%S}")
    return True


def _type(database: Database, task: Row) -> Row:
    return find(database, "task_types", task["type_id"]) or {}
