"""How much one web form takes: of one internet address, of one mailbox, and of all together. More than that is refused.

What is taken has a share of the room at the peers (`domain/peer.py`): `heavy` when its internet address sends many,
`rush` when many come at once, else `all`.
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
from shared.work.alarms import Alarms
from shared.work.quotas import Quotas

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# A provider's customer may have many connections: an office, a campus, all telephones near one mast.
PER_CUSTOMER = 10
FIRST = 3  # sign-ups of one connection in an hour; the next are `heavy`
CALM = Quota(2, 4.0)  # What comes faster is a `rush`.
POSTS = 2  # for each sign-up that a form takes: people make mistakes


@dataclass(frozen=True)
class FormLimits:
    """Of one form; `form` and `cooperation` are their names. `pace` is how many sign-ups a minute its peers have room
    for. In the store stands no address, only a keyed hash.
    """

    cooperation: str
    form: str
    settings: Cooperation
    pace: int
    quotas: Quotas
    alarms: Alarms

    def check_post(self, caller: Visitor) -> None:
        """Before anything of it is read. Raises TooMany when this caller sends too much, whatever it is."""
        limits = self.settings.forms[self.form].limits
        posts = Quota(POSTS * limits.per_form, HOUR)
        if self.quotas.take(f"posts-{self.cooperation}-{self.form}", posts, here_only=True):
            self.alarms.flooded(self.cooperation, self.form)
        if wait := self._take_of_caller(caller, "address", limits.per_address):
            self.alarms.one_sends_much("address", self.cooperation, self.form)
            raise TooMany("body", "Er kwamen te veel formulieren van uw internetadres.", wait)

    def check_sign_up(self, caller: Visitor, email: str, content: str) -> Share:
        """How much room it may use. Asked of what is stored already too: else the answer would tell that it is.

        `content`: the same twice in a row with one e-mail address counts once for that. Raises TooMany.
        """
        form = self.settings.forms[self.form]
        of_mailbox = f"mailbox-{self._hidden(mailbox(email))}"
        if wait := self.quotas.take(of_mailbox, Quota(form.limits.per_email, DAY), what=content):
            self.alarms.one_sends_much("email", self.cooperation, self.form)
            raise TooMany(form.email_field, "Met dit e-mailadres is al te vaak aangemeld.", wait)
        if wait := self.quotas.take(f"form-{self.cooperation}-{self.form}", Quota(form.limits.per_form, HOUR)):
            self.alarms.flooded(self.cooperation, self.form)
            raise TooMany("body", "Dit formulier krijgt nu te veel aanmeldingen.", wait)
        if self._take_of_caller(caller, "first", FIRST, here_only=True):
            return "heavy"
        return "all" if self._is_calm() else "rush"

    def _is_calm(self) -> bool:
        """Also seconds after a burst: who comes then need not wait until all of that burst is done."""
        name, in_a_minute = f"{self.cooperation}-{self.form}", Quota(max(self.pace // 5, 1), MINUTE)
        if self.quotas.take(f"calm-{name}", CALM, here_only=True):
            return False
        return not self.quotas.take(f"minute-{name}", in_a_minute, here_only=True)

    def _take_of_caller(self, caller: Visitor, use: str, most: int, *, here_only: bool = False) -> float:
        """Seconds to wait, 0 when there was room. A web site's server sends for all its visitors, and has no limit."""
        if caller.is_in(self.settings.forms[self.form].websites):
            return 0.0
        connection = f"{use}-{self._hidden(self.form, caller.connection)}"
        wait = self.quotas.take(connection, Quota(most, HOUR), here_only=here_only)
        if wait or not caller.customer:
            return wait
        customer = f"{use}-{self._hidden(self.form, caller.customer)}"
        return self.quotas.take(customer, Quota(PER_CUSTOMER * most, HOUR), here_only=here_only)

    def _hidden(self, *parts: str) -> str:
        return secret_key(self.settings.econobis.webform_key, self.cooperation, "quota", *parts)
