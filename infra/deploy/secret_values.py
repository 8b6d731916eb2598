"""Makes the secrets that are missing, and asks once for each that has no value."""

from __future__ import annotations

import secrets

from infra import secret_manager
from infra.deploy.project import Project
from infra.deploy.questions import Questions
from infra.deploy.refused import Refused
from infra.deploy.settings_file import Settings
from infra.deploy.start import Deployment
from infra.deploy.terraform import ApplyFailed
from infra.deploy.wanted import Wanted
from infra.function_table import SMTP
from infra.printed import say
from shared.caller_key import is_hard_to_guess, is_signing_secret
from shared.mail.smtp import Smtp
from shared.secret import fits_in_header

_TRIES = 3


def fill_secrets(deployment: Deployment, settings: Settings, wanted: Wanted) -> None:
    """Makes the secrets of `wanted` that are not there yet, and asks for the value of each that has none.

    `settings` say what each is for. Raises Refused, also when a value stays empty or wrong.
    """
    project = deployment.project
    _make(deployment, wanted)
    for name in sorted(wanted.readers):
        if not secret_manager.versions(project.id, name):
            put(project, settings, name, deployment.questions)


def _make(deployment: Deployment, wanted: Wanted) -> None:
    """Makes empty secrets, and nothing else of what is planned."""
    project, terraform = deployment.project, deployment.terraform
    missing = sorted({secret_manager.SETTINGS, *wanted.secrets} - secret_manager.names(project.id))
    if not missing:
        return
    say(f"Making empty secrets: {', '.join(missing)}")
    try:
        if terraform.plan(wanted.variables(project.id), [address_of_secret(name) for name in missing]):
            terraform.apply()
    except ApplyFailed:
        raise Refused("Not all secrets could be made; the reason stands above. Mend it and run this again.") from None


def put(project: Project, settings: Settings, name: str, questions: Questions) -> int:
    """Asks for a value and puts it in as a new version, whose number it returns. Raises Refused.

    The secret of the staff pages is made here when Google's sign-in stands in front of them.
    """
    uses = settings.uses(name)
    if uses == {"staff"} and project.staff_sign_in == "iap":  # Nobody else has to know it.
        number = secret_manager.add(project.id, name, secrets.token_urlsafe(32))
        say(f"{name}: made, and kept as version {number}")
        return number
    for _ in range(1 if questions.from_env else _TRIES):
        value = questions.secret(name, settings.about(name)).strip()
        if problem := _problem(value, uses):
            say(f"{name}: {problem}")
        else:
            number = secret_manager.add(project.id, name, value)
            say(f"{name}: kept as version {number}")
            return number
    how = f"Set the environment variable {name}" if questions.from_env else "Have its value at hand"
    raise Refused(f"{name} has no value, and the functions do not start without it.\n{how}, and run this again.")


def address_of_secret(name: str) -> str:
    """The Terraform address of a secret."""
    kind = "settings" if name == secret_manager.SETTINGS else f'secret["{name}"]'
    return f"google_secret_manager_secret.{kind}"


def _problem(value: str, uses: set[str]) -> str:
    """Why the functions would refuse this value, by the rules of `shared/config.py`. Does not repeat the value."""
    if not value:
        return "it is empty"
    if not fits_in_header(value):
        return "it holds a space, a line break or a letter outside ASCII"
    if any(use.endswith("_signing") for use in uses) and not is_signing_secret(value):
        return "it is not a signing secret: whsec_ and 24 to 64 bytes in base64"
    if "staff" in uses and len(value) < 16:
        return "the secret of the client at the sign-in service has at least 16 characters"
    if uses & {"callers.econobis", "callers.hoomdossier"} and not is_hard_to_guess(value):
        return "a key that opens us has at least 16 characters, and no /. Make one: make key"
    if "smtp" in uses:
        try:
            Smtp.from_url(value, only_tls=True)
        except ValueError as error:
            return str(error).removeprefix(f"{SMTP}: ")
    return ""
