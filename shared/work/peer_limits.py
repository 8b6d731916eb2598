"""How many calls per minute each peer takes, from the settings: what the limiter needs to know of a call."""

from __future__ import annotations

from collections.abc import Mapping

from shared.config import Cooperation
from shared.domain.rate import HOST, SHARES, Share
from shared.work.limiter import PeerLimits

# Of each ten sign-ups per minute that the peers have room for, how many may be of such a share. The other four are for
# sign-ups without a restriction: `form_limits.py` lets at most two of ten of those be taken by one sender.
OF_TEN = {"rush": 6, "heavy": 4}
OUR_PART_OF_ECONOBIS = 58  # calls per minute and host; it takes 60 (known-limits D6)


class LimitsOfPeers:
    """By cooperation, as the settings name it."""

    def __init__(self, cooperations: Mapping[str, Cooperation]) -> None:
        self._cooperations = cooperations

    def econobis(self, cooperation: str, *, event: bool = False, share: Share = "all") -> PeerLimits:
        """Its host has a limit, and within it each key has one (known-limits D6, E21).

        One key for both uses has one limit, but Econobis may refuse it for one of its uses alone (G1), so the breaker
        looks at the use. `share` is that of a sign-up, and of what follows from it.
        """
        settings = self._cooperations[cooperation].econobis
        window = "event" if event and settings.has_two_keys else "webform"
        per_minute = {HOST: OUR_PART_OF_ECONOBIS, window: settings.calls_per_minute}
        for name in SHARES[share]:
            per_minute[name] = max(self.sign_ups_a_minute(cooperation) * OF_TEN[name] // 10, 1)
        return PeerLimits(f"econobis-{cooperation}", per_minute, "event" if event else "webform")

    def hoomdossier(self, cooperation: str) -> PeerLimits:
        """All cooperations share the host; token and address belong to one cooperation."""
        settings = self._cooperations[cooperation].hoomdossier
        return PeerLimits(f"hoomdossier-{settings.host}", {HOST: settings.calls_per_minute}, f"token-{cooperation}")

    def sign_ups_a_minute(self, cooperation: str) -> int:
        """How many sign-ups per minute both peers have room for. A dossier and its coach are a call each."""
        settings = self._cooperations[cooperation]
        calls = max((form.dossier + bool(form.coach) for form in settings.forms.values()), default=0)
        return min(settings.econobis.calls_per_minute, settings.hoomdossier.calls_per_minute // max(calls, 1))
