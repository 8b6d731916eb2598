"""What the mailbox holds: the messages it took, and the faults it was told to make."""

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
    """`match` is a part of where it strikes: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (the command), or
    `DATA end` (all text is in, and no answer was given). Capitals do not matter.

    `reply` answers `status` and `body` instead of doing the step. `hang` waits `seconds` (0: ten minutes) and then does
    it. `reset` drops the connection instead. `lost_answer` keeps the message and then drops the connection, so it
    strikes at `DATA end` only; `tls_refused` strikes at STARTTLS only.
    """

    match: str = ""
    times: int = 1
    kind: Literal["reply", "hang", "reset", "lost_answer", "tls_refused"]
    status: int = Field(451, ge=200, le=599)
    body: str = "not now"
    seconds: float = Field(0, ge=0)

    def strikes(self, step: str) -> bool:
        only = {"lost_answer": "DATA end", "tls_refused": "STARTTLS"}.get(self.kind, step)
        return self.times > 0 and step == only and self.match.lower() in step.lower()

    def reply(self) -> str:
        """One line or several, as SMTP writes them."""
        lines = self.body.splitlines() or [""]
        return "\r\n".join([*(f"{self.status}-{line}" for line in lines[:-1]), f"{self.status} {lines[-1]}"])


class Letter:
    """One message that was taken. `at` is Amsterdam time, ISO; `recipients` are those of the SMTP dialogue."""

    def __init__(self, row: Row) -> None:
        self.id: int = row["id"]
        self.at: str = row["at"]
        self.recipients: list[str] = row["recipients"]
        raw = row["raw"].encode("ascii", "surrogateescape")
        self.message = email.message_from_bytes(raw, policy=default)

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    def part(self, kind: str) -> str | None:
        """The text of the first part of this content type."""
        parts = (part for part in self.message.walk() if part.get_content_type() == kind)
        return next((part.get_content() for part in parts), None)

    def as_json(self) -> dict[str, Any]:
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
    """`path` None keeps it in memory only. `address` is host:port of its SMTP server; `stop` ends that."""

    def __init__(self, path: Path | None) -> None:
        self.database = Database(path)
        self.port = 0
        self.stop: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def keep(self, envelope: Envelope) -> None:
        """On disk when this returns, so that it is still there when the process is killed after its answer."""
        at = self.database.now().isoformat(timespec="seconds")
        raw = (envelope.original_content or b"").decode("ascii", "surrogateescape")
        self.database.insert("messages", at=at, recipients=envelope.rcpt_tos, raw=raw)

    def letters(self) -> list[Letter]:
        return [Letter(row) for row in self.database.rows("messages")]

    def letter(self, id_: int) -> Letter | None:
        row = self.database.row("messages", id_)
        return Letter(row) if row else None

    def reset(self) -> None:
        self.database.replace_all({})

    def faults(self) -> list[Row]:
        return self.database.rows("_faults")

    def add_faults(self, faults: Iterable[Fault]) -> None:
        with self.database.transaction():
            for fault in faults:
                self.database.insert("_faults", **fault.model_dump())

    def take_fault(self, step: str) -> Fault | None:
        with self.database.transaction():
            for row in self.faults():
                fault = Fault.model_validate({name: value for name, value in row.items() if name != "id"})
                if fault.strikes(step):
                    self.database.update("_faults", row["id"], times=fault.times - 1)
                    return fault
        return None
