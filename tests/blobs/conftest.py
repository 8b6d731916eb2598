"""How each place for blobs is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.blobs.folder import FolderBlobs
from tests.blobs.places import Bucket, Folder, Place


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "blobs"
    return Folder(path, FolderBlobs.from_url(path.as_uri()))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    bucket = Bucket()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{bucket.port}")
    yield bucket
    bucket.blobs.close()
    bucket.stop()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest) -> Place:
    return request.getfixturevalue(request.param)
