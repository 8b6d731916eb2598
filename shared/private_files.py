"""Files and folders that only their owner can read or write, whatever the umask and their earlier permissions are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")


def private_folder(path: Path) -> None:
    """Creates a folder with its parents if needed, and makes it private. Raises OSError.

    A folder with the sticky bit (`/tmp`) keeps its permissions, because everybody uses it.
    """
    _make(path)
    if not path.stat().st_mode & stat.S_ISVTX:
        path.chmod(FOLDER)


def private_parent(path: Path) -> None:
    """Creates the folder of `path` if needed, as a private one. Raises OSError.

    An existing folder keeps its permissions, because it may hold the files of others.
    """
    if not path.parent.is_dir():
        _make(path.parent)


def private_file(path: Path) -> None:
    """Creates an empty file if needed, and makes it private. Raises OSError.

    An existing file is not opened: closing it would release the locks that SQLite holds on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE))
    close_to_others([path])


def private_sqlite(path: Path) -> None:
    """Like `private_file`, also for the files that SQLite keeps beside a database. Raises OSError.

    SQLite gives new files beside it the permissions of the database itself.
    """
    private_file(path)
    close_to_others(path.with_name(path.name + end) for end in _BESIDE_SQLITE)


def write_private(path: Path, text: str) -> None:
    """Writes a private text file, in place of an earlier one. Raises OSError."""
    private_file(path)
    path.write_text(text, encoding="utf-8")


def close_to_others(paths: Iterable[Path]) -> None:
    """Makes the regular files among `paths` private. A path without a file is skipped. Raises OSError."""
    for path in paths:
        with suppress(FileNotFoundError):  # Another process deleted it.
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
                path.chmod(FILE)


def _make(folder: Path) -> None:
    missing = [it for it in (folder, *folder.parents) if not it.exists()]
    for each in reversed(missing):
        with suppress(FileExistsError):
            each.mkdir(FOLDER)
