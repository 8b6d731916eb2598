"""The zip with the code: only what a function runs on, and the same bytes on every machine."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.deploy.project import ROOT
from shared.private_files import private_folder

# .gcloudignore lets the same through; a test compares them. Tests and stand-ins would make a build larger and slower.
FILES = ("main.py", "requirements.txt")
FOLDERS = ("functions", "shared", "templates")
_LEFT_OUT = {".pyc"}
_TIME = (1980, 1, 1, 0, 0, 0)  # The first moment that a zip knows.


def paths(root: Path = ROOT) -> list[str]:
    """The files in the zip, sorted, relative to `root`."""
    return sorted([*FILES, *(it for folder in FOLDERS for it in _in(root, folder))])


def make(folder: Path, root: Path = ROOT) -> Path:
    """Writes the zip into `folder`, in the place of an earlier one. Its name holds the SHA-256 of its content."""
    content = _zipped(root)
    private_folder(folder)
    for old in folder.glob("source-*.zip"):
        old.unlink()
    path = folder / f"source-{hashlib.sha256(content).hexdigest()}.zip"
    path.write_bytes(content)
    return path


def _in(root: Path, folder: str) -> Iterator[str]:
    for path in (root / folder).rglob("*"):
        if path.is_file() and path.suffix not in _LEFT_OUT and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix()


def _zipped(root: Path) -> bytes:
    """Not compressed, because another version of zlib would compress to other bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        for path in paths(root):
            entry = zipfile.ZipInfo(path, _TIME)
            entry.create_system = 3  # Unix, also when this runs elsewhere: the mode below is one of Unix.
            entry.external_attr = 0o644 << 16
            file.writestr(entry, (root / path).read_bytes())
    return content.getvalue()
