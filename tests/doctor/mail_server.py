"""A mail server that wants STARTTLS and a login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import trustme

from infra.standins.mailbox import Mailbox, start
from tests.mail.tls import server_context

USER, PASSWORD = "dossier@zonnig-dorp.nl", "het geheime wachtwoord"


@contextmanager
def mail_server(folder: Path) -> Iterator[tuple[Mailbox, str]]:
    """The server, and the value of LINK_SMTP for it. Its certificate is kept in `folder`."""
    authority = trustme.CA()
    ca = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    mailbox = start(None, tls=server_context(authority, "127.0.0.1"), login=(USER, PASSWORD))
    login = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
    try:
        yield mailbox, f"smtp://{login}@{mailbox.address}?starttls=required&ca={ca}"
    finally:
        mailbox.stop()
