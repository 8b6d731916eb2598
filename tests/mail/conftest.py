"""A cooperation, a certificate authority, and a mailbox that takes the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trustme

from infra.standins.mailbox import Mailbox, start
from shared.mail.settings import MailSettings


@pytest.fixture(scope="session")
def cooperation() -> MailSettings:
    return MailSettings(
        name="Energiecoöperatie Zonnig Dorp",
        sender_address="dossier@zonnig-dorp.example",
        reply_to="hulp@zonnig-dorp.example",
        helpdesk_phone="0320 123 456",
        helpdesk_email="hulp@zonnig-dorp.example",
        helpdesk_hours="op werkdagen van 9.00 tot 12.00 uur",
        dossier_url="https://zonnig-dorp.hoomdossier.example",
    )


@pytest.fixture(scope="session")
def plain_cooperation() -> MailSettings:
    """Only what must be there."""
    return MailSettings(
        name="Meer Energie", sender_address="dossier@meer-energie.example", dossier_url="https://meer.example"
    )


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def open_mailbox() -> Iterator[Callable[..., Mailbox]]:
    """Starts mailboxes in memory; each is stopped after the test."""
    with ExitStack() as opened:

        def open_one(**options: Any) -> Mailbox:
            mailbox = start(None, **options)
            opened.callback(mailbox.stop)
            return mailbox

        yield open_one


@pytest.fixture
def mailbox(open_mailbox: Callable[..., Mailbox]) -> Mailbox:
    return open_mailbox()
