"""`--project`: makes this process work on a deployment in Google Cloud, with the login of the person who runs it.

It asks gcloud what the functions have: their LINK_... variables, the settings that they use, and of the secrets only
those in NEEDED. It changes nothing in Google Cloud. The values stay in this process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import secret_manager
from infra.gcloud import GcloudFailed, gcloud
from infra.printed import say
from infra.secret_manager import SETTINGS
from shared import wiring
from shared.config import WrongConfig, parse
from shared.private_files import write_private
from shared.secret import named_secrets

FUNCTION = "run-task"
"""The function whose variables and settings are taken. All functions have the same."""
NEEDED = frozenset({"webform_key"})
"""The settings whose secrets the commands use: keyed hashes are made with it. No command calls a peer or sends mail."""
READER = "roles/secretmanager.secretAccessor"
OF_A_LOCAL_RUN = ("LINK_", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "K_SERVICE")
"""Variables that begin like this would lead elsewhere, so those of the terminal do not count."""


class NoDeployment(Exception):
    """The deployment cannot be used from here. The text says why and, in its last lines, what to do."""


def use(project: str) -> None:
    """From now on `wiring` has the services of the deployment in this project. Prints on stderr which one that is.

    Raises NoDeployment, and WrongConfig when this version of the link cannot read its settings.
    """
    service = _service(project)
    _check_login_of_programs()
    version = secret_manager.settings_version(service)
    text = _secret(project, SETTINGS, version)
    with tempfile.TemporaryDirectory() as folder:  # The settings are read here once, and gone before the command runs.
        file = Path(folder) / "cooperations.yaml"
        write_private(file, text)
        try:
            variables = {**_variables(service), "LINK_CONFIG": str(file), **_secrets(project, text, str(file))}
            _enter(project, variables)
            cooperations = wiring.environment().cooperations
        except WrongConfig as wrong:
            raise WrongConfig(str(wrong).replace(str(file), f"{SETTINGS} version {version}")) from None
    say(f"Working on project {project}: {variables['LINK_STORE']}, settings version {version}", error=True)
    say(f"Its cooperations: {', '.join(cooperations)}", error=True)


def _service(project: str) -> Mapping[str, Any]:
    """The `serviceConfig` of FUNCTION."""
    try:
        gcloud("projects", "describe", project)
        listed = gcloud("functions", "list", "--v2", f"--project={project}") or []
    except GcloudFailed as failed:
        raise NoDeployment(_about_project(failed, project)) from None
    found = (it.get("serviceConfig", {}) for it in listed if it["name"].rpartition("/")[2] == FUNCTION)
    service: Mapping[str, Any] = next(found, {})
    if not (_variables(service).get("LINK_STORE") and secret_manager.settings_version(service)):
        raise NoDeployment(f"dossierlink is not deployed to {project}.\nDeploy it: make deploy PROJECT={project}")
    return service


def _variables(service: Mapping[str, Any]) -> dict[str, str]:
    variables = service.get("environmentVariables", {})
    return {name: value for name, value in variables.items() if name.startswith("LINK_")}


def _check_login_of_programs() -> None:
    """Firestore and Cloud Tasks are called with a login of their own, and not with that of gcloud."""
    try:
        gcloud("auth", "application-default", "print-access-token")
    except GcloudFailed:
        raise NoDeployment(
            "gcloud is logged in, but programs that call Google for you are not.\n"
            "Log in: gcloud auth application-default login"
        ) from None


def _secrets(project: str, settings: str, file_name: str) -> dict[str, str]:
    named = named_secrets(parse(settings, file_name, {}, needed=frozenset()))
    return {name: _secret(project, name, "latest") for name in {it.secret.name for it in named if it.setting in NEEDED}}


def _secret(project: str, name: str, version: str) -> str:
    try:
        return secret_manager.value(project, name, version)
    except GcloudFailed as failed:
        raise NoDeployment(_about_secret(failed, project, name)) from None


def _enter(project: str, variables: Mapping[str, str]) -> None:
    for name in [it for it in os.environ if it.startswith(OF_A_LOCAL_RUN)]:
        del os.environ[name]
    os.environ.update(variables)
    # Google counts the calls of a person's login for a project, and refuses some when it does not know which.
    os.environ["GOOGLE_CLOUD_QUOTA_PROJECT"] = project
    wiring.need_only(NEEDED)


# -- refusals ----------------------------------------------------------------------------------------------------------


def _about_project(failed: GcloudFailed, project: str) -> str:
    unseen = f"The project {project} does not exist, or you may not see it.\nSee your projects: gcloud projects list"
    reasons = {
        "not_installed": "gcloud is not installed.\nInstall it: https://cloud.google.com/sdk/docs/install",
        "not_logged_in": "You are not logged in.\nLog in: gcloud auth login",
        "no_project": unseen,
        "not_there": unseen,
        "api_off": f"Nothing is deployed to {project}.\nDeploy it: make deploy PROJECT={project}",
        "no_right": f"You may not see the functions of {project}.\n{_ask(project, 'roles/cloudfunctions.viewer')}",
    }
    if failed.arguments[0] == "projects" and failed.why == "no_right":
        return unseen
    return reasons.get(failed.why) or f"Google refused: {failed.first_line}"


def _about_secret(failed: GcloudFailed, project: str, name: str) -> str:
    if failed.why == "no_right":
        command = (
            f"gcloud secrets add-iam-policy-binding {name} --project={project} --member=user:YOUR-ADDRESS"
            f" --role={READER}"
        )
        return f"You may not read the secret {name}.\nAsk an owner of the project to give you {READER}:\n  {command}"
    if failed.why == "not_there" and name != SETTINGS:
        return f"The secret {name} has no value.\nGive it one: make secret PROJECT={project} NAME={name}"
    return f"The secret {name} cannot be read. Google says: {failed.first_line}"


def _ask(project: str, role: str) -> str:
    command = f"gcloud projects add-iam-policy-binding {project} --member=user:YOUR-ADDRESS --role={role}"
    return f"Ask an owner of the project to give you {role}:\n  {command}"
