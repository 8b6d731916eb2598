"""Errors in the form of OData (JSON Format 4.0, 21), and the header that each of its answers has."""

from __future__ import annotations

from flask import Response

from functions._http import Refusal, reply
from shared.errors import BadInput

VERSION = {"OData-Version": "4.0"}

_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    501: "NotImplemented",
    503: "Unavailable",
}
_MESSAGES = {
    400: "Dit is niet te lezen.",
    401: "De sleutel klopt niet. Vul als wachtwoord de sleutel van deze feed in; de gebruikersnaam doet er niet toe.",
    404: "Dit adres bestaat niet. Begin bij het adres dat op /odata/ eindigt.",
    405: "De feed is alleen te lezen: met GET of HEAD.",
    503: "De gegevens zijn nu niet te lezen. Probeer het zo opnieuw.",
}


def not_supported(option: str, text: str) -> BadInput:
    """The error for what OData knows and this feed does not have. `option` is the query option, or the path."""
    return BadInput({option: [text]}, 501)


def odata_error(refusal: Refusal) -> Response:
    """The refusal as OData's error. `target` names the query option or header that is wrong."""
    status = refusal.status
    told: dict[str, str] = {
        "code": _CODES.get(status, "Error"),
        "message": _MESSAGES.get(status, "Er ging iets mis. Het is vastgelegd."),
    }
    if refusal.errors:
        told["target"], texts = next(iter(refusal.errors.items()))
        told["message"] = f"{told['target']}: {' '.join(texts)}"
    headers = {**refusal.headers, **VERSION, "Content-Language": "nl"}
    return reply(status, {"error": told}, headers, mimetype="application/json")
