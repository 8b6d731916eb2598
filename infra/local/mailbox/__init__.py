"""The mail server of a local run: takes every e-mail, keeps it, shows it, and can be told to fail."""

from infra.local.mailbox.box import Mailbox
from infra.local.mailbox.pages import create_mailbox_app
from infra.local.mailbox.server import start

__all__ = ["Mailbox", "create_mailbox_app", "start"]
