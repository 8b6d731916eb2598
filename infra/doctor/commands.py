"""Every gcloud command that doctor runs, a function each. All of them only read."""

from __future__ import annotations

from collections.abc import Sequence

Command = tuple[str, ...]

LOOK_BACK = "1d"
"""How far back in the log we look for errors."""
MOST_LINES = 1000


def project(project_id: str) -> Command:
    """The first question: may this user look into the project at all?"""
    return ("projects", "describe", project_id)


def billing(project_id: str) -> Command:
    return ("billing", "projects", "describe", project_id)


def functions(project_id: str) -> Command:
    return ("functions", "list", "--v2", f"--project={project_id}")


def page(project_id: str, region: str, name: str) -> Command:
    """A page for staff: a service of Cloud Run, and no function."""
    return ("run", "services", "describe", name, f"--region={region}", f"--project={project_id}")


def page_visitors(project_id: str, region: str, name: str) -> Command:
    """Who comes past Google's sign-in in front of a page."""
    return (
        "beta", "iap", "web", "get-iam-policy", "--resource-type=cloud-run",
        f"--service={name}", f"--region={region}", f"--project={project_id}",
    )  # fmt: skip


def invokers(project_id: str, region: str, function: str) -> Command:
    """Who may call a function: Google keeps that at its Cloud Run service."""
    return ("run", "services", "get-iam-policy", function, f"--region={region}", f"--project={project_id}")


def secrets(project_id: str) -> Command:
    return ("secrets", "list", f"--project={project_id}")


def secret_versions(project_id: str, name: str) -> Command:
    return ("secrets", "versions", "list", name, f"--project={project_id}")


def secret_readers(project_id: str, name: str) -> Command:
    return ("secrets", "get-iam-policy", name, f"--project={project_id}")


def secret_value(project_id: str, name: str, version: str = "latest") -> Command:
    return ("secrets", "versions", "access", version, f"--secret={name}", f"--project={project_id}")


def queues(project_id: str, region: str) -> Command:
    return ("tasks", "queues", "list", f"--location={region}", f"--project={project_id}")


def queue_users(project_id: str, region: str, queue: str) -> Command:
    """Who may put tasks into the queue."""
    return ("tasks", "queues", "get-iam-policy", queue, f"--location={region}", f"--project={project_id}")


def account_users(project_id: str, account: str) -> Command:
    """Who may act as a service account."""
    return ("iam", "service-accounts", "get-iam-policy", account, f"--project={project_id}")


def bucket_users(project_id: str, bucket: str) -> Command:
    return ("storage", "buckets", "get-iam-policy", f"gs://{bucket}", f"--project={project_id}")


def schedules(project_id: str, region: str) -> Command:
    return ("scheduler", "jobs", "list", f"--location={region}", f"--project={project_id}")


def databases(project_id: str) -> Command:
    return ("firestore", "databases", "list", f"--project={project_id}")


def expiry_fields(project_id: str, database: str) -> Command:
    """The fields after which Firestore deletes a document (TTL)."""
    return ("firestore", "fields", "ttls", "list", f"--database={database}", f"--project={project_id}")


def indexes(project_id: str, database: str) -> Command:
    return ("firestore", "indexes", "composite", "list", f"--database={database}", f"--project={project_id}")


def backup_schedules(project_id: str, database: str) -> Command:
    return ("firestore", "backups", "schedules", "list", f"--database={database}", f"--project={project_id}")


def backups(project_id: str) -> Command:
    return ("firestore", "backups", "list", f"--project={project_id}")


def buckets(project_id: str) -> Command:
    return ("storage", "buckets", "list", "--raw", f"--project={project_id}")


def roles(project_id: str) -> Command:
    """Who has which role in the whole project."""
    return ("projects", "get-iam-policy", project_id)


def alerts(project_id: str) -> Command:
    return ("alpha", "monitoring", "policies", "list", f"--project={project_id}")


def channels(project_id: str) -> Command:
    """Where alerts are sent to."""
    return ("beta", "monitoring", "channels", "list", f"--project={project_id}")


def errors(project_id: str) -> Command:
    query = 'severity>=ERROR AND resource.type="cloud_run_revision"'
    return ("logging", "read", query, f"--freshness={LOOK_BACK}", f"--limit={MOST_LINES}", f"--project={project_id}")


def logged_addresses(project_id: str, functions: Sequence[str]) -> Command:
    """A request to one of the functions, if Google logged any: its address may hold a key."""
    names = " OR ".join(f'"{name}"' for name in functions)
    query = f'log_id("run.googleapis.com/requests") AND resource.labels.service_name=({names})'
    return ("logging", "read", query, f"--freshness={LOOK_BACK}", "--limit=1", f"--project={project_id}")


def log_bucket(project_id: str) -> Command:
    """Where Google keeps the log, and for how long."""
    return ("logging", "buckets", "describe", "_Default", "--location=global", f"--project={project_id}")


def calls_of_econobis(project_id: str) -> Command:
    """The log lines that show whether Econobis takes our keys, the newest first."""
    query = (
        'resource.type="cloud_run_revision" AND jsonPayload.flow=("submit_intake" OR "deliver_event") AND'
        ' (jsonPayload.message="done" OR jsonPayload.error="KeyUnknown")'
    )
    return ("logging", "read", query, "--freshness=14d", f"--limit={MOST_LINES}", f"--project={project_id}")
