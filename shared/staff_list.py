"""Who may see the staff pages: what `staff` says in the settings file at this moment.

The other settings are read when a process starts. This list is read again when the file changed, so that somebody who
is taken out has no access from the next request on. A deployed function has a fixed version of the file (README,
"Deploy"), so there a change is a new revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import config
from shared.config import Cooperation, Role, Staff, WrongConfig
from shared.logs import log

_Stamp = tuple[int, int, int] | None


@dataclass
class StaffList:
    """`cooperations` are those of this process: others in a changed file wait for its next start."""

    path: Path
    cooperations: Mapping[str, Cooperation]
    secrets: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        self._staff = {name: it.staff for name, it in self.cooperations.items()}
        self._stamp = _stamp(self.path)

    def of(self, cooperation: str) -> list[Staff]:
        """The staff of a cooperation; empty when there is none of this name."""
        self._refresh()
        return self._staff.get(cooperation, [])

    def role(self, cooperation: str, email: str) -> Role | None:
        """What this person may do in the cooperation; None when nothing."""
        return next((it.role for it in self.of(cooperation) if it.email.casefold() == email.casefold()), None)

    def everybody(self) -> list[str]:
        """The e-mail address of each member of staff, sorted."""
        self._refresh()
        return sorted({member.email for staff in self._staff.values() for member in staff})

    def _refresh(self) -> None:
        """A file that is gone or wrong changes nothing: the log says so once for each change."""
        stamp = _stamp(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            text = config.read_text(self.path, self.path.name)
            found = config.parse(text, self.path.name, self.secrets, needed=frozenset()).cooperations
        except WrongConfig as error:
            log.warning("changed settings cannot be read", error=type(error).__name__)
            return
        self._staff = {name: found[name].staff if name in found else [] for name in self.cooperations}


def _stamp(path: Path) -> _Stamp:
    """What changes when the file is written or replaced."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
