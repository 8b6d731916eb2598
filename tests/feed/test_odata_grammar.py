"""OASIS' own test cases of the grammar of URLs (odata-abnf-testcases.xml, as npm's odata-v4-parser has it)."""

from __future__ import annotations

import http.client
import json
import re
from functools import cache
from urllib.parse import quote, urlsplit

from lxml import etree

from tests.feed.feeding import Reader, basic
from tests.feed.node import node_modules

# OASIS' names, and what stands for them here.
NAMES = {
    "Products": "Journeys", "Categories": "Campaigns", "Customers": "Measures", "Name": "step", "Street": "campaign",
    "Rating": "days_waiting", "ReleaseDate": "signed_up_at", "Price": "measures", "Completed": "cancelled",
    "CompanyName": "form",
}  # fmt: skip
# The rules that stand for a whole part of a URL, and what comes before them.
BEFORE = {
    "odataUri": "", "odataRelativeUri": "", "queryOptions": "Journeys?", "customQueryOption": "Journeys?",
    "filter": "Journeys?", "select": "Journeys?", "orderby": "Journeys?", "expand": "Journeys?",
    "skiptoken": "Journeys?", "boolCommonExpr": "Journeys?$filter=", "commonExpr": "Journeys?$filter=",
    "notExpr": "Journeys?$filter=",
}  # fmt: skip
# The rules for a literal, and the column that it is compared with; any other rule is tried with a text.
COLUMNS = {
    "dateValue": "Campaigns?$filter=target_by", "dateTimeOffsetValue": "Journeys?$filter=changed_at",
    "booleanValue": "Journeys?$filter=cancelled", "nullValue": "Journeys?$filter=coach",
    **dict.fromkeys(
        ("decimalValue", "doubleValue", "singleValue", "byteValue", "sbyteValue", "int16Value", "int32Value", "int64Value"),
        "Journeys?$filter=measures",
    ),
}  # fmt: skip
# What our profile covers: these are answered, and nothing else is.
ANSWERED = {
    "odataUri": [
        "http://127.0.0.1:8080/MyService/", "https://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:8080/MyService/",
        "https://[v7.0]/MyService/", "http://services.odata.org/OData/OData.svc/", "http://My.Org:80/",
        "http://services.odata.org/OData/OData.svc/$metadata",
    ],
    "odataRelativeUri": ["Products", "Products/$count"],
    "queryOptions": [
        "$top=2&$orderby=Name", "$top=5&$skip=10", "$count=true", "$count=false", "search=O%27Neil&!special",
        "$orderby=Name&!deltatoken=0412312321",
    ],
    "customQueryOption": ["search=O%27Neil", "!deltatoken='201208210403'", "!special"],
    "filter": ["$filter=true", "$filter=Completed"],
    "select": ["$select=Rating,ReleaseDate", "$select=*"],
    "orderby": ["$orderby=Name", "$orderby=Name\tasc", "$orderby=Name asc,Rating,ReleaseDate desc"],
    "boolCommonExpr": [
        "true eq false", "true ne false", "true and false", "true or false", "( true )", "(false)",
        "Street eq 'Hugo'", "(Name eq 'Milk')", "Name eq 'Milk' and Price lt 2.55", "Name eq 'Milk' or Price lt 2.55",
        *(f"Name {operator} 'Milk'" for operator in ("eq", "ne", "gt", "ge", "lt", "le")),
    ],
    "commonExpr": ["(true)"],
    "notExpr": ["not false"],
    "dateValue": ["2012-09-03", "2012-09-10", "2012-09-20"],
    "dateTimeOffsetValue": [
        "2012-09-03T13:52Z", "2012-09-03T08:09:02Z", "2012-08-31T18:19:22.1Z", "2012-09-03T14:53+02:00",
        "2012-09-03T12:53Z",
    ],
    "decimalValue": ["3.14", "-2"],
    "doubleValue": ["3.14", "-0.314e1"],
    "singleValue": ["-0.314e1"],
    "byteValue": ["255"],
    "sbyteValue": ["-128"],
    "int16Value": ["+32000"],
    "int32Value": ["-2000000000"],
    "int64Value": ["1234567890123456789"],
    "nullValue": ["null"],
    "string": [
        "'ABCDEFGHIHJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&('')*+,;=@'", "'O''Neil'",
        "%27O'%27Neil'", "'%26%28'", "'Hugo''s%20Tavern'",
    ],
    "primitiveLiteral": ["'Huge'"],
}  # fmt: skip
HEADERS = {"preference", "prefer", "maxpagesizePreference", "includeAnnotationsPreference", "header"}


@cache
def cases() -> list[tuple[str, str, bool]]:
    """Rule, input, and whether the input follows the rule. Without context URLs, which no program asks for."""
    file = node_modules() / "odata-v4-parser/test/odata-abnf-testcases.xml"
    found = [
        (case.get("Rule") or "", case.findtext("{*}Input") or "", case.get("FailAt") is None)
        for case in etree.parse(file).getroot().iter("{*}TestCase")
    ]
    return [case for case in found if "$metadata#" not in case[1]]


def path_of(rule: str, given: str) -> str:
    """The address after `/odata/` that tries this case."""
    if rule not in BEFORE:
        return f"{COLUMNS.get(rule, 'Journeys?$filter=step')}%20eq%20{quote(given, safe='%')}"
    if rule == "odataUri":
        given = re.sub(r"^https?://[^/]*/(?:(?:MyService|OData/OData.svc|service|serviceRoot)(?:/|$))?", "", given)
    ours = re.sub(r"\b[A-Z]\w+\b", lambda name: NAMES.get(name[0], name[0]), given)
    return quote(BEFORE[rule] + ours, safe="%!$&'()*+,;=:@/?-._~[]")


def ask(reader: Reader, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    where = urlsplit(reader.root)
    connection = http.client.HTTPConnection(where.netloc, timeout=30)
    try:
        connection.request("GET", f"{where.path}/{path}", headers={"Authorization": basic(), **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_oasis_cases_that_the_profile_covers_are_answered_and_others_refused(reader: Reader) -> None:
    tried, wrong = 0, []
    for rule, given, _ in cases():
        if rule in HEADERS:
            continue
        status, headers, body = ask(reader, path_of(rule, given))
        tried += 1
        expected = {200} if given in ANSWERED.get(rule, ()) else {400, 404, 406, 501}
        if status not in expected or headers.get_all("OData-Version") != ["4.0"]:
            wrong.append((status, rule, given))
        elif status != 200:
            error = json.loads(body)["error"]
            assert error["code"]
            assert error["message"]
    assert wrong == []
    assert tried > 400


def test_what_the_profile_covers_stands_in_oasis_cases_as_right() -> None:
    right = {(rule, given) for rule, given, follows in cases() if follows}
    assert {(rule, given) for rule, inputs in ANSWERED.items() for given in inputs} <= right


def test_oasis_headers_are_understood_or_passed_over(reader: Reader) -> None:
    """A preference is a wish: what is not known or wrong is passed over."""
    for rule, given, _ in cases():
        if rule not in HEADERS:
            continue
        name, value = ("Prefer", given) if rule not in {"prefer", "header"} else given.split(":", 1)
        status, headers, _ = ask(reader, "Journeys", **{name: value.strip()})
        assert status == 200, given
        size = re.search("maxpagesize=([1-9][0-9]*)", given)
        assert headers["Preference-Applied"] == (f"odata.maxpagesize={size[1]}" if size else None), given
