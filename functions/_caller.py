"""A call with a wrong key is refused, and a person is warned: the caller may be a peer whose key is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import NotAllowed
from shared.services import Services


@contextmanager
def warned_of_wrong_key(link: Services, function: str, cooperation: str) -> Iterator[None]:
    """What Hoomdossier sends with a wrong key is lost, every time; Econobis shows its employee no more than a status.

    The name of a cooperation that we do not have is a stranger's word, and goes nowhere.
    """
    try:
        yield
    except NotAllowed:
        if cooperation in link.cooperations:
            link.alarms.wrong_key(function, cooperation)
        raise
