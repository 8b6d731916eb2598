"""`make run`, from outside: who is erased is in no file of ours. Stand-ins and mailbox are the world outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.demo.machine import Machine
from infra.local.demo.world import World, eventually
from tests.world.personal_data import TYPED, found_in

COOPERATION = "meer-energie"
ROOT = Path(__file__).parents[2]
OUTSIDE = ("econobis-", "hoomdossier-", "mailbox")
ERASE = '. "$0" && exec "$1" -m infra.operate.erase "$2" "$3" --by test'


def ours(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file() and not path.name.startswith(OUTSIDE)]


def kept(state: Path) -> set[str]:
    return found_in(b"\n".join(path.read_bytes() for path in ours(state)))


def test_who_is_erased_is_in_no_file_of_ours(tmp_path: Path) -> None:
    form = {**TYPED, "adres_postcode": "9000", "adres_huisnummer": "1", "akkoord_privacybeleid": "ja"}
    with Machine(tmp_path) as machine:
        world = World(machine.base)
        answer = world.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=form)
        assert answer.status_code == 202, answer.text
        contact = eventually("no contact", world.contact_id, COOPERATION, TYPED["emailadres"])
        eventually("no dossier", world.account_id, COOPERATION, contact)
        assert len(kept(tmp_path)) >= 3
        command = ["sh", "-c", ERASE, str(tmp_path / "environment"), sys.executable, COOPERATION, str(contact)]
        erased = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert erased.returncode == 0, erased.stderr
        assert kept(tmp_path) == set()
        assert {"link.sqlite", "queue.sqlite", "environment", "log.txt"} <= {path.name for path in ours(tmp_path)}
        world.http.close()
    assert kept(tmp_path) == set()
