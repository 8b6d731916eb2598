"""OData as its protocol asks: documents, options, pages, headers and errors."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from functions.feed.odata import page as pages
from functions.feed.odata import skip_token
from functions.feed.odata.mark import Mark
from shared import wiring
from shared.errors import BadInput
from shared.feed.scan import Spot
from shared.feed.sets import JOURNEYS, SETS
from tests.feed.feeding import BEGAN, KEY, OPEN_KEY, OTHER_KEY, Reader, basic, feeding, store_resident
from tests.world.counted_reads import CountedReads
from tests.world.functions_over_http import Machine, logged

MINIMAL = "application/json;odata.metadata=minimal"


def test_the_service_document_names_the_tables(reader: Reader) -> None:
    for path in ("", "?$format=json"):
        answer = reader.get(path)
        assert answer.headers["Content-Type"] == MINIMAL
        assert answer.headers.get_list("OData-Version") == ["4.0"]
        assert answer.json() == {
            "@odata.context": f"{reader.root}/$metadata",
            "value": [{"name": name, "kind": "EntitySet", "url": name} for name in SETS],
        }


@pytest.mark.parametrize("name", SETS)
def test_a_table_has_its_columns_in_their_order(reader: Reader, name: str) -> None:
    answer = reader.get(name)
    assert answer.headers["Content-Type"] == MINIMAL
    assert answer.json()["@odata.context"] == f"{reader.root}/$metadata#{name}"
    rows = answer.json()["value"]
    assert rows
    for row in rows:
        assert list(row) == [it.name for it in SETS[name].columns_for("coaches")]


def test_a_key_reads_no_more_than_its_level(feed: Machine) -> None:
    """Also not by way of a filter or an order, and not in $metadata."""
    for key, level in ((OTHER_KEY, "none"), (KEY, "coaches"), (OPEN_KEY, "everybody")):
        reader, allowed = Reader(feed, key), {it.name for it in JOURNEYS.columns_for(level)}
        assert set(reader.rows("Journeys", top=1)[0]) == allowed
        for column in JOURNEYS.columns:
            status = 200 if column.name in allowed else 400
            for option in ("select=", "orderby=", "filter=null ne "):
                assert reader.get(f"Journeys?$top=1&${option}{column.name}").status_code == status, column.name
        (journey,) = re.findall('<EntityType Name="Journey">.*?</EntityType>', reader.get("$metadata").text, re.DOTALL)
        assert set(re.findall('Property Name="([^"]+)"', journey)) == allowed
    text = "".join(Reader(feed, OTHER_KEY).get(path).text for path in (*SETS, "$metadata"))
    assert not re.search("Vries|example.org|1234AB|Cora|Koen|Veldstraat|contact_id|email", text)


def test_every_page_has_the_asked_rows_and_none_twice(reader: Reader) -> None:
    for name in SETS:
        whole = [row[SETS[name].key] for row in reader.rows(name)]
        assert len(set(whole)) == len(whole)
        for size in (1, 7, 1000):
            read = list(reader.pages(name, size))[: 3 if size == 1 else None]
            assert all(len(page["value"]) == size for page in read[:-1])
            keys = [row[SETS[name].key] for page in read for row in page["value"]]
            assert keys == whole[: len(keys)]
            assert len(keys) == len(whole) or size == 1


def test_a_link_to_the_next_page_is_absolute_and_keeps_the_options(reader: Reader) -> None:
    answer = reader.get(
        "Journeys?own=a%26b&$select=journey_id&$filter=cancelled%20eq%20false&x=",
        **{"Prefer": "odata.maxpagesize=3", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "feed.example.nl"},
    )
    link = httpx.URL(answer.json()["@odata.nextLink"])
    assert (link.scheme, link.host) == ("https", "feed.example.nl")
    assert link.path == "/functions/serve-feed/zonnig-dorp/odata/Journeys"
    assert KEY not in str(link)
    assert not link.userinfo
    asked = dict(link.params)
    assert asked.pop("$skiptoken")
    assert asked == {"own": "a&b", "$select": "journey_id", "$filter": "cancelled eq false", "x": ""}
    assert answer.json()["@odata.context"] == (
        "https://feed.example.nl/functions/serve-feed/zonnig-dorp/odata/$metadata#Journeys(journey_id)"
    )


@pytest.mark.parametrize("host", ["evil.example/x?", "a b", "x@y", ""])
def test_a_wrong_forwarded_host_does_not_count(reader: Reader, host: str) -> None:
    answer = reader.get("", **{"X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher"})
    assert answer.json()["@odata.context"] == f"{reader.root}/$metadata"


def test_top_and_skip_hold_over_pages(reader: Reader) -> None:
    whole = reader.rows("Journeys")
    for top, skip in ((0, 0), (5, 0), (10, 3), (30, 100), (5, 500), (120, 0)):
        assert reader.rows("Journeys", size=4, top=top, skip=skip) == whole[skip : skip + top]
    assert reader.rows("Journeys", size=4, skip=90) == whole[90:]
    assert "@odata.nextLink" not in reader.ask("Journeys", top=5).json()


def test_a_page_is_as_large_as_was_preferred_within_limits(reader: Reader) -> None:
    for prefer, size in (
        ("odata.maxpagesize=7", 7),
        ("maxpagesize=8", 8),
        ('respond-async, odata.maxpagesize="9"', 9),
        ("odata.maxpagesize=0", None),
        ("odata.maxpagesize=many", None),
        ("return=minimal", None),
    ):
        answer = reader.get("Journeys", Prefer=prefer)
        assert answer.headers.get("Preference-Applied") == (f"odata.maxpagesize={size}" if size else None)
        assert len(answer.json()["value"]) == (size or 120)
    assert reader.get("Journeys", Prefer="odata.maxpagesize=999999").headers["Preference-Applied"] == (
        "odata.maxpagesize=5000"
    )


def test_the_size_of_a_page_holds_on_the_next_pages(reader: Reader) -> None:
    """Also for a program that says it only once."""
    link = reader.get("Journeys", Prefer="odata.maxpagesize=50").json()["@odata.nextLink"]
    assert len(reader.follow(link).json()["value"]) == 50
    assert len(reader.follow(link, Prefer="odata.maxpagesize=2").json()["value"]) == 2


def test_columns_without_a_value_are_left_out_for_who_prefers_that(reader: Reader) -> None:
    """Power Query does, with `OmitValues = ODataOmitValues.Nulls`, and must be told that it is so."""
    whole = reader.rows("Journeys")
    short = [{name: value for name, value in row.items() if value is not None} for row in whole]
    for prefer in ("omit-values=nulls", "odata.omit-values=nulls", 'return=minimal, omit-values="nulls"'):
        answer = reader.get("Journeys", Prefer=prefer)
        assert answer.headers["Preference-Applied"] == "omit-values=nulls"
        assert answer.json()["value"] == short
    both = reader.get("Journeys", Prefer="omit-values=nulls,odata.maxpagesize=2")
    assert both.headers["Preference-Applied"] == "odata.maxpagesize=2, omit-values=nulls"
    one = reader.get(f"Journeys('{whole[0]['journey_id']}')", Prefer="omit-values=nulls")
    assert one.headers["Preference-Applied"] == "omit-values=nulls"
    assert set(one.json()) == {"@odata.context", *short[0]}
    for prefer in ("omit-values=defaults", "xomit-values=nulls"):
        assert reader.get("Journeys", Prefer=prefer).json()["value"] == whole


def test_a_count_is_of_all_rows_that_match(reader: Reader) -> None:
    whole = reader.rows("Journeys")
    answer = reader.ask("Journeys", count="true", top=2, skip=3).json()
    assert (answer["@odata.count"], len(answer["value"])) == (len(whole), 2)
    planned = [row for row in whole if row["visit_at"]]
    assert 0 < len(planned) < len(whole)
    assert reader.ask("Journeys", count="true", filter="visit_at ne null").json()["@odata.count"] == len(planned)
    assert "@odata.count" not in reader.ask("Journeys", count="false").json()
    counted = reader.get("Journeys/$count")
    assert (counted.text, counted.headers["Content-Type"]) == (str(len(whole)), "text/plain;charset=utf-8")
    assert reader.get("Journeys/$count?$filter=visit_at%20ne%20null").text == str(len(planned))


def test_rows_come_in_the_asked_order(reader: Reader) -> None:
    """Null comes first, and last when the order is descending. What is equal keeps one order over all pages."""
    whole = reader.rows("Journeys")

    def by(column: str, *, descending: bool = False) -> list[str]:
        return [
            row[column]
            for row in sorted(whole, key=lambda row: (row[column] is not None, row[column] or ""), reverse=descending)
        ]

    for column in ("coach", "visit_at", "journey_id", "waits_for"):
        for word, descending in (("", False), (" asc", False), (" desc", True)):
            rows = reader.rows("Journeys", size=7, orderby=f"{column}{word}")
            assert [row[column] for row in rows] == by(column, descending=descending)
            assert Counter(row["journey_id"] for row in rows) == Counter(row["journey_id"] for row in whole)
    rows = reader.rows("Journeys", size=9, orderby="coach desc, visit_at,journey_id desc", skip=2, top=60)
    expected = sorted(whole, key=lambda row: row["journey_id"], reverse=True)
    expected.sort(key=lambda row: (row["visit_at"] is not None, row["visit_at"] or ""))
    expected.sort(key=lambda row: (row["coach"] is not None, row["coach"] or ""), reverse=True)
    assert rows == expected[2:62]


def test_changed_at_is_an_order_of_the_store(reader: Reader) -> None:
    rows = [row["changed_at"] for row in reader.rows("Milestones", size=11, orderby="changed_at")]
    assert rows == sorted(rows)
    assert len(rows) == len(reader.rows("Milestones"))


def test_select_shows_the_asked_columns(reader: Reader) -> None:
    answer = reader.ask("Journeys", select="step, journey_id,step", top=1).json()
    assert list(answer["value"][0]) == ["journey_id", "step"]
    assert answer["@odata.context"].endswith("$metadata#Journeys(journey_id,step)")
    assert len(reader.ask("Journeys", select="*,step", top=1).json()["value"][0]) > 20


def test_one_row_is_found_by_its_key(reader: Reader) -> None:
    row = reader.rows("Journeys", top=1, skip=17)[0]
    for path in (f"Journeys('{row['journey_id']}')", f"Journeys(journey_id='{row['journey_id']}')"):
        answer = reader.get(path).json()
        assert answer.pop("@odata.context") == f"{reader.root}/$metadata#Journeys/$entity"
        assert answer == row
    some = reader.get(f"Journeys('{row['journey_id']}')?$select=step").json()
    assert some == {"@odata.context": f"{reader.root}/$metadata#Journeys(step)/$entity", "step": row["step"]}
    assert reader.get("Campaigns(1)").json()["name"] == "Isolatie 2027"
    assert reader.refused("Campaigns(2)")[0] == 404
    assert reader.refused("Journeys('none')")[0] == 404
    assert reader.refused("Journeys(1)") == (400, "path")
    assert reader.refused("Campaigns('1')") == (400, "path")
    assert reader.refused("Campaigns(name='x')") == (400, "path")


def test_a_program_may_ask_for_less_metadata(reader: Reader) -> None:
    answer = reader.get("Journeys?$count=true", Accept="application/json;odata.metadata=none", Prefer="maxpagesize=2")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=none"
    assert set(answer.json()) == {"@odata.count", "value", "@odata.nextLink"}
    assert "@odata.context" not in reader.get("?$format=application/json;odata.metadata=none").json()


@pytest.mark.parametrize(
    ("path", "status", "target"),
    [
        ("Journeys?$top=-1", 400, "$top"),
        ("Journeys?$top=1.5", 400, "$top"),
        ("Journeys?$top=", 400, "$top"),
        ("Journeys?$top=9999999999999999999", 400, "$top"),
        ("Journeys?$skip=x", 400, "$skip"),
        ("Journeys?$count", 400, "$count"),
        ("Journeys?$count=TRUE", 400, "$count"),
        ("Journeys?$top=1&$top=2", 400, "$top"),
        ("Journeys?$Top=1", 400, "$Top"),
        ("Journeys?$nonsense=1", 400, "$nonsense"),
        ("Journeys?$filter%20=true", 400, "$filter "),
        ("Journeys?$select=", 400, "$select"),
        ("Journeys?$select=nothing", 400, "$select"),
        ("Journeys?$select=step/x", 501, "$select"),
        ("Journeys?$orderby=", 400, "$orderby"),
        ("Journeys?$orderby=nothing", 400, "$orderby"),
        ("Journeys?$orderby=step%20up", 400, "$orderby"),
        ("Journeys?$orderby=tolower(step)", 501, "$orderby"),
        ("Journeys?$expand=x", 501, "$expand"),
        ("Journeys?$search=x", 501, "$search"),
        ("Journeys?$apply=x", 501, "$apply"),
        ("Journeys?$compute=x", 501, "$compute"),
        ("Journeys?$filter=step%20eq%20@p&@p='x'", 501, "@p"),
        ("Journeys?$skiptoken=abc", 400, "$skiptoken"),
        ("Journeys?$skiptoken=%C3%A9%00", 400, "$skiptoken"),
        ("Journeys?$format=xml", 406, "$format"),
        ("$metadata?$format=json", 406, "$format"),
        ("$metadata?$top=1", 400, "$top"),
        ("?$filter=true", 400, "$filter"),
        ("Campaigns(1)?$filter=true", 400, "$filter"),
        ("Journeys/$count?$top=1", 400, "$top"),
        ("Nothing", 404, ""),
        ("Nothing(1)", 404, ""),
        ("journeys", 404, ""),
        ("Journeys/x", 501, "path"),
        ("Journeys('x')/step", 501, "path"),
        ("Journeys/$ref", 501, "path"),
        ("$batch", 501, "path"),
        ("$crossjoin(Journeys,Measures)", 501, "path"),
        ("Campaigns(1)/name/$value/x", 404, ""),
    ],
)
def test_what_cannot_be_answered_gets_an_error_with_its_place(
    reader: Reader, path: str, status: int, target: str
) -> None:
    assert reader.refused(path) == (status, target)


def test_a_program_that_takes_no_json_or_no_version_4_is_told(reader: Reader) -> None:
    assert reader.refused("Journeys", Accept="application/atom+xml") == (406, "Accept")
    assert reader.refused("Journeys", Accept="application/json;q=0") == (406, "Accept")
    assert reader.get("Journeys", Accept="application/xml, */*;q=0.1").status_code == 200
    for version in ("3.0", "1.0", "four"):
        assert reader.refused("Journeys", **{"OData-MaxVersion": version}) == (400, "OData-MaxVersion")
    for version in ("4.0", "4.01", "5.0"):
        assert reader.get("$metadata", **{"OData-MaxVersion": version}).status_code == 200


def test_metadata_is_xml_whatever_the_program_takes(reader: Reader) -> None:
    for accept in ("application/json", "text/plain", "*/*"):
        answer = reader.get("$metadata", Accept=accept)
        assert answer.headers["Content-Type"] == "application/xml"
        assert answer.headers.get_list("OData-Version") == ["4.0"]


def test_only_a_key_of_the_cooperation_opens_the_feed(feed: Machine) -> None:
    for path in (
        "/zonnig-dorp/odata/Journeys",
        "/nergens/odata",
        "/meer-energie/odata/",
        "/zonnig-dorp/odata/$metadata",
    ):
        right_elsewhere = [] if "zonnig" in path else [basic()]
        for given in ("", basic("wrong"), f"Bearer {KEY}", *right_elsewhere):
            answer = feed.get("serve-feed", path, headers={"Authorization": given} if given else {})
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == f'Basic realm="{path.split("/")[1]}", charset="UTF-8"'
            assert answer.headers.get_list("OData-Version") == ["4.0"]
            assert answer.json()["error"]["code"] == "Unauthorized"
    assert feed.get("serve-feed", "/zonnig-dorp/odata/", headers={"Authorization": basic(user="")}).status_code == 200
    nameless = feed.get("serve-feed", '/a"b/odata/')  # A quote would end the realm.
    assert nameless.headers["WWW-Authenticate"] == 'Basic realm="dossierlink", charset="UTF-8"'


def test_the_feed_is_read_only(reader: Reader, feed: Machine) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "MERGE"):
        answer = reader.send(method, f"{reader.root}/Journeys", json={})
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD"
        assert answer.json()["error"]["code"] == "MethodNotAllowed"
    head = reader.send("HEAD", f"{reader.root}/Journeys")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == MINIMAL


def test_a_mark_is_of_one_request_and_one_cooperation(reader: Reader) -> None:
    link = httpx.URL(reader.get("Journeys", Prefer="odata.maxpagesize=5").json()["@odata.nextLink"])
    token = dict(link.params)["$skiptoken"]
    assert reader.follow(link).status_code == 200
    for path in (
        f"Milestones?$skiptoken={token}",
        f"Journeys?$filter=true&$skiptoken={token}",
        f"Journeys?$orderby=step&$skiptoken={token}",
        f"Journeys?$skiptoken={token[:-6]}AAAAA=",
    ):
        assert reader.refused(path) == (400, "$skiptoken")


def test_a_mark_is_of_no_use_elsewhere() -> None:
    mark = Mark(Spot("zonnig-dorp:1005", None, "000000 1"), 5, 0, 10, ("a", None, 1.5))
    token = skip_token.written(mark, "salt", "about")
    assert skip_token.read(token, "salt", "about") == mark
    for other in (("pepper", "about"), ("salt", "else")):
        with pytest.raises(BadInput):
            skip_token.read(token, *other)


def test_nobody_reads_a_contact_in_a_mark(reader: Reader) -> None:
    link = httpx.URL(reader.get("Journeys", Prefer="odata.maxpagesize=5").json()["@odata.nextLink"])
    token = link.params["$skiptoken"]
    assert b"1005" not in urlsafe_b64decode(token) + token.encode()


def test_a_url_may_be_long(reader: Reader) -> None:
    ids = [row["journey_id"] for row in reader.rows("Journeys")]
    asked = "journey_id in (" + ",".join(f"'{it}'" for it in ids[:100]) + ")"
    assert [row["journey_id"] for row in reader.rows("Journeys", size=40, filter=asked)] == ids[:100]
    assert len(asked) > 2_048


def test_a_plus_is_a_space_but_not_before_an_offset(reader: Reader) -> None:
    """Programs write a space as `+`, or the plus of an offset as it is."""
    since = reader.changed_at(70)
    expected = reader.rows("Journeys", filter=f"changed_at ge {since} and cancelled eq false")
    assert len(expected) == 50
    for moment in (since, since.replace("+", "%2B"), since.replace(":", "%3A")):
        answer = reader.get(f"Journeys?$filter=changed_at+ge+{moment}+and+cancelled+eq+false")
        assert answer.json()["value"] == expected


def test_a_page_reads_a_bounded_number_of_documents(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that few rows match gives short and empty pages, and all rows in the end."""
    monkeypatch.setattr(pages, "MOST_READ", 10)  # 5,001 residents would take a minute to store.
    late = f"signed_up_at ge {BEGAN + timedelta(minutes=7 * 100):%Y-%m-%dT%H:%M:%SZ}"
    whole = reader.rows("Journeys", filter=late, orderby="journey_id")
    read = list(reader.pages("Journeys", filter=late))
    assert len(read) >= 12
    assert any(not page["value"] for page in read)
    found = [row for page in read for row in page["value"]]
    assert sorted(found, key=lambda row: row["journey_id"]) == whole
    assert len(whole) == 21
    assert reader.rows("Journeys", filter=late, skip=5, top=6) == found[5:11]


def test_what_needs_all_rows_at_once_has_a_limit(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 50)  # 25,001 residents would take minutes to store.
    assert reader.refused("Journeys?$orderby=step") == (501, "$orderby")
    assert reader.refused("Journeys?$count=true") == (501, "$count")
    assert reader.refused("Journeys/$count") == (501, "$count")
    assert reader.get("Journeys?$orderby=changed_at").status_code == 200
    until = reader.changed_at(49).replace("+", "%2B")
    assert reader.get(f"Journeys/$count?$filter=changed_at%20le%20{until}").text == "50"
    until = reader.changed_at(29).replace("+", "%2B")
    assert reader.get(f"Journeys/$count?$filter=changed_at%20le%20{until}").text == "30"
    assert reader.get(f"Journeys?$orderby=step&$filter=changed_at%20le%20{until}").status_code == 200


def test_what_is_too_much_is_refused_before_it_is_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    services = wiring.services()
    counted = CountedReads(services.store)
    monkeypatch.setattr(services, "store", counted)  # The same store, that counts what a reader makes it read.
    monkeypatch.setattr(pages, "MOST_AT_ONCE", 50)  # 25,001 residents would take minutes to store.
    for path in (
        "Journeys/$count",
        "Journeys?$orderby=step",
        "Journeys/$count?$filter=changed_at%20ge%202020-01-01T00:00:00Z",
    ):
        counted.read.clear()
        assert reader.get(path).status_code == 501
        assert counted.read["residents"] == 1


def test_too_deep_a_skip_in_another_order_is_refused(reader: Reader) -> None:
    assert reader.refused("Journeys?$orderby=step&$skip=10000") == (501, "$skip")


def test_a_wrong_key_is_one_alarm_and_a_missing_one_none(tmp_path: Path) -> None:
    """Power Query asks first without a key, to hear that it needs one."""
    with feeding(tmp_path) as link:
        assert link.get("serve-feed", "/zonnig-dorp/odata/").status_code == 401
        assert [line for line in logged if line["severity"] == "ERROR"] == []
        for number in range(3):
            link.get("serve-feed", "/zonnig-dorp/odata/", headers={"Authorization": basic(f"guess-{number}")})
        (alarm,) = [line for line in logged if line["severity"] == "ERROR"]
        assert (alarm["function"], alarm["cooperation"]) == ("serve_feed", "zonnig-dorp")
        assert "guess" not in str(logged)


def test_without_a_store_a_program_is_told_to_come_back(tmp_path: Path) -> None:
    with feeding(tmp_path, LINK_STORE="firestore://nobody-here?emulator=127.0.0.1:1") as link:
        reader = Reader(link)
        assert reader.get("$metadata").status_code == 200
        answer = reader.get("Journeys")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["error"]["code"] == "Unavailable"
        assert answer.headers.get_list("OData-Version") == ["4.0"]


def test_a_filter_as_deep_as_is_allowed_does_not_break(reader: Reader) -> None:
    assert len(reader.ask("Journeys", filter="not " * 98 + "cancelled").json()["value"]) == 0
    assert reader.ask("Journeys", filter="not " * 101 + "cancelled").status_code == 400


def test_nothing_of_a_request_stands_in_the_log(reader: Reader) -> None:
    logged.clear()
    reader.get("Journeys?$filter=step%20eq%20'Geheim'%20and")
    assert "Geheim" not in str(logged)
    assert reader.refused("Geheim")[0] == 404
    assert logged == []
    assert "Geheim" not in reader.get("Journeys?$filter=step%20eq%20'Geheim'%20and").text


def test_rows_that_change_while_they_are_read_come_once(in_store: dict[str, str], tmp_path: Path) -> None:
    """In the order of the keys: every resident who was there all the time, and nobody twice."""
    with feeding(tmp_path, residents=60, **in_store) as link:
        reader = Reader(link)
        before = {row["journey_id"] for row in reader.rows("Journeys")}
        assert len(before) == 60
        read: list[str] = []
        for count, page in enumerate(reader.pages("Journeys", 7)):
            read += [row["journey_id"] for row in page["value"]]
            store_resident(3 + count * 5, form=f"form-{count}")  # before and behind the reader
            store_resident(200 + count)
        assert Counter(read).most_common(1)[0][1] == 1
        assert before <= set(read)
        assert len(reader.rows("Journeys", size=13, orderby="step desc")) >= 60
