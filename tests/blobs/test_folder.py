"""Faults of a folder: a process killed while it writes, a full disk, missing rights."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from shared.blobs.folder import FolderBlobs
from shared.blobs.port import Blob
from shared.errors import BlobDamaged, StoreUnavailable
from shared.retention import BLOBS, DEAD_LETTERS
from tests.blobs.places import Folder

PUT_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from shared.blobs.folder import FolderBlobs

blobs = FolderBlobs(Path(sys.argv[1]))
for number in count():
    blob = blobs.put(b"%d" % number * 200_000, "owner")
    print(blob.name, blob.length, blob.sha256, flush=True)
"""


def test_what_was_put_survives_a_kill_and_nothing_else_is_there(folder: Folder) -> None:
    process = subprocess.Popen([sys.executable, "-c", PUT_FOR_EVER, folder.path], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    lines += [line for line in process.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    blobs = [Blob(name, int(length), sha256) for name, length, sha256 in (line.split() for line in lines)]
    assert all(len(folder.blobs.get(blob)) == blob.length for blob in blobs)
    whole = [name for name in folder.names() if not name.endswith(".part")]
    assert len(blobs) <= len(whole) <= len(blobs) + 1


def test_a_full_disk_leaves_nothing_behind(folder: Folder) -> None:
    """The test limits the size of a file instead: that too ends a write halfway."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StoreUnavailable):
            folder.blobs.put(b"x" * 100_000, "owner")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    assert folder.names() == []


def test_put_again_mends_a_damaged_file(folder: Folder) -> None:
    blob = folder.blobs.put(b"body", "owner")
    folder.become(blob, b"bod")
    with pytest.raises(BlobDamaged):
        folder.blobs.get(blob)
    folder.blobs.put(b"body", "owner")
    assert folder.blobs.get(blob) == b"body"


def test_a_file_that_nobody_deleted_is_removed_after_its_retention(folder: Folder) -> None:
    """A blob whose document was never written, and a file that a crash left half written."""
    old, new = (folder.blobs.put(body, "owner") for body in (b"old", b"new"))
    (folder.path / f"{old.name}.0.part").touch()
    long_ago = time.time() - BLOBS.total_seconds()
    for name, moment in [(old.name, -60), (f"{old.name}.0.part", -60), (new.name, 60)]:
        os.utime(folder.path / name, (long_ago + moment, long_ago + moment))
    newest = FolderBlobs(folder.path).put(b"newest", "owner")
    assert folder.names() == sorted([new.name, newest.name])


def test_what_a_crash_left_halfway_goes_within_the_hour(folder: Folder) -> None:
    for name, minutes in [("old.0.part", 61), ("new.0.part", 1)]:
        (folder.path / name).touch()
        os.utime(folder.path / name, (time.time() - 60 * minutes,) * 2)
    kept = FolderBlobs(folder.path).put(b"body", "owner")
    assert folder.names() == sorted([kept.name, "new.0.part"])


def test_a_dead_letter_keeps_its_blob() -> None:
    """The work may wait for weeks before it becomes a dead letter."""
    assert DEAD_LETTERS + timedelta(days=14) < BLOBS


def test_nobody_else_can_look_into_it(folder: Folder) -> None:
    folder.blobs.put(b"body", "owner")
    assert folder.path.stat().st_mode & 0o077 == 0


def test_a_url_names_the_folder(tmp_path: Path) -> None:
    FolderBlobs.from_url(f"file://{tmp_path}/a%20b/c").put(b"body", "owner")
    assert len(list((tmp_path / "a b/c").iterdir())) == 1


@pytest.mark.parametrize("url", ["file://", "file:///", "file://host/path", "file:path", "gs://bucket", "/path"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not file"):
        FolderBlobs.from_url(url)
