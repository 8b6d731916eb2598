"""Settings become services: the only importer of adapters. Made at the first request, once per process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from shared.blobs.port import Blobs
from shared.clock import utc_now
from shared.config import Environment, WrongConfig, from_environment
from shared.store.port import Store
from shared.work.kinds import check_kinds
from shared.work.services import Services


@cache
def environment() -> Environment:
    return from_environment()


_given: Callable[[], Services] | None = None


def use(given: Callable[[], Services] | None) -> None:
    """From now on the functions get their services from `given`, as the tests' world needs. None: from the settings."""
    global _given  # noqa: PLW0603 (a process has one wiring)
    _given = given


def services() -> Services:
    """What the functions work with, made from the settings at the first call.

    Raises WrongConfig, and ImportError when a kind of work has no flow.
    """
    return _given() if _given else _from_settings()


@cache
def _from_settings() -> Services:
    from shared.tasks.queue import Queue

    settings = environment()
    check_kinds()
    return Services(
        cooperations=settings.cooperations,
        store=_store(settings.store),
        queue=Queue.from_url(settings.tasks),
        blobs=_blobs(settings.blobs),
        econobis=_econobis,
        hoomdossier=_hoomdossier,
        smtp=_smtp,
        proxies=settings.proxies,
    )


def _store(url: str) -> Store:
    if url.startswith("sqlite:"):
        from shared.store.sqlite import SqliteStore

        return SqliteStore.from_url(url, utc_now)
    if url.startswith("firestore:"):
        from shared.store.firestore import FirestoreStore

        return FirestoreStore.from_url(url, utc_now)
    raise WrongConfig("LINK_STORE starts with sqlite:/// or firestore://")


def _blobs(url: str) -> Blobs:
    if url.startswith("file:"):
        from shared.blobs.folder import FolderBlobs

        blobs: Blobs = FolderBlobs.from_url(url)
        return blobs
    if url.startswith("gs:"):
        from shared.blobs.cloud_storage import CloudStorageBlobs

        return CloudStorageBlobs.from_url(url)
    raise WrongConfig("LINK_BLOBS starts with file:/// or gs://")


@cache
def _http() -> Any:
    import httpx

    return httpx.Client(follow_redirects=False, limits=httpx.Limits(max_connections=100, keepalive_expiry=30))


@cache
def _econobis(cooperation: str) -> Any:
    from shared.econobis.client import EconobisClient

    settings = environment().cooperations[cooperation].econobis
    return EconobisClient(_http(), settings.url, settings.webform_key, settings.event_key or settings.webform_key)


@cache
def _hoomdossier(cooperation: str) -> Any:
    from shared.hoomdossier.client import HoomdossierClient

    settings = environment().cooperations[cooperation].hoomdossier
    return HoomdossierClient(_http(), settings.url, settings.token)


@cache
def _smtp() -> Any:
    from shared.mail.render import check_templates
    from shared.mail.smtp import Smtp

    for cooperation in environment().cooperations.values():
        if cooperation.mail:
            check_templates(cooperation.mail)
    url = environment().smtp
    return Smtp.from_url(url) if url else None


def caller_of(function: str) -> dict[str, Any]:
    """Who may call a function that only Google calls, as `shared.tasks.google_token.verify` takes it."""
    from shared.tasks.queue import QueueAddress

    address = QueueAddress.parse(environment().tasks)
    audience = address.url.replace("{function}", function)
    return {"audience": audience, "service_account": address.service_account, "certs_url": address.certs_url}


def forget() -> None:
    """For a process that goes on with other settings, as local runs and tests do."""
    for made in (environment, _from_settings, _http, _econobis, _hoomdossier, _smtp):
        made.cache_clear()
