"""The query of an address, as far as it can be read."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from shared.errors import BadInput
from shared.words import Words

LONGEST_QUERY = 8000
"""Bytes; no page of ours has a longer one. Several links of a page repeat its query, so a long one costs much."""


def read_query(request: Request) -> None:
    """Raises BadInput for a query that is too long or no text; from then on it is empty."""
    if len(request.query_string) > LONGEST_QUERY:
        request.args = ImmutableMultiDict()
        raise BadInput(
            {"body": [Words("Het adres van deze pagina is te lang: hooguit {count} tekens.", count=LONGEST_QUERY)]}, 400
        )
    try:
        _ = request.args
    except UnicodeDecodeError:
        request.args = ImmutableMultiDict()
        raise BadInput({"body": ["Het adres van deze pagina is niet te lezen."]}, 400) from None
