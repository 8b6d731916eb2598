"""`local://`: everybody is who he says. So it refuses to start where something is real."""

from __future__ import annotations

from urllib.parse import urlsplit

from shared.config import Environment
from shared.domain.web_address import LOOPBACK
from shared.tasks.queue import QueueAddress


def why_not_local(settings: Environment, queue: QueueAddress) -> str:
    """What is not of a local run in these settings; `""` when all is."""
    elsewhere = [
        name
        for name, it in settings.cooperations.items()
        if not (_is_here(it.econobis.url) and _is_here(it.hoomdossier.url))
    ]
    reasons = {
        "this is Google Cloud": settings.is_deployed,
        "LINK_STORE is no SQLite file and no emulator": not settings.store.startswith("sqlite:")
        and "?emulator=" not in settings.store,
        "LINK_BLOBS is no folder": not settings.blobs.startswith("file:"),
        "LINK_TASKS leads to another machine": not (_is_here(queue.url) and _is_here(f"//{queue.endpoint or ''}")),
        "LINK_SMTP leads to another machine": bool(settings.smtp) and not _is_here(settings.smtp or ""),
        f"the peers of {', '.join(elsewhere)} are on another machine": bool(elsewhere),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_here(url: str) -> bool:
    return urlsplit(url.replace("{function}", "function")).hostname in LOOPBACK
