"""The webform as it is called: `POST /api/webform/external/{key}` (`docs/peers/econobis.md` 4)."""

from infra.standins.econobis.webform.controller import Answer, post

__all__ = ["Answer", "post"]
