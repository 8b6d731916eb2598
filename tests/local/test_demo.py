"""`make demo` with faults on Firestore, in Google's emulator. The gate plays it on SQLite by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.run import NotLocal, local_store
from shared.clock import utc_now
from shared.store.firestore import FirestoreStore
from shared.store.port import Query
from tests.tree import ROOT
from tests.world.firestore_emulator import FirestoreEmulator

STORE = "firestore://the-demo/(default)"


@pytest.mark.emulator
@pytest.mark.timeout(240)
def test_the_demo_with_faults_passes_on_firestore(firestore: FirestoreEmulator) -> None:
    environment = {**os.environ, "LINK_STORE": STORE, "FIRESTORE_EMULATOR_HOST": firestore.host}
    command = [sys.executable, "-m", "infra.local.demo", "--with-faults"]
    played = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    store = FirestoreStore.from_url(f"{STORE}?emulator={firestore.host}", utc_now)
    assert len(store.find(Query("residents"))) >= 10
    store.close()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"LINK_STORE": ""}, None),
        ({"LINK_STORE": "sqlite:///tmp/a.sqlite"}, "sqlite:///tmp/a.sqlite"),
        ({"LINK_STORE": STORE, "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}, f"{STORE}?emulator=127.0.0.1:1"),
        ({"LINK_STORE": f"{STORE}?emulator=127.0.0.1:2", "FIRESTORE_EMULATOR_HOST": "x:1"}, f"{STORE}?emulator=127.0.0.1:2"),
    ],
)  # fmt: skip
def test_the_store_of_a_local_run_comes_from_the_environment(environ: dict[str, str], expected: str | None) -> None:
    assert local_store(environ) == expected


def test_a_shell_with_the_variables_of_a_local_run_does_not_lend_out_its_store(tmp_path: Path) -> None:
    """The README has people read them for the command line. A demo after that would play in the store of that run."""
    mine = {"LINK_STORE": f"sqlite:///{tmp_path / 'link.sqlite'}"}
    assert local_store(mine) == mine["LINK_STORE"]
    (tmp_path / "environment").touch()
    assert local_store(mine) is None


@pytest.mark.parametrize("store", [STORE, "firestore://zonnig-dorp/(default)", "mysql://x"])
def test_a_local_run_refuses_a_real_store(store: str) -> None:
    """Its stand-ins delete what the link stored, and somebody may have LINK_STORE set for another command."""
    with pytest.raises(NotLocal, match="FIRESTORE_EMULATOR_HOST"):
        local_store({"LINK_STORE": store})


def test_make_run_says_why_it_does_not_start() -> None:
    command = [sys.executable, "-m", "infra.local"]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "LINK_STORE": STORE}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.splitlines()[-1].startswith("python -m infra.local: error: LINK_STORE")) == (
        2,
        True,
    )
