"""The lists that an installation of Hoomdossier starts with: statuses, roles, scans, questions, measures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from infra.standins.database import Row

STATUS_NAMES = {
    "active": "Actief",
    "inactive": "Inactief",
    "pending": "In afwachting",
    "in_progress": "In uitvoering",
    "executed": "Uitgevoerd",
    "no_execution": "Geen uitvoering",
}
_INPUT_SOURCES = ["resident", "example-building", "coach", "cooperation", "master", "external"]
_ROLES = [
    ("super-admin", None),
    ("superuser", None),
    ("cooperation-admin", 4),
    ("coach", 3),
    ("resident", 1),
    ("coordinator", 4),
]
_MEASURES = {
    "floor-insulation": "Vloerisolatie",
    "bottom-insulation": "Bodemisolatie",
    "floor-insulation-research": "Vloerisolatie, meer info nodig",
    "cavity-wall-insulation": "Spouwmuurisolatie",
    "facade-wall-insulation": "Binnengevelisolatie",
    "wall-insulation-research": "Muurisolatie, meer info nodig",
    "glass-in-lead": "Glas-in-lood vervangen",
    "hrpp-glass-only": "HR++ glas",
    "hrpp-glass-frames": "HR++ glas + kozijn",
    "hr3p-frames": "HR+++ glas + kozijn",
    "crack-sealing": "Kierdichting verbeteren",
    "roof-insulation-pitched-inside": "Schuin dak isoleren van binnenuit",
    "roof-insulation-pitched-replace-tiles": "Schuin dak isoleren + dakpannen vervangen",
    "roof-insulation-flat-current": "Plat dak isoleren op dakbedekking",
    "roof-insulation-flat-replace-current": "Plat dak isoleren + dakbedekking vervangen",
    "high-efficiency-boiler-replace": "CV-ketel vervangen",
    "heater-place-replace": "Zonneboiler plaatsen/vervangen",
    "solar-panels-place-replace": "Zonnepanelen plaatsen/vervangen",
}
# Options of questions that are in no payload. They matter because a resident count may be the short of any option
# (docs/peers/hoomdossier.md 2.1).
_OTHER_SHORTS = [
    *("already-do", "want-to", "not-interested", "not-applicable", "explained", "helped"),
    *("hybrid-heat-pump", "full-heat-pump", "unsure"),
]


@cache
def applicable_questions() -> dict[str, list[Row]]:
    """The questions of the push `gebruik`, in its order, under the keys `current` and `new`."""
    path = Path(__file__).with_name("questions.json")
    questions: dict[str, list[Row]] = json.loads(path.read_text(encoding="utf-8"))
    return questions


def how_question(measure: str) -> str:
    """The short of the question about how a measure will be carried out."""
    return f"execute-{measure}-how"


def reference_tables() -> dict[str, list[Row]]:
    """The tables to start with; the caller may change the outer dictionary and its lists."""
    questions = _questions()
    return {
        "statuses": [
            {"id": id_, "short": short, "name": name} for id_, (short, name) in enumerate(STATUS_NAMES.items(), 1)
        ],
        "input_sources": [{"id": id_, "short": short} for id_, short in enumerate(_INPUT_SOURCES, 1)],
        "roles": [{"id": id_, "name": name, "input_source_id": source} for id_, (name, source) in enumerate(_ROLES, 1)],
        "scans": [
            {"id": 1, "short": "expert-scan", "name": "Expert scan"},
            {"id": 2, "short": "quick-scan", "name": "Uitgebreide variant"},
            {"id": 3, "short": "lite-scan", "name": "Eenvoudige variant"},
        ],
        "tool_questions": questions,
        "tool_question_custom_values": _custom_values(questions),
        "measure_applications": [
            {"id": id_, "short": short, "measure_name": name} for id_, (short, name) in enumerate(_MEASURES.items(), 1)
        ],
        "measure_categories": [{"id": 9, "short": "heating", "name": "Verwarming"}],
    }


def _questions() -> list[Row]:
    """The questions of `gebruik`, one that `woonplan` reads, and `how_question` of each measure."""
    how = [
        {"id": 238 + 3 * number, "short": how_question(short), "name": "Hoe wil je het uitvoeren?"}
        for number, short in enumerate(_MEASURES, 1)
    ]
    floor = {"id": 209, "short": "insulation-floor-surface", "name": "Te isoleren vloeroppervlakte"}
    return [*applicable_questions()["current"], *applicable_questions()["new"], floor, *how]


def _custom_values(questions: list[Row]) -> list[Row]:
    """The options with their own short. Hoomdossier keeps the options of `building-type-category` in another table."""
    options: list[dict[str, Any]] = [one for question in questions for one in question.get("options", [])]
    shorts = [one["short"] for one in options if one["value"] == one["short"]] + _OTHER_SHORTS
    return [{"id": id_, "short": short} for id_, short in enumerate(dict.fromkeys(shorts), 1)]
