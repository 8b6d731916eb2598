"""The page of the queue: what waits, and what has ended. Never what a task says."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx

from infra.standins.cloud_tasks import QueueSettings, create_queue_app, serve
from infra.standins.server import serving
from tests.standins.receiver import LOCATION, Clock, client_at, receiving

QUEUE = f"{LOCATION}/queues/q"
KINDS = {"mails": "Brief versturen"}


def text(page: str) -> str:
    body = page[page.index("<main>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_shows_what_waits_and_what_has_ended() -> None:
    clock = Clock()
    settings = QueueSettings(QUEUE, min_backoff=100, max_backoff=100, max_attempts=5)
    with receiving([503, 200]) as receiver, serve(None, clock=clock, queues=[settings]) as server:
        client = client_at(server.address)
        request = {"url": f"{receiver.url}/functions/send-email", "body": b"geheim@example.org"}
        client.create_task(parent=QUEUE, task={"name": f"{QUEUE}/tasks/mails-1a2b-7", "http_request": request})
        with serving(create_queue_app(server, KINDS)) as url:

            def page() -> str:
                return text(httpx.get(url).text)

            server.run_due()
            waiting = page()
            for shown in ("Er wacht één taak", "Brief versturen mails-1a2b-7", "send-email", "over 1 minuut",
                          "503 Service Unavailable"):  # fmt: skip
                assert shown in waiting
            assert "geheim" not in httpx.get(url).text
            clock.now += timedelta(seconds=100)
            server.run_due()
            ended = page()
            assert "Er wacht niets" in ended
            assert "In het laatste uur is één taak afgehandeld" in ended
            assert "mails-1a2b-7" in ended
            clock.now += timedelta(hours=1)
            assert "mails-1a2b-7" not in page()
        client.transport.close()


def test_a_task_that_was_never_tried_has_no_answer_yet() -> None:
    clock = Clock()
    with receiving() as receiver, serve(None, clock=clock, queues=[QueueSettings(QUEUE)]) as server:
        client = client_at(server.address)
        task = {"http_request": {"url": f"{receiver.url}/x"}, "schedule_time": clock() + timedelta(days=2)}
        client.create_task(parent=QUEUE, task=task)
        with serving(create_queue_app(server, KINDS)) as url:
            assert "over 2 dagen" in text(httpx.get(url).text)
            assert "0 nog geen" in text(httpx.get(url).text)
        client.transport.close()
