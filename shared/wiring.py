"""Makes the services from the settings, at the first request, once per process. Only this module imports adapters.

Adapters are imported where they are made, so that a cold start loads only those of its own settings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from shared.blobs.port import Blobs
from shared.clock import utc_now
from shared.config import Environment, WrongConfig, from_environment
from shared.staff_list import StaffList
from shared.store.port import Store
from shared.work.services import Services

if TYPE_CHECKING:
    import httpx

    from shared.address_register import AddressRegister
    from shared.econobis.client import EconobisClient
    from shared.hoomdossier.client import HoomdossierClient
    from shared.mail.smtp import Smtp
    from shared.sign_in.address import SignInAddress
    from shared.tasks.google_token import Caller
    from shared.tasks.queue import QueueAddress


_needed: frozenset[str] | None = None


def need_only(settings: frozenset[str]) -> None:
    """Lets `environment` do with the secrets of these settings, for a command line that uses no others."""
    global _needed  # noqa: PLW0603 (a process has one wiring)
    _needed = settings


@cache
def environment() -> Environment:
    """The settings of this process. Raises WrongConfig, also for a wrong address of the queue or the mail server."""
    settings = from_environment(needed=_needed)
    try:
        _check_addresses(settings)
    except ValueError as error:
        raise WrongConfig(str(error)) from None
    return settings


def _check_addresses(settings: Environment) -> None:
    from shared.tasks.queue import QueueAddress

    address = QueueAddress.parse(settings.tasks)
    if settings.is_deployed:
        address.check_deployed()
    if settings.smtp:
        from shared.mail.smtp import Smtp

        Smtp.from_url(settings.smtp, only_tls=settings.is_deployed)
    if settings.staff:
        _check_staff(settings, address)


def _check_staff(settings: Environment, queue: QueueAddress) -> None:
    from shared.sign_in.address import SignInAddress
    from shared.sign_in.local import why_not_local

    staff = SignInAddress.parse(settings.staff or "")
    if settings.is_deployed:
        staff.check_deployed()
    if staff.kind == "local" and (reason := why_not_local(settings, queue)):
        raise ValueError(f"LINK_STAFF is local://, which lets everybody in, and {reason}")


_given: Callable[[], Services] | None = None


def use(given: Callable[[], Services] | None) -> None:
    """Makes `services` return those of `given`, for tests. None: those of the settings again."""
    global _given  # noqa: PLW0603 (a process has one wiring)
    _given = given


def services() -> Services:
    """The services of this process, made at the first call.

    Raises WrongConfig.
    """
    return _given() if _given else _from_settings()


@cache
def _from_settings() -> Services:
    from shared.tasks.queue import Queue

    settings = environment()
    return Services(
        cooperations=settings.cooperations,
        store=_store(settings.store),
        queue=Queue.from_url(settings.tasks),
        blobs=_blobs(settings.blobs),
        econobis=_econobis,
        hoomdossier=_hoomdossier,
        smtp=_smtp,
        proxies=settings.proxies,
        event_hosts=settings.event_hosts,
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

        return FolderBlobs.from_url(url)
    if url.startswith("gs:"):
        from shared.blobs.cloud_storage import CloudStorageBlobs

        return CloudStorageBlobs.from_url(url)
    raise WrongConfig("LINK_BLOBS starts with file:/// or gs://")


@cache
def _http() -> httpx.Client:
    from shared.public_addresses import public_client

    return public_client(allow_loopback=not environment().is_deployed)


@cache
def _econobis(cooperation: str) -> EconobisClient:
    from shared.econobis.client import EconobisClient

    settings = environment().cooperations[cooperation].econobis
    return EconobisClient(_http(), settings.url, settings.webform_key.value, settings.key_for_events.value)


@cache
def _hoomdossier(cooperation: str) -> HoomdossierClient:
    from shared.hoomdossier.client import HoomdossierClient

    settings = environment().cooperations[cooperation].hoomdossier
    return HoomdossierClient(_http(), settings.url, settings.token.value)


@cache
def _smtp() -> Smtp | None:
    from shared.mail.render import check_templates
    from shared.mail.smtp import Smtp

    for cooperation in environment().cooperations.values():
        if cooperation.mail:
            check_templates(cooperation.mail)
    url = environment().smtp
    return Smtp.from_url(url) if url else None


@cache
def address_register() -> AddressRegister:
    """The register of Dutch addresses. It knows in memory how long it is away, so a process has one."""
    from shared.address_register import PDOK, AddressRegister

    return AddressRegister(_http(), environment().address_register or PDOK)


def google_caller_of(function: str) -> Caller:
    """Who may call the deployed function `function`, which only Cloud Tasks and Cloud Scheduler call."""
    from shared.tasks.queue import QueueAddress

    address = QueueAddress.parse(environment().tasks)
    audience = address.url_of(function)
    return {"audience": audience, "service_account": address.service_account, "certs_url": address.certs_url}


@cache
def sign_in() -> SignInAddress:
    """How staff sign in. Raises WrongConfig without LINK_STAFF."""
    from shared.sign_in.address import SignInAddress

    if not environment().staff:
        raise WrongConfig("not set: LINK_STAFF")
    return SignInAddress.parse(environment().staff or "")


def staff_address() -> str:
    """The address of the staff pages, without a slash at the end."""
    from shared.tasks.queue import QueueAddress

    return QueueAddress.parse(environment().tasks).url_of("show-staff").rstrip("/")


@cache
def staff_list() -> StaffList:
    """Who may see the staff pages, as the settings file says at each question."""
    settings = environment()
    return StaffList(settings.config, settings.cooperations, settings.secrets)


def forget() -> None:
    """Reads the settings anew at the next call, for local runs and tests."""
    peers = (_http, _econobis, _hoomdossier, _smtp, address_register)
    for made in (environment, _from_settings, *peers, sign_in, staff_list):
        made.cache_clear()
