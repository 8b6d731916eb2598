"""The part `mail:` of a cooperation in the settings: who sends its e-mail, and how it looks."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, DirectoryPath, EmailStr, Field

from shared.domain.web_address import WebAddress
from shared.mail.address import Address


def _ascii(address: str) -> str:
    if not address.partition("@")[0].isascii():
        raise ValueError("the part before the @ of our own address is plain letters, digits and .-_+")
    return address


OwnAddress = Annotated[EmailStr, AfterValidator(_ascii)]


class MailSettings(BaseModel):
    """`name` is the sender's name and signs every mail. Without a helpdesk, a mail asks to reply to that mail.

    `dossier_url` is the page where residents and coaches log in. `colour` (`#rrggbb`) is the background of the header
    and the button. `templates_folder` may hold the cooperation's own templates, under the same names as in
    `shared/mail/templates/`; ours is used for each one that is not there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    sender_address: OwnAddress
    reply_to: OwnAddress | None = None
    helpdesk_phone: str | None = Field(None, pattern=r"^\+?[0-9][0-9 ()-]{5,24}$")
    helpdesk_email: OwnAddress | None = None
    helpdesk_hours: str | None = Field(None, max_length=200)
    dossier_url: WebAddress
    colour: str = Field("#2b6a4d", pattern=r"^#[0-9a-fA-F]{6}$")
    logo_url: WebAddress | None = None
    templates_folder: DirectoryPath | None = None

    @property
    def sender(self) -> Address:
        """For the From header, and the organizer of an appointment."""
        return Address(self.name, self.sender_address)

    @property
    def helpdesk_phone_link(self) -> str | None:
        """The number in the form that a `tel:` link needs."""
        return re.sub(r"[^0-9+]", "", self.helpdesk_phone) if self.helpdesk_phone else None

    @property
    def text_colour(self) -> str:
        """The colour of text on `colour`: black or white, whichever has a contrast of at least 4.5 (WCAG 1.4.3)."""
        return "#ffffff" if 1.05 / (_luminance(self.colour) + 0.05) >= 4.5 else "#000000"


def _luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
