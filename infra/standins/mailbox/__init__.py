"""A mail server for local runs and tests: accepts every e-mail, keeps it, shows it in a browser, and fails on request.

server.py  the SMTP server
box.py     the messages and the faults
pages.py   the web pages and the JSON under /mail
"""

from infra.standins.mailbox.box import Mailbox
from infra.standins.mailbox.pages import create_mailbox_app
from infra.standins.mailbox.server import start

__all__ = ["Mailbox", "create_mailbox_app", "start"]
