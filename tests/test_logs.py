"""Each log line is JSON in the form of Cloud Logging, and holds no personal data and no key."""

from __future__ import annotations

import ast
import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.standins.server import serving
from shared.econobis.client import EconobisClient
from shared.errors import LinkError
from shared.log_output import Output
from shared.logs import ALLOWED, LONGEST_TEXT, about, begin_request, broken, current_traceparent, log, needs_a_person
from shared.traces import read_traceparent, trace_of_request

ROOT = Path(__file__).parents[1]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
OTHER = "0af7651916cd43dd8448eb211c80319c"
FIELD = "logging.googleapis.com/trace"
REPORT = {"@type", "serviceContext", "context"}  # what Error Reporting asks for


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def lines_without_report(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name not in REPORT} for line in lines(capsys)]


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.warning("not done", flow="submit_intake", cooperation="zonnig-dorp", error="Refused", count=2)
    assert lines(capsys) == [
        {
            "severity": "WARNING", "message": "not done", "flow": "submit_intake", "cooperation": "zonnig-dorp",
            "error": "Refused", "count": 2,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "critical"])
def test_the_severity_is_one_of_cloud_logging(capsys: pytest.CaptureFixture[str], method: str) -> None:
    getattr(log, method)("x")
    assert lines_without_report(capsys) == [{"severity": method.upper(), "message": "x"}]


def test_a_value_with_a_line_break_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.error("broken", stack_trace='a.py:1 f\nb.py:2 g\r\n{"severity": "INFO"}\u2028')
    (line,) = lines(capsys)
    assert line["severity"] == "ERROR"
    assert line["stack_trace"].startswith("a.py:1 f\nb.py:2 g")


def test_lines_of_many_threads_stay_whole(capsys: pytest.CaptureFixture[str]) -> None:
    def write(number: int) -> None:
        for _ in range(50):
            log.info("x" * 500, count=number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = lines(capsys)
    assert len(written) == 400
    assert all(line["message"] == "x" * 500 for line in written)


# -- the trace ---------------------------------------------------------------------------------------------------------


def request(traceparent: str | None = None, cloud_trace: str | None = None, project: str | None = "zonnig") -> None:
    begin_request("run_task", trace_of_request(traceparent, cloud_trace), project=project)


@pytest.mark.parametrize(
    ("headers", "span", "sampled"),
    [
        ({"traceparent": f"00-{TRACE}-{SPAN}-01"}, SPAN, True),
        ({"traceparent": f"00-{TRACE}-{SPAN}-00"}, SPAN, False),
        ({"traceparent": f"00-{TRACE}-{SPAN}-03"}, SPAN, True),
        ({"cloud_trace": f"{TRACE}/1234567890;o=1"}, "00000000499602d2", True),
        ({"cloud_trace": f"{TRACE}/123;o=0"}, "000000000000007b", False),
        ({"cloud_trace": f"{TRACE}/18446744073709551615"}, "f" * 16, False),
        ({"traceparent": f"00-{TRACE}-{SPAN}-01", "cloud_trace": f"{OTHER}/1;o=0"}, SPAN, True),
    ],
)
def test_lines_join_the_trace_of_the_request(
    capsys: pytest.CaptureFixture[str], headers: dict[str, str], span: str, sampled: bool
) -> None:
    request(**headers)
    log.info("done")
    (line,) = lines(capsys)
    assert line == {
        "severity": "INFO", "message": "done", "function": "run_task", FIELD: f"projects/zonnig/traces/{TRACE}",
        "logging.googleapis.com/spanId": span, "logging.googleapis.com/trace_sampled": sampled,
    }  # fmt: skip


HOSTILE = [
    "", "jan@example.org", "01-" + f"{TRACE}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE[:-1]}-{SPAN}-01", f"00-{TRACE}-{SPAN}-1",
    f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE}-{SPAN}-01\n", f" 00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01 ",
    f"00-{TRACE}-{SPAN}-01,00-{OTHER}-{SPAN}-01", f"00_{TRACE}_{SPAN}_01", f'00-{TRACE}-{SPAN}-01","severity":"x',
    f"00-{TRACE[:-1]}\u0661-{SPAN}-01", TRACE, f"{TRACE}/", "0" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("header", HOSTILE)
def test_a_header_that_holds_no_trace_is_ignored(capsys: pytest.CaptureFixture[str], header: str) -> None:
    request(f"00-{OTHER}-{SPAN}-01")  # The trace of an earlier request on the same thread.
    assert read_traceparent(header) is None
    request(header, header)
    log.info("done")
    (line,) = lines(capsys)
    assert re.fullmatch("projects/zonnig/traces/[0-9a-f]{32}", line[FIELD])
    assert TRACE not in line[FIELD]
    assert OTHER not in line[FIELD]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", current_traceparent())


@pytest.mark.parametrize(
    "header", [f"{'0' * 32}/1;o=1", f"{TRACE}/0", f"{TRACE}/18446744073709551616", f"{TRACE}/1;o=2", f"{TRACE}/x;o=1"]
)
def test_an_older_header_that_holds_no_trace_is_ignored(header: str) -> None:
    assert trace_of_request(None, header).trace_id != TRACE


def test_without_a_project_lines_get_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    request(f"00-{TRACE}-{SPAN}-01", project=None)
    log.info("done")
    assert lines(capsys) == [{"severity": "INFO", "message": "done", "function": "run_task"}]


def test_a_trace_is_not_written_in_the_lines_of_another_thread(capsys: pytest.CaptureFixture[str]) -> None:
    request(f"00-{TRACE}-{SPAN}-01")
    thread = threading.Thread(target=lambda: log.info("other"))
    thread.start()
    thread.join()
    assert lines(capsys) == [{"severity": "INFO", "message": "other"}]


def test_lines_about_stored_work_get_its_trace_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    request(f"00-{OTHER}-{SPAN}-00")
    with about(f"00-{TRACE}-{SPAN}-01", work="ab12", cooperation="zonnig-dorp"):
        log.info("within")
        assert current_traceparent() == f"00-{TRACE}-{SPAN}-01"
    log.info("after")
    within, after = lines(capsys)
    assert (within[FIELD][-32:], within["work"], within["cooperation"]) == (TRACE, "ab12", "zonnig-dorp")
    assert (after[FIELD][-32:], "work" in after) == (OTHER, False)


@pytest.mark.parametrize("stored", ["", "rubbish", f"00-{TRACE}-{'1' * 16}-01"])
def test_work_of_the_same_trace_or_without_one_keeps_the_span_of_the_request(stored: str) -> None:
    """Cloud Run gives each request a span of its own."""
    request(f"00-{TRACE}-{SPAN}-01")
    with about(stored):
        assert current_traceparent() == f"00-{TRACE}-{SPAN}-01"


# -- Error Reporting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["debug", "info", "warning"])
def test_what_needs_nobody_is_not_reported(capsys: pytest.CaptureFixture[str], method: str) -> None:
    getattr(log, method)("x")
    assert not REPORT & lines(capsys)[0].keys()


def test_what_needs_a_person_is_reported_with_a_place_to_group_it_by(capsys: pytest.CaptureFixture[str]) -> None:
    begin_request("run_task", trace_of_request(None, None), project="zonnig", revision="run-task-00012-abc")
    needs_a_person(flow="deliver_event", cooperation="zonnig-dorp", kind="report", error="Refused")
    (line,) = lines(capsys)
    assert line["message"] == "needs a person"
    assert line["@type"] == "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
    assert line["serviceContext"] == {"service": "run-task", "version": "run-task-00012-abc"}
    assert line["context"] == {"reportLocation": {"filePath": "deliver_event", "functionName": "Refused"}}


def test_a_mistake_in_our_code_is_reported_with_its_stack_in_the_form_of_python(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails() -> None:
        raise ValueError("jan@example.org")

    try:
        fails()
    except ValueError as error:
        broken(error, flow="run_task")
    (line,) = lines(capsys)
    first, *_, last = line["stack_trace"].splitlines()
    assert (first, last) == ("Traceback (most recent call last):", "ValueError")
    place = line["context"]["reportLocation"]
    assert (place["filePath"], place["functionName"]) == (__file__, "fails")
    assert f'  File "{__file__}", line {place["lineNumber"]}, in fails' in line["stack_trace"]
    assert line["serviceContext"] == {"service": "dossierlink"}
    assert "example" not in json.dumps(line)


def test_a_line_stays_short_enough_to_be_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    def deeper(left: int) -> None:
        if not left:
            raise RecursionError
        deeper(left - 1)

    request(f"00-{TRACE}-{SPAN}-01")
    try:
        deeper(500)
    except RecursionError as error:
        broken(error, flow="x" * 5000)
    out = capsys.readouterr().out
    assert len(out) < 4096
    assert "in deeper" in out
    assert len(json.loads(out)["flow"]) == LONGEST_TEXT


# -- the reader of the lines -------------------------------------------------------------------------------------------

PROGRAM = """
import sys, time
from shared.logs import log
began = time.monotonic()
for number in range(int(sys.argv[1])):
    log.info("x" * 900, count=number)
print(time.monotonic() - began, file=sys.stderr)
if sys.argv[2:]:
    sys.stdin.readline()
    log.info("again")
"""


def logging_process(count: int, *more: str, **pipes: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, str(count), *more]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdin=subprocess.PIPE, **pipes)


@pytest.mark.timed
def test_f29_a_reader_that_stands_still_costs_lines_and_no_time() -> None:
    with logging_process(1000, "more", stdout=subprocess.PIPE) as process:
        assert process.stderr
        assert process.stdout
        assert process.stdin
        assert float(process.stderr.readline()) < 2, "1000 lines while nobody reads"
        first = [json.loads(process.stdout.readline()) for _ in range(30)]
        process.stdin.write(b"\n")
        process.stdin.flush()
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait() == 0
    assert [line["count"] for line in first] == list(range(30))
    kept = [line for line in (*first, *rest) if line["message"].startswith("x")]
    *_, again, dropped = rest
    assert again["message"] == "again"
    assert (dropped["message"], dropped["severity"]) == ("log lines were dropped", "WARNING")
    assert dropped["count"] == 1000 - len(kept) > 0


def test_f29_a_reader_that_is_gone_breaks_nothing() -> None:
    ours, theirs = os.pipe()
    with logging_process(50, stdout=theirs) as process:
        os.close(theirs)
        os.close(ours)
        assert process.stderr
        assert float(process.stderr.readline()) < 2
        assert b"Traceback" not in process.stderr.read()


def test_f29_a_closed_stream_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    output = Output()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", closed)  # A process whose stdout was closed.
        assert output.write("x") == 0
    assert output.write("y") == 1


# -- nothing personal, no keys -----------------------------------------------------------------------------------------


@pytest.mark.timed
def test_a_long_text_takes_no_time() -> None:
    began = time.perf_counter()
    log.info("done", error="x" * 100_000)
    assert time.perf_counter() - began < 0.2


def test_only_allowed_fields_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log.info("done", email="jan@example.org", reason="Jan de Vries bestaat al", body={"naam": "Jan"}, url="https://x")
    assert lines(capsys) == [{"severity": "INFO", "message": "done"}]


@pytest.mark.parametrize(
    "value",
    [
        "https://zonnig.econobis.nl/api/webform/external/SLEUTEL",
        "Server error '500' for url 'https://zonnig.econobis.nl/api/SLEUTEL/hoomdossier/pdf'\nFor more: https://x/SLEUTEL",
        "jan.SLEUTEL@example.org",
        "no route to <https://me:SLEUTEL@host/>",
        ValueError("SLEUTEL"),
        {"SLEUTEL": "SLEUTEL"},
        ["SLEUTEL"],
        b"SLEUTEL",
    ],
)
def test_an_address_or_an_object_is_not_logged_in_an_allowed_field(
    capsys: pytest.CaptureFixture[str], value: Any
) -> None:
    log.error(value, error=value, status=value, stack_trace=value)
    assert "SLEUTEL" not in json.dumps(lines(capsys))


def test_the_url_in_an_error_of_httpx_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    request = httpx.Request("POST", "https://zonnig.econobis.nl/api/webform/external/SLEUTEL")
    with pytest.raises(httpx.HTTPStatusError) as failed:
        httpx.Response(500, request=request).raise_for_status()
    assert "SLEUTEL" in str(failed.value)
    log.error(f"call failed: {failed.value}", error=str(failed.value))
    (line,) = lines(capsys)
    assert "SLEUTEL" not in json.dumps(line)
    assert line["message"].startswith("call failed: Server error '500 Internal Server Error' for url '[address]'")


def test_a_key_in_the_url_of_a_call_is_not_logged(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("500 x", [("Content-Length", "0")])
        return []

    caplog.set_level(logging.DEBUG)
    with serving(refuse) as url, httpx.Client() as http:
        client = EconobisClient(http, url, "SLEUTEL-form", "SLEUTEL-event")
        for call in (lambda: client.submit_webform({}, 5), lambda: client.push("report", {}, 5)):
            with pytest.raises(LinkError):
                call()
    assert caplog.records
    assert "SLEUTEL" not in caplog.text
    assert "SLEUTEL" not in capsys.readouterr().out


def test_a_warning_of_a_library_is_logged_without_the_values_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("flask.app")
    try:
        raise ValueError("jan@example.org")
    except ValueError:
        library.exception("Exception on %s [%s]", "/zonnig-dorp/SLEUTEL/hoomdossier/pdf", "POST")
    library.warning("Connection to https://x.nl/SLEUTEL broke\nSLEUTEL")
    library.info("quiet")
    assert lines_without_report(capsys) == [
        {"severity": "ERROR", "message": "Exception on %s [%s]", "library": "flask.app", "error": "ValueError"},
        {"severity": "WARNING", "message": "Connection to [address] broke", "library": "flask.app", "error": None},
    ]


def test_a_warning_of_a_library_is_written_once_in_a_process_without_pytest() -> None:
    """Without a handler of ours Python would write the whole text, with its values, to stderr."""
    program = "import logging, shared.logs; logging.getLogger('google').warning('key %s', 'SLEUTEL')"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (json.loads(ran.stdout)["message"], ran.stderr) == ("key %s", "")


def test_every_event_that_is_logged_has_a_fixed_text_and_known_fields() -> None:
    """A field outside ALLOWED would be dropped silently. A text that is made of parts could hold personal data."""
    events = 0
    for file in [*ROOT.glob("functions/*.py"), *ROOT.glob("shared/**/*.py")]:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if not isinstance(call.func.value, ast.Name) or call.func.value.id != "log":
                continue
            events += 1
            assert isinstance(call.args[0], ast.Constant), f"{file}:{call.lineno}"
            assert {word.arg for word in call.keywords if word.arg} <= ALLOWED, f"{file}:{call.lineno}"
    assert events >= 5
