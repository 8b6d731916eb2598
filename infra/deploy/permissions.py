"""Asks Google which rights this person lacks. gcloud has no command for it, so this is a call to Google's API."""

from __future__ import annotations

import os

import httpx

from infra.deploy.project import Project
from infra.deploy.refused import Refused
from infra.gcloud import gcloud
from infra.printed import say

# gcloud's own way to name another address for an API (`gcloud topic configurations`).
_AT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER"
_GOOGLE = "https://cloudresourcemanager.googleapis.com/"

# The role that a deployment needs, and a permission in it that shows whether somebody has it.
ROLES = {
    "roles/artifactregistry.admin": "artifactregistry.repositories.create",
    "roles/cloudfunctions.admin": "cloudfunctions.functions.create",
    "roles/cloudscheduler.admin": "cloudscheduler.jobs.create",
    "roles/cloudtasks.admin": "cloudtasks.queues.create",
    "roles/datastore.owner": "datastore.databases.create",
    "roles/firebaserules.admin": "firebaserules.releases.create",
    "roles/iap.admin": "iap.web.setIamPolicy",
    "roles/iam.serviceAccountAdmin": "iam.serviceAccounts.create",
    "roles/iam.serviceAccountUser": "iam.serviceAccounts.actAs",
    "roles/logging.configWriter": "logging.exclusions.create",
    "roles/monitoring.editor": "monitoring.alertPolicies.create",
    "roles/resourcemanager.projectIamAdmin": "resourcemanager.projects.setIamPolicy",
    "roles/run.admin": "run.services.setIamPolicy",
    "roles/secretmanager.admin": "secretmanager.versions.add",
    "roles/serviceusage.serviceUsageAdmin": "serviceusage.services.enable",
    "roles/storage.admin": "storage.buckets.create",
}

FOR_EVENT_HOSTS = {"roles/compute.loadBalancerAdmin": "compute.globalForwardingRules.create"}
"""Also needed when there are names at which events come in."""


def check_permissions(project: Project) -> None:
    """Raises Refused with the roles that are missing. When Google cannot be asked, says so and goes on."""
    roles = ROLES | (FOR_EVENT_HOSTS if project.event_hosts else {})
    token = gcloud("auth", "print-access-token")["token"]
    try:
        answer = httpx.post(
            f"{os.environ.get(_AT, _GOOGLE)}v1/projects/{project.id}:testIamPermissions",
            headers={"Authorization": f"Bearer {token}"},
            json={"permissions": sorted(roles.values())},
            timeout=30,
        )
        allowed = answer.raise_for_status().json().get("permissions", [])
    except (httpx.HTTPError, ValueError) as error:
        say(f"Not checked: do you have the rights to deploy? ({type(error).__name__})")
        return
    if missing := [role for role, permission in roles.items() if permission not in allowed]:
        commands = [
            f"  gcloud projects add-iam-policy-binding {project.id} --member=user:YOUR-ADDRESS --role={role}"
            for role in missing
        ]
        raise Refused(
            "\n".join([f"You lack rights in {project.id}. Ask an owner of the project to give them to you:", *commands])
        )
