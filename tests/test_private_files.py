"""Every file that the link or a local run writes can be read by its owner alone."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from infra.local.run import running
from infra.standins.database import Database
from shared.blobs.folder import FolderBlobs
from shared.clock import utc_now
from shared.private_files import private_folder
from shared.store.sqlite import SqliteStore


@pytest.fixture(params=[0o000, 0o022, 0o077], autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, str]:
    """The permissions of a folder and of everything in it."""
    found: dict[str, str] = {}
    for path in [folder, *folder.rglob("*")]:
        with suppress(FileNotFoundError):  # A local run may delete a file while the folder is read.
            found[str(path.relative_to(folder.parent))] = oct(stat.S_IMODE(path.lstat().st_mode))
    return found


def readable_by_others(folder: Path) -> dict[str, str]:
    return {path: mode for path, mode in rights(folder).items() if int(mode, 8) & 0o077}


def test_a_sqlite_store_and_the_files_beside_it_are_private(tmp_path: Path) -> None:
    store = SqliteStore.from_url(f"sqlite:///{tmp_path}/a/b/link.sqlite", utc_now)
    store.create("work", "one", {"name": "Anna"})
    assert {"b/link.sqlite", "b/link.sqlite-wal", "b/link.sqlite-shm"} < set(rights(tmp_path / "a/b"))
    assert readable_by_others(tmp_path / "a") == {}
    store.close()


def test_a_store_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "link.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("CREATE TABLE t (a)")
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    tmp_path.chmod(0o755)
    store = SqliteStore(path, utc_now)
    store.create("work", "one", {"name": "Anna"})
    assert oct(stat.S_IMODE(tmp_path.stat().st_mode)) == "0o755"  # The folder may hold the files of others.
    assert set(readable_by_others(tmp_path)) == {tmp_path.name}
    store.close()
    other.close()


def test_opening_a_store_again_does_not_release_its_locks(tmp_path: Path) -> None:
    """POSIX drops all locks of a process on a file when it closes any descriptor of it."""
    path = tmp_path / "link.sqlite"
    store = SqliteStore(path, utc_now)
    store.create("work", "one", {})
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    SqliteStore(path, utc_now).get("work", "one")
    child = os.fork()
    if child == 0:
        try:
            sqlite3.connect(path, timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    writer.execute("ROLLBACK")
    writer.close()
    store.close()


def test_blobs_are_private(tmp_path: Path) -> None:
    blobs = FolderBlobs.from_url((tmp_path / "a/blobs").as_uri())
    blobs.put(b"%PDF-", "one")
    blobs.set_aside(b"{}", utc_now())
    assert readable_by_others(tmp_path / "a") == {}


def test_blobs_that_others_could_read_become_private(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "old.part").write_bytes(b"secret")
    (folder / "old.part").chmod(0o644)
    FolderBlobs(folder)
    assert readable_by_others(folder) == {}


def test_the_tables_of_a_stand_in_are_private(tmp_path: Path) -> None:
    database = Database(tmp_path / "a/mailbox.sqlite")  # It stays open, so that SQLite keeps its files beside it.
    database.insert("messages", raw="Beste Anna")
    assert {"a/mailbox.sqlite", "a/mailbox.sqlite-wal", "a/mailbox.sqlite-shm"} < set(rights(tmp_path / "a"))
    assert readable_by_others(tmp_path / "a") == {}
    assert database.rows("messages")


def test_a_shared_folder_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    private_folder(tmp_path)
    assert oct(stat.S_IMODE(tmp_path.stat().st_mode)) == "0o1777"


@pytest.mark.parametrize("before", ["nothing", "open"])
def test_the_state_of_a_local_run_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    for name in [name for name in os.environ if name.startswith("LINK_")]:
        monkeypatch.delenv(name)
    state = tmp_path / "state"
    if before == "open":
        (state / "blobs").mkdir(parents=True)
        for name in ("environment", "cooperations.yaml", "link.sqlite", "queue.sqlite", "mailbox.sqlite"):
            (state / name).touch()
        for path in [state, *state.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    kept = dict(os.environ)
    with running(state, 0):
        assert {"state/environment", "state/queue.sqlite", "state/mailbox.sqlite"} < set(rights(state))
        assert readable_by_others(state) == {}
    os.environ.clear()
    os.environ |= kept
