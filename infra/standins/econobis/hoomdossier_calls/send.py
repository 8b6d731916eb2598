"""The common part of both calls to Hoomdossier: headers, JSON as PHP writes it, and the errors."""

from __future__ import annotations

import json

from infra.standins.database import Row
from infra.standins.econobis.faults import AbortError, BrokenError
from infra.standins.econobis.hoomdossier_calls import guzzle


def post(url: str, cooperation: Row, body: Row, no_answer_message: str) -> bytes:
    """The body of Hoomdossier's answer. The caller must hold no transaction, because this may take minutes.

    Raises AbortError with the status and body of a refusal, or with status 0 and `no_answer_message` when the answer
    was not HTTP. Raises BrokenError when there was no connection.
    """
    headers = {"Authorization": f"Bearer {cooperation.get('hoom_key') or ''}", "Accept": "application/json"}
    try:
        return guzzle.post_json(url, headers, json.dumps(body, separators=(",", ":")).replace("/", "\\/"))
    except guzzle.BadAnswerError as bad:
        raise AbortError(bad.status, bad.body if bad.status else no_answer_message) from bad
    except guzzle.NoConnectionError as error:
        raise BrokenError(str(error)) from error
