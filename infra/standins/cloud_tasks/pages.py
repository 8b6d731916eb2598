"""What waits in the queue, in a browser, without what the tasks say. A local run mounts it under `/queue`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Flask, render_template

from infra.standins.cloud_tasks.server import Server
from infra.standins.cloud_tasks.state import Waiting
from infra.standins.look import new_app

_SHOWN = 50
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_UNITS = (("dagen", "dag", 86400), ("uur", "uur", 3600), ("minuten", "minuut", 60), ("seconden", "seconde", 1))


def create_queue_app(server: Server, kinds: Mapping[str, str]) -> Flask:
    """The WSGI app with the page of this server; works under any path.

    `kinds` says what a task does, by how its name begins: the part before the first hyphen.
    """
    app = new_app(__name__)

    @app.get("/")
    def show_queue() -> str:
        now = server.now()
        overview = server.overview(_SHOWN)
        return render_template(
            "queue.html",
            overview=overview,
            waiting=[_shown(task, now, kinds) for task in overview.waiting],
            ended=[(_kind(name, kinds), _id(name), _clock_time(_moment(at))) for name, at in overview.ended],
            now=_clock_time(now),
        )

    return app


def _shown(task: Waiting, now: datetime, kinds: Mapping[str, str]) -> dict[str, str]:
    due = _moment(task.due)
    return {
        "what": _kind(task.name, kinds),
        "name": _id(task.name),
        "function": task.url.rstrip("/").rpartition("/")[2],
        "due": "nu bezig" if task.running else _from_now(due - now),
        "at": _clock_time(due),
        "attempts": str(task.attempts),
        "answer": _answer(task.answer),
        "colour": "good" if task.running else "wait" if task.answer else "",
    }


def _id(name: str) -> str:
    return name.rpartition("/")[2]


def _kind(name: str, kinds: Mapping[str, str]) -> str:
    begin = _id(name).partition("-")[0]
    return kinds.get(begin, begin)


def _answer(status: int | None) -> str:
    if status is None:
        return "nog geen"
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)


def _clock_time(moment: datetime) -> str:
    return f"{moment.astimezone(_AMSTERDAM):%d-%m-%Y %H:%M:%S}"


def _from_now(wait: timedelta) -> str:
    """The wait in one unit, rounded down: `over 3 minuten`. `nu` when it is over."""
    seconds = round(wait / timedelta(seconds=1))
    for many, one, size in _UNITS:
        if seconds >= size:
            number = seconds // size
            return f"over {number} {one if number == 1 else many}"
    return "nu"
