"""Keeps an e-mail as work; `send_email` makes and sends it. Apart, because most functions only want one."""

from __future__ import annotations

from typing import Any

from shared.domain.outgoing_mail import OutgoingMail
from shared.work.services import Services


def want_email(services: Services, key: str, cooperation: str, **values: Any) -> None:
    """Keeps it as work, once per key; nothing when the cooperation sends no mail through us."""
    if services.cooperations[cooperation].mail is None:
        return
    mail = OutgoingMail.model_validate(services.new("mails", cooperation=cooperation, **values))
    if services.mails.create(key, mail):
        services.enqueue_if_possible("mails", key, mail)
