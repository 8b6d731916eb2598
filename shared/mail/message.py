"""Makes the e-mail message out of a rendered mail, its addresses and its calendar file. `smtp.py` sends it."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage

from shared.mail.address import Address
from shared.mail.headers import ON_THE_WIRE
from shared.mail.render import Rendered


def build(  # noqa: PLR0913 - each is a header or a part of the message
    rendered: Rendered,
    *,
    sender: Address,
    recipient: Address,
    reply_to: str | None,
    message_id: str,
    date: datetime,
    calendar: bytes | None = None,
) -> EmailMessage:
    """A message with text and HTML. `calendar` is added twice: as a part that mail clients show, and as an attachment.

    `message_id` is the id of what is mailed (letters, digits and `.-_`, at most 100 characters): the same letter sent
    again has the same Message-ID, so that its receiver can recognise it. `date` is aware. Raises Refused when an
    address is not valid, and ValueError for any other id.
    """
    if not re.fullmatch(r"[\w.-]{1,100}", message_id, re.ASCII):
        raise ValueError("a message id is made of letters, digits and .-_")
    message = EmailMessage(policy=ON_THE_WIRE)
    message["From"] = sender.header()
    message["To"] = recipient.header()
    if reply_to:
        message["Reply-To"] = Address("", reply_to).header()
    message["Subject"] = rendered.subject
    message["Date"] = date
    message["Message-ID"] = f"<{message_id}@{sender.header().domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # Not "All", which also suppresses the notice that a mail could not be delivered.
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if calendar:
        _add_calendar(message, calendar)
    return message


def _add_calendar(message: EmailMessage, calendar: bytes) -> None:
    method = "CANCEL" if b"\r\nMETHOD:CANCEL\r\n" in calendar else "REQUEST"
    message.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
    message.add_attachment(calendar, maintype="application", subtype="ics", filename="afspraak.ics")
