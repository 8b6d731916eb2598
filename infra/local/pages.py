"""The pages of a local run: a first page with everything to see and try, and a web form as on a cooperation's site."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, abort, render_template, request

from shared.econobis.form_fields import LABELS


def create_pages(base: str, cooperations: Mapping[str, str]) -> Flask:
    """`base` is the URL of the local run. `cooperations` is name → country (NL or BE)."""
    app = Flask(__name__)

    @app.get("/")
    def show_first_page() -> str:
        return render_template("home.html", base=base, cooperations=cooperations)

    @app.get("/aanmelden/<cooperation>")
    def show_form(cooperation: str) -> str:
        if cooperation not in cooperations:
            abort(404)
        return render_template("form.html", cooperation=cooperation, country=cooperations[cooperation])

    @app.get("/bedankt")
    def show_thanks() -> str:
        return render_template("answer.html", thanks=True, fields=[])

    @app.get("/nog-niet-goed")
    def show_corrections() -> str:
        names = [name for name in request.args.get("velden", "").split(",") if name]
        fields = [LABELS.get(name, name.capitalize()) for name in names]
        return render_template("answer.html", thanks=False, fields=fields)

    return app
