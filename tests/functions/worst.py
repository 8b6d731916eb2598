"""The worst known input of each parser, at its largest size. Add every slow input that is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.functions.examples import sign_up

LARGEST = 64 * 1024
JSON, URLENCODED, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
FORM = "/zonnig-dorp/ruim"  # This form takes every kind of field.
REMARKS = ("contact_opmerkingen", "intake_opmerkingen_bewoner", "woondossier_opmerking")
SHORT = (
    "voorletters", "voornaam", "tussenvoegsel", "achternaam", "emailadres", "telefoonnummer", "adres_postcode",
    "adres_huisnummer", "adres_toevoeging", "adres_straat", "adres_plaats", "geboortedatum",
    "intake_motivatie_ids",
)  # fmt: skip

# Repeated up to the length that is still read.
UNITS = {
    "marks": "a" + "\u0301" * 4000 + "\u0316" * 4000,
    "marks in turn": "a" + "\u0301\u0316" * 4000,
    "marks after many letters": ("a" + "\u0301" * 15 + "\u0316" * 15) * 300,
    "marks written as codes": "a" + "&#769;" * 500 + "&#790;" * 500,
    "jamo": "\u1100\u1161\u11a8",
    "ligatures": "\ufdfa",
    "right to left": "\u05d0 ",
    "joiners": "a\u200d",
    "tags": "\U0001f3f4\U000e0061",
    "beginnings of an IBAN": "NL91",
    "no IBANs": "www.12 ",
    "IBANs": "NL91ABNA0417164300 ",
    "BSNs": "123456782 ",
    "BSNs with hyphens": "123-456-782 ",
    "national numbers": "90.01.01-123.45 ",
    "telephone numbers": "+31 612345672 ",
    "digits": "1",
    "digits apart": "1 ",
    "odd digits": ".\u0661",
    "points": "a.",
    "at signs": "a@",
    "domains": "\u00fc.",
    "codes": "&amp;",
    "codes of codes": "&amp;amp;",
    "backslashes": "\\'",
    "tags of HTML": "<",
    "addresses": "www.a",
    "schemes": "a:/",
    "lines": "a\n",
    "hyphens": "1-",
    "boxes": "12bus ",
    "numbers": "12 en ",
}  # fmt: skip


def _of(unit: str, length: int) -> str:
    return (unit * length)[:length]


def _fits(fields: dict[str, Any]) -> bytes:
    """Cut to the limit of a body; the rest is filled with unknown names."""
    while len(body := json.dumps(fields, ensure_ascii=False).encode()) > LARGEST:
        longest = max(fields, key=lambda name: len(str(fields[name]).encode()))
        fields[longest] = fields[longest][: len(fields[longest]) * 9 // 10]
    return body


def texts() -> Iterator[tuple[str, str, bytes]]:
    for name, unit in UNITS.items():
        for kind, short, remark in (("longest", 191, 2000), ("far too long", 764, 8000)):
            fields = {field: _of(unit, short) for field in SHORT} | {field: _of(unit, remark) for field in REMARKS}
            yield f"{name}, {kind}", JSON, _fits({**fields, "akkoord_privacybeleid": _of(unit, remark)})
            numbered = {field: "12" + _of(unit, short - 2) for field in SHORT}
            yield f"{name}, {kind}, behind a number", JSON, _fits(numbered)
    marks = "a" + "\u0301" * 3900 + "\u0316" * 3900
    yield "marks in each remark", JSON, _fits(dict.fromkeys(REMARKS, marks))
    yield "a robot", JSON, _fits({"website": marks * 4})
    yield "one field", JSON, _fits({"voornaam": "a" + "\u0301" * 15900 + "\u0316" * 15900})
    yield "one name", JSON, _fits({"a" + "\u0301" * 15900 + "\u0316" * 15900: "a"})
    yield "200 names", JSON, _fits({f"{number}a" + "\u0301\u0316" * 75: "" for number in range(200)})
    yield "all wrong", JSON, _fits(dict.fromkeys((*SHORT, *REMARKS), "\x00&<" * 50))
    yield "two numbers", JSON, _fits(sign_up(adres_straat=_of("1 ", 191)))


def structures() -> Iterator[tuple[str, str, bytes]]:
    for field in ("voornaam", "emailadres", "adres_huisnummer", "intake_motivatie_ids", "contact_opmerkingen"):
        name = field.encode()
        yield f"list in {field}", JSON, b'{"%s":[' % name + b",".join([b'"a"'] * 15_000) + b"]}"
        keys = b",".join(b'"%d":"%d"' % (number, number) for number in range(4000))
        yield f"object in {field}", JSON, b'{"%s":{%s}}' % (name, keys)
        yield f"twice {field}", JSON, b"{" + b",".join(b'"%s":"%d"' % (name, number) for number in range(1800)) + b"}"
        yield f"number in {field}", JSON, b'{"%s":%s}' % (name, b"9" * 60_000)
    yield "numbers", JSON, b'{"a":[' + b",".join([b"9" * 4290] * 15) + b"]}"
    yield "deep", JSON, b'{"a":' + b"[" * 65_000
    yield "deep objects", JSON, b'{"a":' * 13_000
    yield "escapes", JSON, b'{"voornaam":"' + b"\\u0301\\u0316" * 5000 + b'"}'
    yield "white space", JSON, b" " * 65_000
    for name, body in {
        "percents": b"%" * 65_000,
        "coded": b"voornaam=" + b"%CC%81%CC%96" * 5400,
        "ampersands": b"&" * 65_000,
        "equals": b"=&" * 32_000,
        "plusses": b"voornaam=" + b"+" * 65_000,
    }.items():
        yield name, URLENCODED, body
    part = b"--x\r\nContent-Disposition: form-data"
    for name, body in {
        "parts": (part + b'; name="a"\r\n\r\n\r\n') * 1300,
        "escaped quotes": part + b'; name="' + b'\\"' * 30_000 + b'"\r\n\r\n\r\n--x--\r\n',
        "parameters": part + b"; a=b" * 12_000 + b"\r\n\r\n\r\n--x--\r\n",
        "pieces of a name": part + b"; name*1=a" * 5000 + b"\r\n\r\n\r\n--x--\r\n",
        "headers": part + b'; name="a"' + b"\r\nX: a" * 9000 + b"\r\n\r\n\r\n--x--\r\n",
        "carriage returns": part + b'; name="a"\r\n\r\n' + b"\r" * 60_000,
        "nearly boundaries": part + b'; name="a"\r\n\r\n' + b"\r\n-" * 20_000,
        "boundaries": b"--x\r\n" * 13_000,
    }.items():
        yield name, MULTIPART, body[:LARGEST]
    yield "long boundary", f"multipart/form-data; boundary={'a' * 8000}", b"a" * 60_000
    yield "parameters of a type", "application/json;" + "a=b;" * 1900, b"{}"
    yield "no type", "x" * 8000, b"--" + b"a" * 60_000


HEADERS = (
    "HTTP_ACCEPT", "HTTP_COOKIE", "HTTP_X_FORWARDED_FOR", "HTTP_AUTHORIZATION", "HTTP_X_CLOUD_TRACE_CONTEXT",
    "HTTP_HOST", "HTTP_CONTENT_ENCODING", "HTTP_RANGE", "QUERY_STRING",
)  # fmt: skip
VALUES = (
    "a", ",", "text/html;q=0.1,", ";", "a=b; ", '"', '"\\"', "1", "1.", "/", ":", " ", "%", "1.2.3.4, ", "\xe9",
    'text/html;a="b";c=d,',
)  # fmt: skip


def headers() -> Iterator[tuple[str, str]]:
    """A header of 64 KiB in the WSGI environment, although our server refuses more than 8 KiB."""
    for name in HEADERS:
        yield from ((name, _of(value, 64_000)) for value in VALUES)
    yield "HTTP_AUTHORIZATION", "Bearer " + ".".join(["W1t" * 7000] * 3)
    yield "HTTP_AUTHORIZATION", "Bearer" + " " * 64_000 + "x"


PATHS = ("/" + "a" * 64_000, "/" * 64_000, "/a" * 32_000, "/%" * 32_000, "/\x00" * 32_000, "/\xe9" * 32_000)
