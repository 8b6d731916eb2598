"""The mailbox in a browser, and as JSON for tests. A local run mounts it under `/mail`.

GET  /messages   every message as JSON        POST /_faults   adds faults: a JSON list of `Fault`
POST /_reset     removes messages and faults
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import icalendar
from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from infra.standins.look import POLICY, new_app
from infra.standins.mailbox.box import Fault, Letter, Mailbox
from shared.mail.render import in_words

_faults = TypeAdapter(list[Fault])

PAGE_POLICY = f"{POLICY}; frame-src 'self'"
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:"
)


def create_mailbox_app(mailbox: Mailbox) -> Flask:
    """The WSGI app with the pages of this mailbox; works under any path."""
    app = new_app(__name__, PAGE_POLICY)

    @app.get("/")
    def show_letters() -> str:
        return render_template("letters.html", letters=mailbox.letters()[::-1])

    @app.get("/<int:id_>")
    def show_letter(id_: int) -> str:
        letter = _found(mailbox, id_)
        return render_template("letter.html", letter=letter, appointment=_appointment(letter))

    @app.get("/<int:id_>/html")
    def show_html(id_: int) -> Response:
        html = _found(mailbox, id_).part("text/html") or abort(404)
        # Links open in a new tab, because the sandboxed frame would break the page that they lead to.
        html = html.replace("<head>", '<head><base target="_blank">', 1)
        return Response(html, headers={"Content-Security-Policy": MAIL_POLICY})

    @app.get("/<int:id_>/afspraak.ics")
    def download_calendar(id_: int) -> Response:
        calendar = _found(mailbox, id_).part("text/calendar") or abort(404)
        return Response(calendar, mimetype="text/calendar", headers={"Content-Disposition": "attachment"})

    @app.get("/messages")
    def list_messages() -> Response:
        return jsonify([letter.as_json() for letter in mailbox.letters()])

    @app.post("/_reset")
    def reset() -> ResponseReturnValue:
        mailbox.reset()
        return redirect(url_for("show_letters"), 303) if request.form else jsonify([])

    @app.post("/_faults")
    def add_faults() -> Response:
        try:
            faults = _faults.validate_json(request.get_data())
        except ValidationError as error:
            return Response(error.json(include_url=False), 422, mimetype="application/json")
        mailbox.add_faults(faults)
        return jsonify(mailbox.faults())

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _found(mailbox: Mailbox, id_: int) -> Letter:
    return mailbox.letter(id_) or abort(404)


def _appointment(letter: Letter) -> dict[str, Any] | None:
    """The fields of the calendar file as an agenda shows them; None when the message has none."""
    text = letter.part("text/calendar")
    if not text:
        return None
    calendar = icalendar.Calendar.from_ical(text)
    event = calendar.events[0]
    return {
        "Wat": event.summary,
        "Begin": _moment(event.start),
        "Einde": _moment(event.end),
        "Waar": event.get("LOCATION"),
        "Soort": "afgezegd" if calendar["METHOD"] == "CANCEL" else "afspraak of wijziging",
        "Volgnummer": event.sequence,
        "Kenmerk": event.uid,
    }


def _moment(value: date) -> str:
    return in_words(value) if isinstance(value, datetime) else value.isoformat()
