r"""Undoes the escaping of form software that sends text as HTML or PHP source: `O&#039;Neill`, `\'t Hooft`."""

from __future__ import annotations

import html
import re

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_MOST_TIMES = 5
_SLASHES = re.compile(r"(?<!\\)\\+(?=['\"\u2018\u2019])")


def unescaped(text: str) -> str:
    """`text` with its HTML entities decoded, and without backslashes before a quote. The rest stays as it is.

    Text may have been escaped several times, so this is repeated, at most `_MOST_TIMES` times.
    """
    for _ in range(_MOST_TIMES):
        before, text = text, _SLASHES.sub("", _ENTITY.sub(lambda found: html.unescape(found[0]), text))
        if text == before:
            break
    return text
