"""Each log line is JSON in the form of Cloud Logging, and holds no personal data and no key."""

from __future__ import annotations

import ast
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.standins.server import serving
from shared.econobis.client import EconobisClient
from shared.errors import LinkError
from shared.logs import ALLOWED, log, trace

ROOT = Path(__file__).parents[1]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FIELD = "logging.googleapis.com/trace"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


@pytest.fixture(autouse=True)
def no_trace() -> None:
    trace(None, None)


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
    assert lines(capsys) == [{"severity": method.upper(), "message": "x"}]


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


@pytest.mark.parametrize(
    "header", [f"00-{TRACE}-00f067aa0ba902b7-01", f"{TRACE}/1234567890;o=1", f"{TRACE}/123", f"{TRACE};o=0", TRACE]
)
def test_lines_join_the_trace_of_the_request(capsys: pytest.CaptureFixture[str], header: str) -> None:
    trace(header, "zonnig")
    log.info("done")
    assert lines(capsys)[0][FIELD] == f"projects/zonnig/traces/{TRACE}"


@pytest.mark.parametrize(
    ("header", "project"),
    [
        (None, "zonnig"),
        ("", "zonnig"),
        ("jan@example.org", "zonnig"),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", "zonnig"),
        (f"{TRACE[:-1]}/1", "zonnig"),
        (f"{TRACE}jan", "zonnig"),
        (f"{TRACE}\nx", "zonnig"),
        (TRACE, None),
    ],
)
def test_a_header_that_holds_no_trace_is_ignored(
    capsys: pytest.CaptureFixture[str], header: str | None, project: str | None
) -> None:
    trace(TRACE, "zonnig")  # The trace of an earlier request on the same thread.
    trace(header, project)
    log.info("done")
    assert lines(capsys) == [{"severity": "INFO", "message": "done"}]


def test_a_trace_is_not_written_in_the_lines_of_another_thread(capsys: pytest.CaptureFixture[str]) -> None:
    trace(TRACE, "zonnig")
    thread = threading.Thread(target=lambda: log.info("other"))
    thread.start()
    thread.join()
    assert FIELD not in lines(capsys)[0]


# -- nothing personal, no keys -----------------------------------------------------------------------------------------


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
    assert lines(capsys) == [
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
