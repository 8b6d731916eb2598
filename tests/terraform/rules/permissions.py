"""Who may do what. Every grant of a role has to be one of those listed here, and all of those have to be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.terraform.plan import Plan, Resource
from tests.terraform.workspace import PROJECT, SECRETS

BLOBS = {"create": "roles/storage.objectCreator", "use": "roles/storage.objectUser"}
# Everybody else is anybody, and the function checks the key.
CALLER = {
    "cloud_tasks": "dl-caller",
    "cloud_scheduler": "dl-caller",
    "staff": "service-123456789012@gcp-sa-iap.iam.gserviceaccount.com",  # Google's sign-in
}
# For each kind of grant the attribute that says on what.
ON = {
    "google_project_iam_member": "project",
    "google_cloud_run_v2_service_iam_member": "name",
    "google_cloud_tasks_queue_iam_member": "name",
    "google_service_account_iam_member": "service_account_id",
    "google_storage_bucket_iam_member": "bucket",
    "google_secret_manager_secret_iam_member": "secret_id",
    "google_artifact_registry_repository_iam_member": "repository",
    "google_iap_web_cloud_run_service_iam_member": "cloud_run_service_name",
}


class Grant(NamedTuple):
    """`who` is an account without its domain, or a member such as allUsers."""

    who: str
    role: str
    on: str


def allowed(plan: Plan) -> set[Grant]:
    """The grants that there have to be, from the table."""
    blobs, queue = f"{PROJECT}-dossierlink-blobs", "default"
    caller = f"projects/{PROJECT}/serviceAccounts/dl-caller@{PROJECT}.iam.gserviceaccount.com"
    grants = {
        Grant("dl-builder", "roles/logging.logWriter", PROJECT),
        Grant("dl-builder", "roles/storage.objectViewer", PROJECT),
        Grant("dl-builder", "roles/artifactregistry.writer", "dossierlink"),
    }
    for name, row in plan.table.items():
        who = f"dl-{name}"
        grants.add(Grant(CALLER.get(row["called_by"], "allUsers"), "roles/run.invoker", name))
        grants.add(Grant(who, "roles/datastore.user", PROJECT))
        grants.add(Grant(who, "roles/secretmanager.secretAccessor", "dossierlink-settings"))
        if row["makes_tasks"]:
            grants |= {
                Grant(who, "roles/cloudtasks.enqueuer", queue),
                Grant(who, "roles/iam.serviceAccountUser", caller),
            }
        if row["blobs"] != "none":
            grants.add(Grant(who, BLOBS[row["blobs"]], blobs))
    for secret, readers in SECRETS.items():
        grants |= {Grant(f"dl-{reader}", "roles/secretmanager.secretAccessor", secret) for reader in readers}
    return grants


def _grants(plan: Plan) -> Iterator[tuple[Resource, Grant]]:
    domain = f"@{PROJECT}.iam.gserviceaccount.com"
    for it in plan.resources:
        if it.type in ON:
            who = it["member"].removeprefix("serviceAccount:").removesuffix(domain)
            yield it, Grant(who, it["role"], it[ON[it.type]])


def every_grant_is_on_the_list(plan: Plan) -> Iterator[str]:
    given = {grant for _, grant in _grants(plan)}
    for grant in sorted(given - allowed(plan)):
        yield f"{grant.who} may not have {grant.role} on {grant.on}"
    for grant in sorted(allowed(plan) - given):
        yield f"{grant.who} needs {grant.role} on {grant.on}"
    for it in plan.resources:
        if "_iam_" in it.type and it.type not in ON:
            yield f"{it.address} could take away what others were given"


def a_role_on_the_project_is_narrowed(plan: Plan) -> Iterator[str]:
    for it, grant in _grants(plan):
        condition = it.block("condition").get("expression", "")
        if (
            grant.role == "roles/datastore.user"
            and condition != f'resource.name == "projects/{PROJECT}/databases/(default)"'
        ):
            yield f"{it.address}: not narrowed to the database"
        if grant.role == "roles/storage.objectViewer" and ("sources-" not in condition or "blobs" in condition):
            yield f"{it.address}: not narrowed to the source code"


def each_function_runs_as_its_own_account(plan: Plan) -> Iterator[str]:
    domain = f"@{PROJECT}.iam.gserviceaccount.com"
    for name, it, config in plan.functions:
        if config["service_account_email"] != f"dl-{name}{domain}":
            yield f"{name} runs as {config['service_account_email']}"
        if not it.block("build_config")["service_account"].endswith(f"/dl-builder{domain}"):
            yield f"{name} is not built by dl-builder"
    for name, it, template, _ in plan.pages:
        if template["service_account"] != f"dl-{name}{domain}":
            yield f"{name} runs as {template['service_account']}"
        if not it.block("build_config")["service_account"].endswith(f"/dl-builder{domain}"):
            yield f"{name} is not built by dl-builder"


def a_secret_goes_only_to_who_needs_it(plan: Plan) -> Iterator[str]:
    for name, _, config in plan.functions:
        given = {it["key"]: (it["secret"], it["version"]) for it in config["secret_environment_variables"]}
        wanted = {secret: (secret, "latest") for secret, readers in SECRETS.items() if name in readers}
        if given != wanted:
            yield f"{name} gets the secrets {sorted(given)} instead of {sorted(wanted)}"
        settings = [(it["secret"], it["versions"][0]["version"]) for it in config["secret_volumes"]]
        if settings != [("dossierlink-settings", "3")]:
            yield f"{name} reads the settings {settings}"
    for name, it, template, _ in plan.pages:
        given = _secrets_of_a_page(it)
        wanted = {secret: (secret, "latest") for secret, readers in SECRETS.items() if name in readers}
        if given != wanted:
            yield f"{name} gets the secrets {sorted(given)} instead of {sorted(wanted)}"
        (volume,) = [volume["secret"][0] for volume in template["volumes"]]
        if (volume["secret"], volume["items"][0]["version"]) != ("dossierlink-settings", "3"):
            yield f"{name} reads the settings {volume}"


def _secrets_of_a_page(page: Resource) -> dict[str, tuple[str, str]]:
    given = {}
    for it in page.block("template", "containers").get("env") or []:
        for source in it.get("value_source") or []:
            (reference,) = source["secret_key_ref"]
            given[it["name"]] = (reference["secret"], reference["version"])
    return given


def terraform_holds_no_secret(plan: Plan) -> Iterator[str]:
    """A version of a secret, as a resource or as something that is read, puts its value into Terraform's state."""
    if "google_secret_manager_secret_version" in plan.text:
        yield "the value of a secret stands in Terraform's state"
    for name, _, config in plan.functions:
        if plain := set(config["environment_variables"]) & SECRETS.keys():
            yield f"{name} has secrets as plain variables: {sorted(plain)}"


RULES = (
    every_grant_is_on_the_list,
    a_role_on_the_project_is_narrowed,
    each_function_runs_as_its_own_account,
    a_secret_goes_only_to_who_needs_it,
    terraform_holds_no_secret,
)
