"""The web form, `POST /api/webform/external/{key}` (docs/peers/econobis.md 4). `controller.py` has the order of steps."""

from infra.standins.econobis.webform.controller import post

__all__ = ["post"]
