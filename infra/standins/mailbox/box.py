"""The messages that the mailbox accepted, and the faults that it was asked to make."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterable
from email.policy import default
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import Envelope
from pydantic import BaseModel, Field

from infra.standins.database import Database, Row


class Fault(BaseModel, extra="forbid"):
    """Spoils the next `times` steps whose name contains `match`, in any case.

    The steps are connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (the command) and `DATA end` (the whole message has
    arrived and is not answered yet).

    reply        answers `status` and `body`, and does not do the step
    hang         waits `seconds` (0: ten minutes), then does the step
    reset        drops the connection, and does not do the step
    lost_answer  keeps the message, then drops the connection; at `DATA end` only
    tls_refused  answers 454; at STARTTLS only
    """

    match: str = ""
    times: int = 1
    kind: Literal["reply", "hang", "reset", "lost_answer", "tls_refused"]
    status: int = Field(451, ge=200, le=599)
    body: str = "not now"
    seconds: float = Field(0, ge=0)

    def strikes(self, step: str) -> bool:
        """Whether this fault spoils the step now."""
        only = {"lost_answer": "DATA end", "tls_refused": "STARTTLS"}.get(self.kind, step)
        return self.times > 0 and step == only and self.match.lower() in step.lower()

    def reply(self) -> str:
        """The SMTP reply: a line of `body` becomes a line of the reply."""
        lines = self.body.splitlines() or [""]
        return "\r\n".join([*(f"{self.status}-{line}" for line in lines[:-1]), f"{self.status} {lines[-1]}"])


class Letter:
    """An accepted message. `at` is ISO, Europe/Amsterdam. `recipients` come from the SMTP dialogue, not the headers."""

    def __init__(self, row: Row) -> None:
        self.id: int = row["id"]
        self.at: str = row["at"]
        self.recipients: list[str] = row["recipients"]
        raw = row["raw"].encode("ascii", "surrogateescape")
        self.message = email.message_from_bytes(raw, policy=default)

    def header(self, name: str) -> str:
        """Empty when the message does not have it."""
        return str(self.message.get(name, ""))

    def part(self, kind: str) -> str | None:
        """The text of the first part with this content type; None when there is none."""
        parts = (part for part in self.message.walk() if part.get_content_type() == kind)
        return next((part.get_content() for part in parts), None)

    def as_json(self) -> dict[str, Any]:
        """The message with its parts decoded, for `/messages`."""
        return {
            "id": self.id,
            "at": self.at,
            "from": self.header("From"),
            "to": ", ".join(self.recipients),
            "subject": self.header("Subject"),
            "message_id": self.header("Message-ID"),
            "text": self.part("text/plain"),
            "html": self.part("text/html"),
            "calendar": self.part("text/calendar"),
            "headers": {name: str(value) for name, value in self.message.items()},
        }


class Mailbox:
    """`path` None keeps everything in memory. `address` is host:port of the SMTP server, which `stop` ends."""

    def __init__(self, path: Path | None) -> None:
        self.database = Database(path)
        self.port = 0
        self.stop: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def keep(self, envelope: Envelope) -> None:
        """Saves the message to disk, so that a message that got its answer survives a kill of the process."""
        at = self.database.now().isoformat(timespec="seconds")
        raw = (envelope.original_content or b"").decode("ascii", "surrogateescape")
        self.database.insert("messages", at=at, recipients=envelope.rcpt_tos, raw=raw)

    def letters(self) -> list[Letter]:
        return [Letter(row) for row in self.database.rows("messages")]

    def letter(self, id_: int) -> Letter | None:
        row = self.database.row("messages", id_)
        return Letter(row) if row else None

    def reset(self) -> None:
        """Removes all messages and faults."""
        self.database.replace_all({})

    def faults(self) -> list[Row]:
        return self.database.rows("_faults")

    def add_faults(self, faults: Iterable[Fault]) -> None:
        with self.database.transaction():
            for fault in faults:
                self.database.insert("_faults", **fault.model_dump())

    def take_fault(self, step: str) -> Fault | None:
        """The first fault that strikes at this step, counted as used once; None when there is none."""
        with self.database.transaction():
            for row in self.faults():
                fault = Fault.model_validate({name: value for name, value in row.items() if name != "id"})
                if fault.strikes(step):
                    self.database.update("_faults", row["id"], times=fault.times - 1)
                    return fault
        return None
