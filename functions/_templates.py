"""How every page of ours is made from a template: escaped, in the visitor's language, and nothing left undefined."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.staff.language import Language, translations


def new_environment(folder: Path, language: Language) -> Environment:
    """For the templates in `folder`. Make one per language, and keep it: a template changes with a deployment."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return environment
