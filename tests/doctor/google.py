"""A healthy deployment as gcloud describes it, and a `gcloud` on the PATH that answers with it.

Each answer has the form of Google's REST resource, which gcloud prints as it is. A test changes an answer, and the
finding about it has to appear.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.doctor import commands
from infra.doctor.commands import Command
from infra.function_table import account_of, caller_account, function_rows, rows
from infra.secret_manager import SETTINGS

PROJECT, NUMBER, REGION, QUEUE_REGION = "zonnig-link", "123456789012", "europe-west4", "europe-west1"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
URL = f"https://{{function}}-{NUMBER}.{REGION}.run.app"
BUCKET = f"{PROJECT}-dossierlink-blobs"
DATABASE = f"projects/{PROJECT}/databases/(default)"
CHANNEL = f"projects/{PROJECT}/notificationChannels/1"
# The names of the secrets in SETTINGS_TEXT, and the setting that names each.
SECRETS = {
    "FORM": "webform_key",
    "EVENT": "event_key",
    "TOKEN": "token",
    "ECONOBIS": "callers.econobis",
    "HOOMDOSSIER": "callers.hoomdossier",
    "LINK_SMTP": "smtp",
    "LINK_STAFF_SECRET": "staff",
}
PAGE = "show-staff"

SH = """\
#!/bin/sh
# Answers each command with a file. Keeps what it was asked.
printf '%s\\n' "$*" >> {asked}
case "$*" in
{cases}
*) echo "no answer for: $*" >&2; exit 1;;
esac
"""


class Google:
    """`answers` has the answer to each command; an Exception is a failure with that text. Change it before `install`."""

    def __init__(self, settings: str) -> None:
        self.settings = settings
        self.answers: dict[Command, Any] = healthy(settings)

    def __getitem__(self, command: Command) -> Any:
        return self.answers[command]

    def function(self, name: str) -> Any:
        """The resource of a function."""
        return next(it for it in self[commands.functions(PROJECT)] if it["name"].endswith(f"/{name}"))

    def service(self, name: str) -> Any:
        return self.function(name)["serviceConfig"]

    def install(self, folder: Path) -> Path:
        """Writes the answers and the `gcloud` that gives them. Returns the folder for the PATH."""
        answers = folder / "answers"
        answers.mkdir(parents=True, exist_ok=True)
        cases = []
        for number, (command, answer) in enumerate(self.answers.items()):
            file = answers / str(number)
            failed = isinstance(answer, Exception)
            file.write_text(f"ERROR: {answer}\n" if failed else json.dumps(answer))
            asked = shlex.quote(" ".join([*command, "--format=json", "--quiet"]))
            give = f"cat {shlex.quote(str(file))}"
            cases.append(f"{asked}) {give} >&2; exit 1;;" if failed else f"{asked}) {give};;")
        program = folder / "bin" / "gcloud"
        program.parent.mkdir(exist_ok=True)
        kept = shlex.quote(str(answers / "asked"))
        program.write_text(SH.format(asked=kept, cases="\n".join(cases)))
        program.chmod(0o755)
        return program.parent

    @staticmethod
    def asked(folder: Path) -> list[str]:
        """Every command that doctor ran, as one line each."""
        file = folder / "answers" / "asked"
        return file.read_text().splitlines() if file.exists() else []


def healthy(settings: str) -> dict[Command, Any]:
    return {
        **_of_functions(),
        **_of_secrets(settings),
        **_of_queue(),
        **_of_data(),
        commands.project(PROJECT): {
            "projectId": PROJECT,
            "projectNumber": NUMBER,
            "lifecycleState": "ACTIVE",
            "name": "dossierlink",
        },
        commands.billing(PROJECT): {
            "name": f"projects/{PROJECT}/billingInfo",
            "projectId": PROJECT,
            "billingAccountName": "billingAccounts/012345-6789AB-CDEF01",
            "billingEnabled": True,
        },
        commands.alerts(PROJECT): [_alert(name, condition) for name, condition in _CONDITIONS.items()],
        commands.channels(PROJECT): [
            {
                "name": CHANNEL,
                "type": "email",
                "displayName": "dossierlink production",
                "labels": {"email_address": "beheer@zonnig-dorp.nl"},
                "enabled": True,
            }
        ],
        commands.errors(PROJECT): [],
        commands.log_bucket(PROJECT): {
            "name": f"projects/{PROJECT}/locations/global/buckets/_Default",
            "lifecycleState": "ACTIVE",
            "retentionDays": 30,
        },
        commands.logged_addresses(PROJECT, [name for name, row in rows().items() if row.has_secret_address]): [],
        commands.calls_of_econobis(PROJECT): [
            econobis_call("submit_intake", NOW - timedelta(hours=1)),
            econobis_call("deliver_event", NOW - timedelta(hours=2), kind="plan"),
        ],
    }


def econobis_call(flow: str, at: datetime, **said: str) -> dict[str, Any]:
    """A line in the log about a call of Econobis."""
    return {
        "timestamp": at.isoformat(),
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": "run-task"}},
        "jsonPayload": {"message": "done", "flow": flow, "cooperation": "zonnig-dorp", **said},
    }


def policy(role: str, *members: str) -> dict[str, Any]:
    return {"bindings": [{"role": role, "members": list(members)}], "etag": "BwX", "version": 1}


def accounts(functions: Mapping[str, Any] | list[str]) -> list[str]:
    return [f"serviceAccount:{account_of(name, PROJECT)}" for name in functions]


_OTHER = {"name": f"projects/{PROJECT}/locations/us-east1/functions/of-another-programme", "state": "FAILED"}


def _of_functions() -> dict[Command, Any]:
    caller = f"serviceAccount:{caller_account(PROJECT)}"
    return {
        **_of_pages(),
        commands.functions(PROJECT): [_OTHER, *(_function(name) for name in function_rows())],
        **{
            commands.invokers(PROJECT, REGION, name): policy(
                "roles/run.invoker", "allUsers" if row.is_public else caller
            )
            for name, row in function_rows().items()
        },
        commands.roles(PROJECT): {
            "bindings": [
                {"role": "roles/owner", "members": ["user:anna@zonnig-dorp.nl"]},
                {
                    "role": "roles/datastore.user",
                    "members": accounts(list(rows())),
                    "condition": {"title": "the database"},
                },
            ],
            "version": 3,
        },
    }


def _of_pages() -> dict[Command, Any]:
    sign_in = f"serviceAccount:service-{NUMBER}@gcp-sa-iap.iam.gserviceaccount.com"
    audience = f"iap:///projects/{NUMBER}/locations/{REGION}/services/{PAGE}"
    return {
        commands.page(PROJECT, REGION, PAGE): {
            "kind": "Service",
            "metadata": {
                "name": PAGE,
                "namespace": NUMBER,
                "annotations": {"run.googleapis.com/iap-enabled": "true", "run.googleapis.com/ingress": "all"},
            },
            "spec": {"template": {"spec": {"containers": [{"env": [{"name": "LINK_STAFF", "value": audience}]}]}}},
        },
        commands.invokers(PROJECT, REGION, PAGE): policy("roles/run.invoker", sign_in),
        commands.page_visitors(PROJECT, REGION, PAGE): policy(
            "roles/iap.httpsResourceAccessor", "user:anna@zonnig-dorp.nl"
        ),
    }


def _function(name: str) -> dict[str, Any]:
    row = function_rows()[name]
    return {
        "name": f"projects/{PROJECT}/locations/{REGION}/functions/{name}",
        "environment": "GEN_2",
        "state": "ACTIVE",
        "url": f"https://{REGION}-{PROJECT}.cloudfunctions.net/{name}",
        "buildConfig": {"runtime": "python312", "entryPoint": name.replace("-", "_")},
        "serviceConfig": {
            "service": f"projects/{PROJECT}/locations/{REGION}/services/{name}",
            "uri": f"https://{name}-abcdefghij-ez.a.run.app",
            "timeoutSeconds": row.timeout_seconds,
            "availableMemory": row.memory,
            "availableCpu": "1",
            "maxInstanceCount": row.instances,
            "maxInstanceRequestConcurrency": 64,
            "serviceAccountEmail": account_of(name, PROJECT),
            "ingressSettings": "ALLOW_ALL" if row.is_public else "ALLOW_INTERNAL_ONLY",
            "allTrafficOnLatestRevision": True,
            "environmentVariables": {
                "THREADS": "64",
                "LINK_CONFIG": "/etc/dossierlink/cooperations.yaml",
                "LINK_STORE": f"firestore://{PROJECT}/(default)",
                "LINK_TASKS": (
                    f"cloudtasks://{PROJECT}/{QUEUE_REGION}?url={URL}&service_account={caller_account(PROJECT)}"
                ),
                "LINK_BLOBS": f"gs://{BUCKET}/dossierlink",
            },
            "secretEnvironmentVariables": [
                {"key": secret, "projectId": NUMBER, "secret": secret, "version": "latest"}
                for secret, setting in SECRETS.items()
                if setting in row.secrets
            ],
            "secretVolumes": [
                {
                    "mountPath": "/etc/dossierlink",
                    "projectId": NUMBER,
                    "secret": SETTINGS,
                    "versions": [{"version": "3", "path": "cooperations.yaml"}],
                }
            ],
        },
    }


def _of_secrets(settings: str) -> dict[Command, Any]:
    names = [SETTINGS, *SECRETS]
    return {
        commands.secrets(PROJECT): [
            {"name": f"projects/{NUMBER}/secrets/{name}", "createTime": "2026-11-01T08:00:00.123456Z"} for name in names
        ],
        **{commands.secret_versions(PROJECT, name): versions(name, 3 if name == SETTINGS else 1) for name in names},
        commands.secret_readers(PROJECT, SETTINGS): policy(
            "roles/secretmanager.secretAccessor", *accounts(list(rows()))
        ),
        **{
            commands.secret_readers(PROJECT, name): policy(
                "roles/secretmanager.secretAccessor", *accounts(readers(name))
            )
            for name in SECRETS
        },
        commands.secret_value(PROJECT, SETTINGS, "3"): value(settings),
        commands.secret_value(PROJECT, "TOKEN"): value("7|het-token-van-hoomdossier"),
        commands.secret_value(PROJECT, "LINK_SMTP"): value("smtp://127.0.0.1:1"),
    }


def readers(secret: str) -> list[str]:
    return [name for name, row in rows().items() if SECRETS[secret] in row.secrets]


def versions(name: str, newest: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"projects/{NUMBER}/secrets/{name}/versions/{number}",
            "createTime": f"2026-11-0{number}T08:00:00.123456Z",
            "state": "ENABLED",
        }
        for number in range(newest, 0, -1)
    ]


def value(text: str) -> dict[str, Any]:
    return {"name": "versions/1", "payload": {"data": base64.urlsafe_b64encode(text.encode()).decode()}}


def _of_queue() -> dict[Command, Any]:
    place = f"projects/{PROJECT}/locations/{QUEUE_REGION}"
    makers = [name for name, row in rows().items() if row.makes_tasks]
    return {
        commands.queues(PROJECT, QUEUE_REGION): [
            {
                "name": f"{place}/queues/default",
                "state": "RUNNING",
                "rateLimits": {"maxDispatchesPerSecond": 100.0, "maxBurstSize": 20, "maxConcurrentDispatches": 20},
                "retryConfig": {"maxAttempts": 12, "minBackoff": "1s", "maxBackoff": "60s", "maxDoublings": 16},
            }
        ],
        commands.queue_users(PROJECT, QUEUE_REGION, "default"): policy("roles/cloudtasks.enqueuer", *accounts(makers)),
        commands.account_users(PROJECT, caller_account(PROJECT)): policy(
            "roles/iam.serviceAccountUser", *accounts(makers)
        ),
        commands.schedules(PROJECT, QUEUE_REGION): [
            {
                "name": f"{place}/jobs/{name}",
                "schedule": row.schedule,
                "timeZone": "Europe/Amsterdam",
                "state": "ENABLED",
                "status": {},
                "lastAttemptTime": "2026-11-26T11:55:00.123456Z",
                "scheduleTime": "2026-11-26T12:00:00Z",
                "attemptDeadline": f"{row.timeout_seconds + 30}s",
                "httpTarget": {
                    "uri": URL.replace("{function}", name),
                    "httpMethod": "POST",
                    "oidcToken": {
                        "serviceAccountEmail": caller_account(PROJECT),
                        "audience": URL.replace("{function}", name),
                    },
                },
            }
            for name, row in function_rows().items()
            if row.schedule
        ],
    }


def _of_data() -> dict[Command, Any]:
    wanted = json.loads((Path(commands.__file__).parents[1] / "firestore.indexes.json").read_text())
    return {
        commands.databases(PROJECT): [
            {
                "name": DATABASE,
                "type": "FIRESTORE_NATIVE",
                "locationId": REGION,
                "concurrencyMode": "OPTIMISTIC",
                "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED",
                "deleteProtectionState": "DELETE_PROTECTION_ENABLED",
                "versionRetentionPeriod": "604800s",
            }
        ],
        commands.expiry_fields(PROJECT, "(default)"): [
            {
                "name": f"{DATABASE}/collectionGroups/{it['collectionGroup']}/fields/{it['fieldPath']}",
                "indexConfig": {"indexes": []},
                "ttlConfig": {"state": "ACTIVE"},
            }
            for it in wanted["fieldOverrides"]
            if it.get("ttl")
        ],
        commands.indexes(PROJECT, "(default)"): [
            {
                "name": f"{DATABASE}/collectionGroups/{it['collectionGroup']}/indexes/CICAgOjXh4EK",
                "queryScope": it["queryScope"],
                "fields": [*it["fields"], {"fieldPath": "__name__", "order": "ASCENDING"}],
                "state": "READY",
            }
            for it in wanted["indexes"]
        ],
        commands.backup_schedules(PROJECT, "(default)"): [
            {
                "name": f"{DATABASE}/backupSchedules/1",
                "createTime": "2026-11-01T08:00:00.123456Z",
                "retention": "604800s",
                "dailyRecurrence": {},
            }
        ],
        commands.backups(PROJECT): [
            {
                "name": f"projects/{PROJECT}/locations/{REGION}/backups/1",
                "database": DATABASE,
                "snapshotTime": "2026-11-26T02:00:00Z",
                "expireTime": "2026-12-03T02:00:00Z",
                "state": "READY",
            }
        ],
        commands.buckets(PROJECT): [
            _bucket(f"{PROJECT}-dossierlink-source"),
            _bucket(f"{PROJECT}-dossierlink-state"),
            {**_bucket(BUCKET), "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 120}}]}},
            {"name": "of-another-programme", "kind": "storage#bucket"},
        ],
        commands.bucket_users(PROJECT, BUCKET): {
            "bindings": [
                {"role": "roles/storage.objectCreator", "members": accounts(_blobs("create"))},
                {"role": "roles/storage.objectUser", "members": accounts(_blobs("use"))},
            ]
        },
    }


def _blobs(kind: str) -> list[str]:
    return [name for name, row in rows().items() if row.blobs == kind]


def _bucket(name: str) -> dict[str, Any]:
    return {
        "kind": "storage#bucket",
        "name": name,
        "location": "EUROPE-WEST4",
        "iamConfiguration": {
            "publicAccessPrevention": "enforced",
            "uniformBucketLevelAccess": {"enabled": True, "lockedTime": "2027-02-01T08:00:00Z"},
        },
        "softDeletePolicy": {"retentionDurationSeconds": "0"},
    }


_CONDITIONS: dict[str, dict[str, Any]] = {
    "dead letter": {"conditionMatchedLog": {"filter": 'jsonPayload.message="needs a person"'}},
    "error in the log": {"conditionMatchedLog": {"filter": "severity>=ERROR"}},
    "a function fails": {"conditionThreshold": {"filter": 'metric.labels.response_code_class="5xx"'}},
    "sweep is silent": {"conditionPrometheusQueryLanguage": {"query": "increase(user_dossierlink_swept[15m]) < 1"}},
}


def _alert(name: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"projects/{PROJECT}/alertPolicies/{name}",
        "displayName": f"dossierlink production: {name}",
        "combiner": "OR",
        "conditions": [{"displayName": name, **condition}],
        "enabled": True,
        "notificationChannels": [CHANNEL],
    }
