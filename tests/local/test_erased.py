"""After an erasure in a local run no file of the link names the resident. Files of stand-ins and mailbox may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.demo.client import Client, eventually
from infra.local.demo.local_run import LocalRun
from tests.world.personal_data import TYPED, found_in

COOPERATION = "meer-energie"
ROOT = Path(__file__).parents[2]
NOT_OURS = ("econobis-", "hoomdossier-", "mailbox")  # beginnings of file names
ERASE = '. "$0" && exec "$1" -m infra.operate erase "$2" "$3" --by test'


def ours(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file() and not path.name.startswith(NOT_OURS)]


def kept(state: Path) -> set[str]:
    """The words of the resident that our files hold."""
    return found_in(b"\n".join(path.read_bytes() for path in ours(state)))


def test_an_erased_resident_is_in_no_file_of_ours(tmp_path: Path) -> None:
    form = {**TYPED, "adres_postcode": "9000", "adres_huisnummer": "1", "akkoord_privacybeleid": "ja"}
    with LocalRun(tmp_path) as local_run:
        client = Client(local_run.base)
        answer = client.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=form)
        assert answer.status_code == 202, answer.text
        contact = eventually("no contact", client.contact_id, COOPERATION, TYPED["emailadres"])
        eventually("no dossier", client.account_id, COOPERATION, contact)
        assert len(kept(tmp_path)) >= 3
        command = ["sh", "-c", ERASE, str(tmp_path / "environment"), sys.executable, COOPERATION, str(contact)]
        erased = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert erased.returncode == 0, erased.stderr
        assert kept(tmp_path) == set()
        assert {"link.sqlite", "queue.sqlite", "environment", "log.txt"} <= {path.name for path in ours(tmp_path)}
        client.http.close()
    assert kept(tmp_path) == set()
