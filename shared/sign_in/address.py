"""What the variable LINK_STAFF says: how staff sign in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from shared.domain.web_address import LOOPBACK

_AUDIENCE = re.compile(r"/projects/[0-9]+/locations/[a-z0-9-]+/services/[a-z0-9-]+")
_GUID = re.compile(r"/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\.0")
_MICROSOFT = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")
_CLAIM = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")


@dataclass(frozen=True)
class SignInAddress:
    """One of:

    - `iap:///projects/N/locations/R/services/S`: Google's sign-in stands in front, with this audience. A local test
      adds `?keys=http://127.0.0.1:…`, where the keys of its own signer are.
    - `oidc://login.microsoftonline.com/<tenant>/v2.0?client_id=…`: OpenID Connect, with the issuer at that address.
      `claim=` names the claim with the e-mail address, when it is another than `email` (Microsoft:
      `preferred_username`). The issuer may be on this machine in a local test.
    - `local://`: everybody is who he says. In a local run only.

    `audience` is of iap, `issuer`, `client_id` and `claim` are of oidc; `""` for the others.
    """

    kind: Literal["iap", "oidc", "local"]
    text: str
    audience: str = ""
    keys: str | None = None
    issuer: str = ""
    client_id: str = ""
    claim: str = ""

    @classmethod
    def parse(cls, text: str) -> SignInAddress:
        """Raises ValueError with the reason and the text, which holds no secret."""
        parts = urlsplit(text)
        try:
            given = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        except ValueError:
            raise ValueError(f"LINK_STAFF: not name=value after the question mark: {text}") from None
        if twice := [name for name, values in given.items() if len(values) > 1]:
            raise ValueError(f"LINK_STAFF: more than once: {', '.join(twice)}")
        options = {name: value for name, (value,) in given.items()}
        known = {"iap": {"keys"}, "oidc": {"client_id", "claim"}, "local": set()}
        if parts.scheme not in known:
            raise ValueError(f"LINK_STAFF starts with iap://, oidc:// or local://: {text}")
        if unknown := options.keys() - known[parts.scheme]:
            raise ValueError(f"LINK_STAFF: unknown: {', '.join(sorted(unknown))}")
        if parts.fragment or parts.username or (parts.scheme != "oidc" and parts.netloc):
            raise ValueError(f"LINK_STAFF cannot be read: {text}")
        if parts.scheme == "iap":
            return cls._iap(text, parts.path, options)
        if parts.scheme == "oidc":
            return cls._oidc(text, parts.netloc, parts.path.rstrip("/"), options)
        if parts.path:
            raise ValueError(f"LINK_STAFF: nothing follows local://: {text}")
        return cls("local", text)

    @classmethod
    def _iap(cls, text: str, audience: str, options: dict[str, str]) -> SignInAddress:
        if not _AUDIENCE.fullmatch(audience):
            raise ValueError(f"LINK_STAFF: not iap:///projects/N/locations/R/services/S: {text}")
        return cls("iap", text, audience=audience, keys=options.get("keys"))

    @classmethod
    def _oidc(cls, text: str, host: str, path: str, options: dict[str, str]) -> SignInAddress:
        if not host or not options.get("client_id"):
            raise ValueError(f"LINK_STAFF: not oidc://<issuer>?client_id=…: {text}")
        name = urlsplit(f"//{host}").hostname or ""
        microsoft = name in _MICROSOFT
        if microsoft and not _GUID.fullmatch(path):
            # With `common` or `organizations` anybody can make a tenant, and call himself what he likes in it.
            raise ValueError(
                f"LINK_STAFF: Microsoft's address holds the id of your tenant: oidc://{name}/<tenant id>/v2.0: {text}"
            )
        claim = options.get("claim") or ("preferred_username" if microsoft else "email")
        if not _CLAIM.fullmatch(claim):
            raise ValueError(f"LINK_STAFF: claim= is the name of a claim: {text}")
        scheme = "http" if name in LOOPBACK else "https"
        return cls("oidc", text, issuer=f"{scheme}://{host}{path}", client_id=options["client_id"], claim=claim)

    @property
    def tenant(self) -> str:
        """The id of the tenant at Microsoft; `""` at another service."""
        parts = urlsplit(self.issuer)
        return parts.path.split("/")[1] if parts.hostname in _MICROSOFT else ""

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the service is a stand-in, for a local test."""
        return urlsplit(self.keys or self.issuer).hostname in LOOPBACK

    def check_deployed(self) -> None:
        """Raises ValueError when this is no setting for Google Cloud."""
        if self.kind == "local":
            raise ValueError("LINK_STAFF: local:// lets everybody in, and is for a local run only")
        if self.keys or self.is_on_this_machine:
            raise ValueError("LINK_STAFF: a sign-in on this machine is for a local run only")
