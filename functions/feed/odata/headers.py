"""In which form the answer is wanted: the headers OData-MaxVersion, Accept and Prefer, and `$format` for Accept."""

from __future__ import annotations

import re

from flask import Request

from shared.errors import BadInput

_PAGE_SIZE = re.compile(r'(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*"?([0-9]{1,9})"?', re.IGNORECASE)
_OMIT_NULLS = re.compile(r"(?:^|[,;\s])((?:odata\.)?omit-values\s*=\s*\"?nulls\"?)", re.IGNORECASE)
_JSON = {"application/json", "application/*", "*/*"}


def check_version(request: Request) -> None:
    """Raises BadInput for a program that can read no version of OData that this feed speaks."""
    most = request.headers.get("OData-MaxVersion", "4.0").strip()
    found = re.fullmatch(r"([0-9]{1,3})\.[0-9]{1,3}", most)
    if found is None or int(found[1]) < 4:
        raise BadInput({"OData-MaxVersion": ["Deze feed spreekt OData 4.0, en geen oudere versie."]}, 400)


def metadata_level(request: Request, form: str | None) -> str:
    """`none` when the program asks for answers without links, else `minimal`. `form` is `$format`.

    Raises BadInput (406) when it takes no JSON.
    """
    taken = request.accept_mimetypes if "Accept" in request.headers else [("*/*", 1)]
    for kind in [it for it, quality in taken if quality > 0] if form is None else [form]:
        name, _, parameters = ("application/json" if kind == "json" else kind).partition(";")
        if name.strip().lower() in _JSON:
            level = re.search(r"odata\.metadata\s*=\s*none|odata\s*=\s*nometadata", parameters, re.IGNORECASE)
            return "none" if level else "minimal"
    raise BadInput({"$format" if form is not None else "Accept": ["Deze feed geeft alleen JSON."]}, 406)


def check_xml(form: str | None) -> None:
    """Raises BadInput (406) when `$format` asks `$metadata` in another form. `Accept` does not matter there."""
    if form not in {None, "xml", "application/xml"}:
        raise BadInput({"$format": ["$metadata is er alleen als XML."]}, 406)


def omits_nulls(request: Request) -> bool:
    """Whether the program prefers rows without the columns that have no value (OData 4.01; Power Query can ask it)."""
    return _OMIT_NULLS.search(_preferences(request)) is not None


def page_asked(request: Request) -> int | None:
    """How many rows the program prefers in one answer; None when it does not say."""
    found = _PAGE_SIZE.search(_preferences(request))
    return int(found[1]) or None if found else None


def _preferences(request: Request) -> str:
    return ",".join(request.headers.getlist("Prefer"))
