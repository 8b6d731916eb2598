"""What a mail server's refusal means for a letter. Sending is for `smtp.py`."""

from __future__ import annotations

from shared.errors import Refused


class NoMailbox(Refused):
    """The server says that there is no such mailbox. Mail to others may be accepted."""
