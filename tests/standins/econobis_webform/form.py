"""Sends the fields of a form to a stand-in that holds the database of the recordings."""

from __future__ import annotations

from typing import Any

from werkzeug.test import Client

from tests.fixtures import read
from tests.standins.econobis_webform.recording import econobis, load

KEY = "KeyAlpha2024x"
EVA = {"voornaam": "Eva", "achternaam": "Nieuw", "emailadres": "eva@example.org"}
JAN = {"contact_nummer": "C2024-101"}
HOME = {"adres_straat": "Laan", "adres_huisnummer": "5", "adres_postcode": "1111AA", "adres_plaats": "Dorp"}
VISIT = {"intake_campagne_id": "1", "intake_maatregel_ids": "2", "kansactie_aanmaken": "visit"}

Rows = list[dict[str, Any]]


def started(now: str = "2024-05-01 12:34:56 Europe/Amsterdam", lvbag: Any = None, **tables: Rows) -> Client:
    """A stand-in with the database of the recordings, in which `tables` replace whole tables."""
    case, client = read("vectors/webform/body_json.json"), econobis()
    before = case["database_before"] | tables
    load(client, {"now": now, "lvbag_stub": lvbag, "database_before": before})
    return client


def send(client: Client, key: str = KEY, **fields: Any) -> tuple[int, Any]:
    answer = client.post(f"/api/webform/external/{key}", data=fields, headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json()


def lines(client: Client, **fields: Any) -> list[str]:
    """The log lines of a call, which must succeed."""
    status, body = send(client, **fields)
    assert status == 200, body
    return body


def rows(client: Client, table: str) -> Rows:
    return client.get("/_state").get_json().get(table, [])


def last(client: Client, table: str) -> dict[str, Any]:
    return rows(client, table)[-1]


def webform(**changes: Any) -> Rows:
    given = read("vectors/webform/body_json.json")["database_before"]["webforms"][0]
    return [given | changes]
