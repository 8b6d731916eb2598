"""One request of a member of staff: who, in which cooperation and language, and how its answer is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response

from functions.staff.answer import html, unless_known
from functions.staff.csrf import FIELD, make_token
from functions.staff.language import Language, language_of
from functions.staff.render import render
from functions.staff.root import root_of
from functions.staff.sign_in import kind
from functions.staff.static import address_of
from shared import wiring
from shared.config import Cooperation, Role
from shared.errors import LinkError
from shared.work.services import Services

ROLES: tuple[Role, ...] = ("see", "work", "manage")
"""From the fewest rights to the most; each may do what the ones before it may."""
LIST_FILTERS = ("q", "waits_for", "coach", "campaign", "longer")


class NotForYou(LinkError):
    """This person may see the cooperation, but not do this."""

    status = 403


@dataclass
class Visit:
    """`person` is the e-mail address that signed in. `cooperation` is `""` on a page that belongs to none."""

    request: Request
    services: Services
    person: str
    cooperation: str
    _build: Callable[[str, Mapping[str, Any]], str]

    @property
    def settings(self) -> Cooperation:
        """Those of the cooperation."""
        return self.services.cooperations[self.cooperation]

    @cached_property
    def role(self) -> Role | None:
        """What this person may do in the cooperation; None when nothing, or when there is no such cooperation."""
        return self.role_in(self.cooperation)

    def role_in(self, cooperation: str) -> Role | None:
        """As `role`, in another cooperation."""
        return wiring.staff_list().role(cooperation, self.person)

    def may(self, role: Role) -> bool:
        """Whether this person may do what `role` may."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(role)

    @cached_property
    def cooperations(self) -> list[str]:
        """The cooperations that this person may see."""
        return [name for name in self.services.cooperations if self.role_in(name)]

    @cached_property
    def language(self) -> Language:
        """`?lang=`, else the browser's wish; Dutch when it is neither."""
        return language_of(self.request)

    @cached_property
    def sign_out(self) -> str:
        """The address that signs this person out; `""` where Google's sign-in stands in front."""
        return "" if kind() == "iap" else self.url("sign_in.end")

    def url(self, page: str, **arguments: Any) -> str:
        """The address of a page in `routes.py`, as `residents.show`. None is left out; the chosen language goes along.

        Arguments that are no part of the path become its query.
        """
        given = {name: value for name, value in arguments.items() if value not in (None, "")}
        if self.cooperation and "cooperation" not in given and not page.startswith(("home.", "sign_in.")):
            given["cooperation"] = self.cooperation
        if lang := self.request.args.get("lang"):
            given.setdefault("lang", lang)
        return root_of(self.request) + self._build(page, given)

    def static(self, name: str) -> str:
        """The address of a file in `static/`, without the language: it is the same in both."""
        return f"{root_of(self.request)}/{address_of(name)}"

    def list_filters(self) -> dict[str, str]:
        """The filters of the list of residents in this address: they go along to a resident, and back to the list."""
        return {name: self.request.args[name] for name in LIST_FILTERS if self.request.args.get(name)}

    def here(self, **changed: Any) -> str:
        """The address of this page with its query, in which `changed` is replaced. None takes one out."""
        query = {**self.request.args.to_dict(), **changed}
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        path = root_of(self.request) + self.request.path
        return path + ("?" + urlencode(kept) if kept else "")

    def token(self, url: str) -> str:
        """The token for a form that posts to `url`, an address of `url()`. Templates use the macro `post`."""
        path = url.partition("?")[0].removeprefix(root_of(self.request))
        return make_token(self.person, path)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """The page of a template in `templates/`, which gets `visit` and the facts."""
        text = render(template, self.language, visit=self, token_field=FIELD, **facts)
        return unless_known(self.request, html(text, status))

    def go(self, url: str) -> Response:
        """303: the browser shows `url`, so that reloading does nothing twice."""
        return Response(status=303, headers={"Location": url})
