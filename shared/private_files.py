"""Files and folders that only their owner reads or writes, whatever the umask is and however they stood before."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")


def private_folder(path: Path) -> None:
    """Made when it is not there, with the folders above it, and closed to others. Raises OSError.

    A folder that everybody shares (`/tmp`) stays open: it is not ours alone.
    """
    _make(path)
    if not path.stat().st_mode & stat.S_ISVTX:
        path.chmod(FOLDER)


def private_parent(path: Path) -> None:
    """The folder of `path` when it is not there yet; one that is there may hold what is others'. Raises OSError."""
    if not path.parent.is_dir():
        _make(path.parent)


def private_file(path: Path) -> None:
    """Made, empty, when it is not there. Raises OSError.

    One that is there is not opened: to close it would end the locks that SQLite has on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE))
    close_to_others([path])


def private_sqlite(path: Path) -> None:
    """The same for a database: SQLite gives what it puts beside it the rights of the file. Raises OSError."""
    private_file(path)
    close_to_others(path.with_name(path.name + end) for end in _BESIDE_SQLITE)


def write_private(path: Path, text: str) -> None:
    """Raises OSError."""
    private_file(path)
    path.write_text(text, encoding="utf-8")


def close_to_others(paths: Iterable[Path]) -> None:
    """Those that are there, and are not closed yet."""
    for path in paths:
        with suppress(FileNotFoundError):  # Another process was first.
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
                path.chmod(FILE)


def _make(folder: Path) -> None:
    missing = [it for it in (folder, *folder.parents) if not it.exists()]
    for each in reversed(missing):
        with suppress(FileExistsError):
            each.mkdir(FOLDER)
