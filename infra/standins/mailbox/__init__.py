"""The mail server of a local run: takes every e-mail, keeps it, shows it, and can be told to fail."""

from infra.standins.mailbox.box import Mailbox
from infra.standins.mailbox.pages import create_mailbox_app
from infra.standins.mailbox.server import start

__all__ = ["Mailbox", "create_mailbox_app", "start"]
