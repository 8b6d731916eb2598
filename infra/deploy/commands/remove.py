"""`remove`: takes the installation away, except what people entrusted to it."""

from __future__ import annotations

import argparse

from infra.deploy import releases, start
from infra.deploy.project import Project
from infra.deploy.refused import Refused
from infra.deploy.roll_out import event_hosts_of
from infra.deploy.terraform import ApplyFailed
from infra.deploy.wanted import Wanted
from infra.printed import say, say_lines

HELP = """Take the link out of a project: functions, queue, schedules, accounts and alerts.

Documents, backups, files and secrets stay. It says how to delete those too. `make deploy` brings the rest back.
"""

# They stay under Terraform's care, so that a next deployment finds them.
KEPT = (
    "google_project_service.needed",
    "google_firestore_database.store",
    "google_firestore_field.expiry",
    "google_firestore_field.unsearched",
    "google_firestore_index.query",
    "google_firestore_backup_schedule.daily",
    "google_firebaserules_ruleset.closed",
    "google_firebaserules_release.closed",
    "google_storage_bucket.blobs",
    "google_storage_bucket.source",
    "google_storage_bucket_object.source",
    "google_secret_manager_secret.settings",
    "google_secret_manager_secret.secret",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    deployment = start.begin_in_deployed(options)
    project = deployment.project
    gone = [it for it in deployment.terraform.resources() if it.partition("[")[0] not in KEPT]
    if not gone:
        say("There is nothing to remove.")
        say_lines(_kept(project))
        return 0
    last = next(releases.newest_first(project), None)
    wanted = Wanted(last.source_object, last.settings_version, last.secrets) if last else Wanted("none", 1, {})
    deployment.terraform.plan(wanted.variables(project.id), gone, destroy=True)
    say(f"These go: {', '.join(sorted({it.partition('[')[0] for it in gone}))}")
    say("From then on nothing reaches the link: Econobis' requests, Hoomdossier's events and web forms fail.")
    if hosts := event_hosts_of(deployment):
        say(f"Have the DNS records of these deleted first, for somebody else may get their address: {', '.join(hosts)}")
    say_lines(_kept(project))
    if not deployment.questions.agree("Remove the link?", answer=project.id):
        raise Refused("Nothing was changed.")
    try:
        deployment.terraform.apply()
    except ApplyFailed:
        raise Refused("Not everything is gone; the reason stands above. Mend it and run this again.") from None
    say(f"The link is gone from {project.id}. To bring it back: make deploy PROJECT={project.id}")
    return 0


def _kept(project: Project) -> str:
    of = f"--project={project.id}"
    return f"""These stay: the documents in Firestore and their backups, the files, the code, and the secrets with their values.
Nobody forgets residents any more, because `sweep` does that. Delete what you do not need:
  documents  gcloud firestore databases update --database='(default)' --no-delete-protection {of}
             gcloud firestore databases delete --database='(default)' {of}
  backups    gcloud firestore backups list {of}
  files      gcloud storage rm gs://{project.blobs_bucket} --recursive
  code       gcloud storage rm gs://{project.source_bucket} --recursive
  secrets    gcloud secrets list {of}
             gcloud secrets delete NAME {of}
  or all     gcloud projects delete {project.id}"""
