"""The limits of a call to each peer, from the settings, in the form that the limiter needs."""

from __future__ import annotations

from collections.abc import Mapping

from shared.config import Cooperation
from shared.domain.rate import HOST, SHARES, Share
from shared.work.limiter import PeerLimits

# Of every ten sign-ups per minute, at most so many may have this share. The others are kept free for the share "all",
# which `form_limits.py` gives to the first few sign-ups of each sender.
OF_TEN = {"rush": 6, "heavy": 4}
OUR_PART_OF_ECONOBIS = 58  # calls per minute and host, of the 60 that it takes (known-limits D6)


class LimitsOfPeers:
    """The limits of each cooperation, by its name in the settings."""

    def __init__(self, cooperations: Mapping[str, Cooperation]) -> None:
        self._cooperations = cooperations

    def econobis(self, cooperation: str, *, event: bool = False, share: Share = "all") -> PeerLimits:
        """A call to Econobis: its host has a limit, and each key has one as well (known-limits D6, E21).

        `event`: the call uses the key for events, else the key for the webform. The settings may have one key for both.
        Then there is one limit but still a breaker per use, because Econobis may refuse the key for one use only (G1).
        `share` is that of the sign-up which the call is for.
        """
        settings = self._cooperations[cooperation].econobis
        window = "event" if event and settings.has_two_keys else "webform"
        per_minute = {HOST: OUR_PART_OF_ECONOBIS, window: settings.calls_per_minute}
        for name in SHARES[share]:
            per_minute[name] = max(self.sign_ups_a_minute(cooperation) * OF_TEN[name] // 10, 1)
        return PeerLimits(f"econobis-{cooperation}", per_minute, "event" if event else "webform")

    def hoomdossier(self, cooperation: str) -> PeerLimits:
        """A call to Hoomdossier: all cooperations share the host's limit; each token has a breaker of its own."""
        settings = self._cooperations[cooperation].hoomdossier
        return PeerLimits(f"hoomdossier-{settings.host}", {HOST: settings.calls_per_minute}, f"token-{cooperation}")

    def sign_ups_a_minute(self, cooperation: str) -> int:
        """How many sign-ups per minute both peers can take. At Hoomdossier a dossier is a call, its coach another."""
        settings = self._cooperations[cooperation]
        calls = max((form.dossier + bool(form.coach) for form in settings.forms.values()), default=0)
        return min(settings.econobis.calls_per_minute, settings.hoomdossier.calls_per_minute // max(calls, 1))
