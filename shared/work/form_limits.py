"""How many sign-ups one web form accepts: from one internet address, for one mailbox, and in total.

An accepted sign-up gets a share of the calls to the peers (`Share` in `domain/rate.py`): `heavy` when its internet
address sends many, `rush` when many come at once, else `all`.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.config import Cooperation
from shared.domain.keys import secret_key
from shared.domain.mailbox import mailbox
from shared.domain.quota import Quota
from shared.domain.rate import Share
from shared.domain.visitor import Visitor
from shared.errors import TooMany
from shared.words import Words
from shared.work.alarms import Alarms
from shared.work.quotas import Quotas

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
CALM = Quota(2, 4.0)
"""Sign-ups that come faster than this (two in four seconds) are a `rush`."""

POSTS = 2
"""Requests that a form accepts for each sign-up that it accepts, because people make mistakes and send again."""


@dataclass(frozen=True)
class FormLimits:
    """The limits of one form. `cooperation` and `form` are the names in the settings.

    `pace` is how many sign-ups per minute both peers have room for. The store gets no e-mail or internet addresses,
    only keyed hashes of them.
    """

    cooperation: str
    form: str
    settings: Cooperation
    pace: int
    quotas: Quotas
    alarms: Alarms

    def check_post(self, caller: Visitor) -> None:
        """Counts a request before its body is read. Raises TooMany when this caller has sent too many this hour.

        A flood of the form as a whole only raises the alarm here: `check_sign_up` refuses its sign-ups.
        """
        limits = self.settings.forms[self.form].limits
        posts = Quota(POSTS * limits.per_form, HOUR)
        if self.quotas.take(f"posts-{self.cooperation}-{self.form}", posts, here_only=True):
            self.alarms.flooded(self.cooperation, self.form)
        if wait := self._take_of_caller(caller, "address", limits.per_address):
            self.alarms.one_sends_much("address", self.cooperation, self.form)
            raise TooMany("body", Words("Er kwamen te veel formulieren van uw internetadres."), wait)

    def check_look_up(self, caller: Visitor) -> None:
        """Counts a look-up of an address. Raises TooMany when this caller asked too many this hour.

        As many as it may post: who fills in a form looks up an address, and perhaps corrects it.
        """
        limits = self.settings.forms[self.form].limits
        if wait := self._take_of_caller(caller, "look-up", limits.per_address):
            raise TooMany("body", Words("Er werden te veel adressen opgezocht."), wait)

    def check_sign_up(self, caller: Visitor, email: str, content: str) -> Share:
        """Counts a valid sign-up and returns its share of the calls to the peers. Raises TooMany.

        `content` identifies what was filled in: the same content twice in a row for one mailbox counts once. Call this
        for a sign-up that is stored already too, because otherwise the answer would show a stranger that it is.
        """
        form = self.settings.forms[self.form]
        of_mailbox = f"mailbox-{self._hidden(mailbox(email))}"
        if wait := self.quotas.take(of_mailbox, Quota(form.limits.per_email, DAY), what=content):
            self.alarms.one_sends_much("email", self.cooperation, self.form)
            raise TooMany(form.email_field, Words("Met dit e-mailadres is al te vaak aangemeld."), wait)
        if wait := self.quotas.take(f"form-{self.cooperation}-{self.form}", Quota(form.limits.per_form, HOUR)):
            self.alarms.flooded(self.cooperation, self.form)
            raise TooMany("body", Words("Dit formulier krijgt nu te veel aanmeldingen."), wait)
        if self._take_of_caller(caller, "first", form.limits.at_once, here_only=True):
            return "heavy"
        return "all" if self._is_calm() else "rush"

    def _is_calm(self) -> bool:
        """Whether sign-ups come at a pace that the peers can follow. True again a few seconds after a burst."""
        name, in_a_minute = f"{self.cooperation}-{self.form}", Quota(max(self.pace // 5, 1), MINUTE)
        if self.quotas.take(f"calm-{name}", CALM, here_only=True):
            return False
        return not self.quotas.take(f"minute-{name}", in_a_minute, here_only=True)

    def _take_of_caller(self, caller: Visitor, use: str, most: int, *, here_only: bool = False) -> float:
        """Returns 0, or the seconds until this caller may send again. `use` names what is counted.

        At most `most` of one connection, and of all connections of a provider's customer as many times as it may have.
        A cooperation's own web site sends for all its visitors from one address, so it has no limit.
        """
        form = self.settings.forms[self.form]
        if caller.is_in(form.websites):
            return 0.0
        connection = f"{use}-{self._hidden(self.form, caller.connection)}"
        wait = self.quotas.take(connection, Quota(most, HOUR), here_only=here_only)
        if wait or not caller.customer:
            return wait
        customer = f"{use}-{self._hidden(self.form, caller.customer)}"
        return self.quotas.take(customer, Quota(form.limits.connections * most, HOUR), here_only=here_only)

    def _hidden(self, *parts: str) -> str:
        return secret_key(self.settings.econobis.webform_key.value, self.cooperation, "quota", *parts)
