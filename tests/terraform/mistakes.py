"""Mistakes that the gate has to find: each is an edit of the files, with the words in which it has to be found.

Those in WRONG are made together in one copy and found in one plan, those in CHOSEN in one `terraform test`.
`python -m tests.terraform mistakes` makes every mistake alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tests.terraform.workspace import Workspace

TF = "infra/terraform"


class Mistake(NamedTuple):
    """In the file `path` the text `right` becomes `wrong`. `found` is part of what is said about it."""

    name: str
    path: str
    right: str
    wrong: str
    found: str


def make(mistakes: Iterable[Mistake], workspace: Workspace) -> None:
    """Makes the mistakes in the files of a workspace."""
    for it in mistakes:
        file = workspace.folder / it.path
        text = file.read_text(encoding="utf-8")
        assert it.right in text, f"{it.name}: {it.path} has no {it.right!r} any more"
        file.write_text(text.replace(it.right, it.wrong, 1), encoding="utf-8")


# `terraform validate` finds these.
INVALID = (
    Mistake(
        "a typo in an attribute",
        f"{TF}/functions.tf", "available_memory                 =", "availible_memory =",
        'An argument named "availible_memory" is not expected here',
    ),
    Mistake(
        "a block that does not exist",
        f"{TF}/queue.tf", "retry_config {", "retries {",
        'Blocks of type "retries" are not expected here',
    ),
    Mistake(
        "a forgotten argument",
        f"{TF}/store.tf", "location_id                       = var.region\n", "",
        'The argument "location_id" is required',
    ),
    Mistake(
        "text for a number",
        f"{TF}/logs.tf", "local.kept.logs.days", '"a month"',
        'Inappropriate value for attribute "retention_days"',
    ),
    Mistake(
        "a word that the provider does not know",
        f"{TF}/alerts.tf", 'combiner     = "OR"', 'combiner = "ANY"',
        "expected combiner to be one of",
    ),
    Mistake(
        "a resource that does not exist",
        f"{TF}/outputs.tf", "value       = local.caller", "value = google_service_account.callers.email",
        'A managed resource "google_service_account" "callers" has not been declared',
    ),
    Mistake(
        "an attribute that Google decides",
        f"{TF}/accounts.tf", 'account_id   = "dl-builder"', 'account_id = "dl-builder"\n  unique_id = "1"',
        "unique_id is decided by the provider",
    ),
    Mistake(
        "a block that stands there twice",
        f"{TF}/schedules.tf", "retry_config {", "retry_config {\n  }\n  retry_config {",
        "Too many retry_config blocks",
    ),
)  # fmt: skip

# The rules find these in the plan.
WRONG = (
    Mistake(
        "an old Python",
        f"{TF}/functions.tf", '"python312"', '"python310"',
        "run-task: python310, and the code needs 3.11",
    ),
    Mistake(
        "an entry point that main.py does not have",
        f"{TF}/functions.tf", 'replace(each.key, "-", "_")\n    service_account', "each.key\n    service_account",
        "run-task: wrong entry point",
    ),
    Mistake(
        "files in a bucket that is not ours",
        f"{TF}/functions.tf", '"gs://${google_storage_bucket.blobs.name}/', '"gs://blobs/',
        "LINK_BLOBS is gs://blobs/dossierlink instead of gs://test-project-dossierlink-blobs/dossierlink",
    ),
    Mistake(
        "anybody may call run-task",
        f"{TF}/accounts.tf", 'member   = "serviceAccount:${local.caller}"', 'member = "allUsers"',
        "allUsers may not have roles/run.invoker on run-task",
    ),
    Mistake(
        "an internal function is reachable from outside",
        f"{TF}/functions.tf", '"ALLOW_INTERNAL_ONLY"', '"ALLOW_ALL"',
        "run-task: ingress ALLOW_ALL instead of ALLOW_INTERNAL_ONLY",
    ),
    Mistake(
        "fewer threads than requests at once",
        f"{TF}/functions.tf", "tostring(local.concurrency)", '"8"',
        "run-task: THREADS 8, concurrency 64",
    ),
    Mistake(
        "less than one CPU",
        f"{TF}/functions.tf", 'available_cpu                    = "1"', 'available_cpu = "0.5833"',
        "needs a whole CPU",
    ),
    Mistake(
        "the role Editor",
        f"{TF}/accounts.tf", '"roles/logging.logWriter"', '"roles/editor"',
        "dl-builder may not have roles/editor",
    ),
    Mistake(
        "a role on every database",
        f"{TF}/accounts.tf", '"resource.name == \\"projects/${var.project}/databases/', '"resource.name != \\"projects/${var.project}/databases/',
        "not narrowed to the database",
    ),
    Mistake(
        "all functions share an account",
        f"{TF}/functions.tf", "service_account_email            = local.account[each.key]", "service_account_email = local.caller",
        "sweep runs as dl-caller",
    ),
    Mistake(
        "a collection without a TTL",
        f"{TF}/store.tf", "ttl      = { for name, field in local.fields : name => field if ", 'ttl      = { for name, field in local.fields : name => field if field.collectionGroup != "mails" && ',
        "mails: no TTL, so Firestore keeps it for ever",
    ),
    Mistake(
        "an index of each count",
        f"{TF}/store.tf", "for_each        = { for name, field in local.fields : name => field if ", 'for_each        = { for name, field in local.fields : name => field if field.fieldPath != "counts" && ',
        "tallies: each count is indexed",
    ),
    Mistake(
        "an index that nothing uses",
        "infra/firestore.indexes.json", '"indexes": [\n',
        '"indexes": [\n{"collectionGroup": "links", "queryScope": "COLLECTION", "fields": [{"fieldPath": "a", "order": "ASCENDING"}]},\n',
        "nothing uses index {'collectionGroup': 'links'",
    ),
    Mistake(
        "a wrong unit of memory",
        "infra/functions.yaml", "memory: 1Gi", "memory: 1G",
        "run-task: memory 1G",
    ),
    Mistake(
        "a function that runs longer than its task",
        "infra/functions.yaml", "called_by: cloud_tasks\n  credential: google_token\n  body_kib: 64\n  timeout_seconds: 240",
        "called_by: cloud_tasks\n  credential: google_token\n  body_kib: 64\n  timeout_seconds: 700",
        "run-task: Cloud Tasks repeats a task after 600 seconds",
    ),
    Mistake(
        "a forgotten variable",
        f"{TF}/functions.tf", '    LINK_PROXIES = "1"\n', "",
        "not set: LINK_PROXIES",
    ),
    Mistake(
        "a variable that nothing reads",
        f"{TF}/functions.tf", "    THREADS  ", '    WORKER_CLASS = "gthread"\n    THREADS  ',
        "nothing reads WORKER_CLASS",
    ),
    Mistake(
        "a password as a plain variable",
        f"{TF}/functions.tf", "    THREADS  ", '    LINK_SMTP = "smtp://anna:geheim@mail.example.org"\n    THREADS  ',
        "has secrets as plain variables: ['LINK_SMTP']",
    ),
    Mistake(
        "a secret for a function that does not need it",
        f"{TF}/functions.tf", "if contains(readers, name)]", 'if contains(readers, name) || name == "link-coach"]',
        "link-coach gets the secrets",
    ),
    Mistake(
        "the newest settings, also wrong ones",
        f"{TF}/functions.tf", "        version = tostring(var.settings_version)\n      }\n    }\n  }\n\n  # A revision", '        version = "latest"\n      }\n    }\n  }\n\n  # A revision',
        "reads the settings [('dossierlink-settings', 'latest')]",
    ),
    Mistake(
        "a token for another address",
        f"{TF}/schedules.tf", "audience              = local.address[each.key]", 'audience = "https://sweep.example.org"',
        "sweep: audience https://sweep.example.org instead of",
    ),
    Mistake(
        "a schedule in another time zone",
        f"{TF}/schedules.tf", "Europe/Amsterdam", "Etc/UTC",
        "sweep: schedule */5 * * * * Etc/UTC",
    ),
    Mistake(
        "a deadline within the time-out",
        f"{TF}/schedules.tf", "timeout_seconds + 30", "timeout_seconds - 30",
        "is not longer than the function's time-out",
    ),
    Mistake(
        "a method that Google does not know",
        f"{TF}/schedules.tf", 'http_method = "POST"', 'http_method = "PUSH"',
        "http_target.http_method is PUSH, and none of",
    ),
    Mistake(
        "another rate than in a local run",
        f"{TF}/queue.tf", "max_dispatches_per_second = 100", "max_dispatches_per_second = 500",
        "max_dispatches_per_second 500, in a local run 100",
    ),
    Mistake(
        "minutes for a duration",
        f"{TF}/queue.tf", 'max_backoff  = "60s"', 'max_backoff = "1m"',
        "retry_config.max_backoff is 1m, and no duration such as 30s",
    ),
    Mistake(
        "a queue outside Europe",
        f"{TF}/variables.tf", 'default     = "europe-west1"', 'default = "us-central1"',
        "google_cloud_tasks_queue.default is in us-central1",
    ),
    Mistake(
        "a secret that is copied to another country",
        f"{TF}/secrets.tf", "location = var.region", "location = var.queue_region",
        "google_secret_manager_secret.settings is copied outside europe-west4",
    ),
    Mistake(
        "a bucket that can be made public",
        f"{TF}/files.tf", 'public_access_prevention    = "enforced"', 'public_access_prevention = "inherited"',
        "test-project-dossierlink-blobs could be made public",
    ),
    Mistake(
        "files that are kept for ever",
        f"{TF}/files.tf", 'type = "Delete"', 'type = "SetStorageClass"',
        "files are deleted by [('SetStorageClass'",
    ),
    Mistake(
        "a database that can be deleted by accident",
        f"{TF}/store.tf", "DELETE_PROTECTION_ENABLED", "DELETE_PROTECTION_DISABLED",
        "delete_protection_state is DELETE_PROTECTION_DISABLED",
    ),
    Mistake(
        "versions that are deleted by the next one",
        f"{TF}/files.tf", '  # The next version leaves this one in the bucket.\n  deletion_policy = "ABANDON"\n', "",
        "google_storage_bucket_object.source[0] would be deleted with the installation",
    ),
    Mistake(
        "a removal that does not exist",
        f"{TF}/store.tf", 'deletion_policy = "ABANDON"\n  depends_on', 'deletion_policy = "KEEP"\n  depends_on',
        "google_firestore_database.store: deletion_policy is KEEP",
    ),
    Mistake(
        "backups that outlive what was erased",
        f"{TF}/store.tf", "local.kept.backups.days * 24", "local.kept.backups.days * 240",
        "backups are kept 70 days",
    ),
    Mistake(
        "documents that a browser can read",
        f"{TF}/store.tf", "allow read, write: if false;", "allow read, write: if request.auth != null;",
        "the rules of Firestore let somebody in",
    ),
    Mistake(
        "an alert on a line that nobody logs",
        f"{TF}/alerts.tf", '=\\"oldest undelivered\\"', '=\\"oldest work\\"',
        "no line of the code is 'oldest work'",
    ),
    Mistake(
        "an alert on a field that the log drops",
        f"{TF}/alerts.tf", "jsonPayload.seconds>", "jsonPayload.age>",
        "no line of the log has age",
    ),
    Mistake(
        "an alert on a count that does not exist",
        f"{TF}/alerts.tf", "user_${google_logging_metric.swept.name}", "user_dossierlink_sweeps",
        "nothing counts dossierlink_sweeps",
    ),
    Mistake(
        "an alert that comes after a day",
        f"{TF}/alerts.tf", 'duration                  = "600s"', 'duration = "86400s"',
        "no alert when sweep is silent for 900 seconds",
    ),
    Mistake(
        "an alert that mails nobody",
        f"{TF}/alerts.tf", "notification_channels = [google_monitoring_notification_channel.mail.id]", "notification_channels = []",
        'google_monitoring_alert_policy.log["dead letter"] mails nobody',
    ),
    Mistake(
        "a key in the log of requests",
        f"{TF}/logs.tf", 'row.credential == "path_key" ||', "",
        "receive-event: the log keeps the addresses of requests",
    ),
    Mistake(
        "names in the log of requests",
        f"{TF}/logs.tf", '["anybody", "staff", "program"]', '["anybody", "program"]',
        "show-staff: the log keeps the addresses of requests",
    ),
    Mistake(
        "a key in the log of the load balancer",
        f"{TF}/event_hosts.tf", "enable = false", "enable = true",
        "the load balancer logs addresses",
    ),
    Mistake(
        "events that lose their cooperation",
        f"{TF}/event_hosts.tf", 'path_prefix_rewrite = "/${path_matcher.value}/"', 'path_prefix_rewrite = "/"',
        "/api/a-key/hoomdossier/afspraak comes to us as /a-key/hoomdossier/afspraak",
    ),
    Mistake(
        "a trial at Google of another path",
        f"{TF}/event_hosts.tf", "https://${test.key}/${test.value}/key", "https://${test.key}/api/key",
        "and expects https://meer-link.econobis.nl/api/key/hoomdossier/afspraak",
    ),
    Mistake(
        "a load balancer in front of the pages for staff",
        f"{TF}/event_hosts.tf", 'google_cloudfunctions2_function.function["receive-event"].name', 'google_cloud_run_v2_service.page["show-staff"].name',
        "the load balancer leads to show-staff",
    ),
    Mistake(
        "an old TLS",
        f"{TF}/event_hosts.tf", '"TLS_1_2"', '"TLS_1_0"',
        "TLS: TLS_1_0 MODERN",
    ),
    Mistake(
        "a page with the account of a function",
        f"{TF}/functions.tf", "service_account                  = local.account[each.key]", 'service_account = local.account["run-task"]',
        "show-staff runs as dl-run-task",
    ),
    Mistake(
        "a page without its variables",
        f"{TF}/functions.tf", "merge(local.environment, local.page_environment[each.key])", "local.environment",
        "show-staff: LINK_STAFF is None",
    ),
    Mistake(
        "a page with the secrets of all",
        f"{TF}/functions.tf", "for_each = toset(local.secrets_of[each.key])", "for_each = toset(keys(var.secrets))",
        "show-staff gets the secrets",
    ),
)  # fmt: skip

# `terraform test` finds these, in what the variables choose.
CHOSEN = (
    Mistake(
        "a page without sign-in",
        f"{TF}/functions.tf", "iap_enabled         = local.iap", "iap_enabled = false",
        "Google's sign-in is on",
    ),
    Mistake(
        "a page that anybody may call",
        f"{TF}/accounts.tf", 'member   = local.iap ? "serviceAccount:${local.sign_in}" : "allUsers"', 'member = "allUsers"',
        "only Google's sign-in calls the page",
    ),
    Mistake(
        "a page for everybody with a Google account",
        f"{TF}/accounts.tf", "member                 = each.value.member", 'member = "allAuthenticatedUsers"',
        "only staff may sign in",
    ),
    Mistake(
        "a page that takes the header of another sign-in",
        f"{TF}/functions.tf", "/services/${name}", "/services/other",
        "the page checks the header of this very sign-in",
    ),
    Mistake(
        "Google's sign-in beside that of Microsoft",
        f"{TF}/apis.tf", "|| !local.iap", "",
        "nothing of Google's sign-in is made",
    ),
    Mistake(
        "a sign-in that lets everybody in",
        f"{TF}/variables.tf", '"^oidc://', '"^(local|oidc)://',
        "refuses_a_sign_in_that_lets_everybody_in",
    ),
    Mistake(
        "capitals in a name for events, which Google's certificate has not",
        f"{TF}/variables.tf", '"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?', '"(?i)^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?',
        "refuses_capitals_in_a_name",
    ),
    Mistake(
        "the API of load balancers without one",
        f"{TF}/apis.tf", "length(var.event_hosts) == 0 ? [] : ", "",
        "the API of load balancers stays off",
    ),
    Mistake(
        "a rollback to the newest code",
        f"{TF}/files.tf", "google_storage_bucket_object.source[0].name : var.source_object", '"new.zip" : "new.zip"',
        "a rollback builds from the zip that was asked for",
    ),
    Mistake(
        "everything stays warm",
        f"{TF}/functions.tf", "contains(keys(local.kept_warm), each.key) ? var.min_instances : 0", "var.min_instances",
        "only what is called from outside stays warm",
    ),
)  # fmt: skip
