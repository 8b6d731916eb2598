"""What gcloud tells of a deployment: a healthy one has no findings, and each fault has its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.doctor import (
    access,
    alarms,
    buckets,
    commands,
    database,
    deployed,
    econobis_keys,
    queues,
    settings_in_use,
    staff_pages,
)
from infra.doctor import timeouts as time_outs
from infra.doctor.cloud import collect
from infra.doctor.finding import Finding
from infra.function_table import caller_account, function_rows, rows
from infra.secret_manager import SETTINGS
from tests.doctor.google import (
    BUCKET,
    NOW,
    PAGE,
    PROJECT,
    QUEUE_REGION,
    REGION,
    Google,
    accounts,
    econobis_call,
    policy,
    versions,
)  # fmt: skip
from tests.doctor.settings import GOOD, settings

Fault = Callable[[Google], Any]


@pytest.fixture
def google() -> Google:
    return Google(GOOD)


def findings(google: Google, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """All that doctor finds in this project."""
    monkeypatch.setenv("PATH", str(google.install(folder)), prepend=":")
    table = function_rows()
    cloud, used = collect(PROJECT, table), settings(folder)
    return [
        *deployed.problems(cloud, table),
        *settings_in_use.problems(cloud),
        *access.problems(cloud, rows(), used),
        *staff_pages.problems(cloud, used),
        *time_outs.problems(table, deployed.timeouts(cloud), queues.deadlines(cloud, table)),
        *queues.problems(cloud, table, NOW),
        *database.problems(cloud, NOW),
        *buckets.problems(cloud),
        *alarms.problems(cloud, rows()),
        *econobis_keys.problems(cloud, used),
    ]


def test_a_healthy_deployment_has_no_findings(google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(google, tmp_path, monkeypatch) == []


def without(google: Google, name: str) -> None:
    google.answers[commands.functions(PROJECT)] = [
        it for it in google[commands.functions(PROJECT)] if not it["name"].endswith(f"/{name}")
    ]


def variable(google: Google, name: str, key: str, text: str) -> None:
    google.service(name)["environmentVariables"][key] = text


def queue(google: Google) -> Any:
    return google[commands.queues(PROJECT, QUEUE_REGION)][0]


def job(google: Google, name: str) -> Any:
    return next(it for it in google[commands.schedules(PROJECT, QUEUE_REGION)] if it["name"].endswith(f"/{name}"))


def page(google: Google) -> Any:
    return google[commands.page(PROJECT, REGION, PAGE)]


def signs_in(google: Google, text: str) -> None:
    page(google)["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "LINK_STAFF", "value": text}]


def the_database(google: Google) -> Any:
    return google[commands.databases(PROJECT)][0]


def blobs(google: Google) -> Any:
    return next(it for it in google[commands.buckets(PROJECT)] if it["name"] == BUCKET)


def error_line(message: str | None, service: str = "run-task") -> dict[str, Any]:
    payload = {"textPayload": "Anna de Vries"} if message is None else {"jsonPayload": {"message": message}}
    return {"severity": "ERROR", "resource": {"labels": {"service_name": service}}, **payload}


CALLER = f"serviceAccount:{caller_account(PROJECT)}"
FAULTS: dict[str, tuple[Fault, str, str]] = {
    # name: the fault, the level of its finding, and what the finding says
    "no billing": (
        lambda it: it.answers.update({commands.billing(PROJECT): {"projectId": PROJECT}}),
        "error",
        "geen betaalrekening",
    ),
    "a function is missing": (lambda it: without(it, "sweep"), "error", "de functie sweep is niet uitgerold"),
    "a function failed": (lambda it: it.function("sweep").update(state="FAILED"), "error", "sweep staat op FAILED"),
    "an old revision gets traffic": (
        lambda it: it.service("sweep").update(allTrafficOnLatestRevision=False), "warning", "nieuwste revisie",
    ),
    "fewer threads than requests": (lambda it: variable(it, "run-task", "THREADS", "8"), "error", "heeft 8 threads"),
    "no threads at all": (
        lambda it: it.service("run-task")["environmentVariables"].pop("THREADS"), "error", "geen ingesteld aantal",
    ),
    "half a processor": (lambda it: it.service("run-task").update(availableCpu="500m"), "error", "minder dan één CPU"),
    "too little memory": (
        lambda it: it.service("run-task").update(availableMemory="512M"), "error", "512M geheugen in plaats van 1Gi",
    ),
    "another number of instances": (
        lambda it: it.service("run-task").update(maxInstanceCount=100), "warning", "heeft als “Maximum aantal instanties” 100",
    ),
    "a time-out shorter than a lease": (
        lambda it: it.service("run-task").update(timeoutSeconds=60), "error", "de time-out van run-task (60 s) is te kort",
    ),
    "a time-out longer than a task": (
        lambda it: it.service("run-task").update(timeoutSeconds=900), "error", "de termijn van een taak (600 s) is te kort",
    ),
    "a schedule that does not wait": (
        lambda it: job(it, "sweep").update(attemptDeadline="180s"), "error", "de termijn van de planning sweep (180 s)",
    ),
    "a schedule without a deadline of its own": (
        lambda it: job(it, "sweep").pop("attemptDeadline"), "error", "de termijn van de planning sweep (180 s)",
    ),
    "the default account": (
        lambda it: it.service("sweep").update(serviceAccountEmail="123-compute@developer.gserviceaccount.com"),
        "error", "de functie sweep draait niet als dl-sweep@",
    ),
    "a public function is closed": (
        lambda it: it.service("link-coach").update(ingressSettings="ALLOW_INTERNAL_ONLY"), "error", "laat niemand van buiten toe",
    ),
    "a load balancer that can be passed by": (
        lambda it: variable(it, "receive-webform", "LINK_PROXIES", "2"),
        "error",
        "receive-webform verwacht een load balancer en is ook zonder",
    ),
    "a load balancer that is not counted": (
        lambda it: it.service("receive-webform").update(ingressSettings="ALLOW_INTERNAL_AND_GCLB"),
        "error",
        "receive-webform staat achter een load balancer",
    ),
    "an internal function is open": (
        lambda it: it.service("run-task").update(ingressSettings="ALLOW_ALL"), "error", "run-task is van buiten te bereiken",
    ),
    "a variable is missing": (
        lambda it: it.service("sweep")["environmentVariables"].pop("LINK_BLOBS"), "error", "sweep mist LINK_BLOBS",
    ),
    "another database": (
        lambda it: variable(it, "sweep", "LINK_STORE", "firestore://other/(default)"), "error", "niet alle functies hebben dezelfde LINK_STORE",
    ),
    "a store in the instance": (
        lambda it: variable(it, "sweep", "LINK_STORE", "sqlite:////tmp/x"), "error", "LINK_STORE van sweep wijst niet naar Firestore",
    ),
    "files in the instance": (
        lambda it: variable(it, "sweep", "LINK_BLOBS", "file:///tmp/x"), "error", "LINK_BLOBS van sweep wijst niet naar een bucket",
    ),
    "LINK_TASKS that cannot be read": (lambda it: variable(it, "sweep", "LINK_TASKS", "tasks"), "error", "LINK_TASKS van sweep is niet te lezen"),
    "the queue of another project": (
        lambda it: variable(it, "sweep", "LINK_TASKS", f"cloudtasks://other/{QUEUE_REGION}?url=https://{{function}}.example&service_account={caller_account(PROJECT)}"),
        "error", "wijst niet naar dit project",
    ),
    "another account calls": (
        lambda it: variable(it, "sweep", "LINK_TASKS", f"cloudtasks://{PROJECT}/{QUEUE_REGION}?url=https://{{function}}.example&service_account=other@example.org"),
        "error", "LINK_TASKS van sweep noemt niet dl-caller@",
    ),
    "a local Cloud Tasks": (
        lambda it: variable(it, "sweep", "LINK_TASKS", f"cloudtasks://{PROJECT}/{QUEUE_REGION}?url=http://{{function}}.test&endpoint=127.0.0.1:1&service_account={caller_account(PROJECT)}"),
        "error", "nagemaakt Google",
    ),
    ".test in our own address": (
        lambda it: variable(it, "sweep", "LINK_TASKS", f"cloudtasks://{PROJECT}/{QUEUE_REGION}?url=https://link.test/{{function}}&service_account={caller_account(PROJECT)}"),
        "error", "in het adres van de functies staat .test",
    ),
    # -- the settings in use
    "no settings mounted": (lambda it: it.service("sweep").pop("secretVolumes"), "error", "zonder instellingen: sweep"),
    "settings that float": (
        lambda it: [it.service(name)["secretVolumes"][0]["versions"][0].update(version="latest") for name in function_rows()], "warning", "niet vast op een versie",
    ),
    "half rolled out": (
        lambda it: it.service("sweep")["secretVolumes"][0]["versions"][0].update(version="2"), "error", "verschillende versies van de instellingen: 2, 3",
    ),
    "a newer version waits": (
        lambda it: it.answers.update({commands.secret_versions(PROJECT, SETTINGS): versions(SETTINGS, 4)}), "warning", "er is een versie 4",
    ),
    "the version in use is disabled": (
        lambda it: it[commands.secret_versions(PROJECT, SETTINGS)][0].update(state="DISABLED"), "error", "versie 3 van de instellingen is in gebruik maar niet ingeschakeld",
    ),
    "no version at all": (
        lambda it: it.answers.update({commands.secret_versions(PROJECT, SETTINGS): []}), "error", "geen enkele versie van de instellingen",
    ),
    "the file is elsewhere": (lambda it: variable(it, "sweep", "LINK_CONFIG", "/etc/other.yaml"), "error", "LINK_CONFIG van sweep is /etc/other.yaml"),
    "no secret with settings": (
        lambda it: it.answers.update({commands.secrets(PROJECT): it[commands.secrets(PROJECT)][1:]}), "error", f"het geheim {SETTINGS} bestaat niet",
    ),
    # -- access
    "everybody may call an internal function": (
        lambda it: it.answers.update({commands.invokers(PROJECT, REGION, "run-task"): policy("roles/run.invoker", "allUsers", CALLER)}),
        "error", "run-task mag door iedereen worden aangeroepen",
    ),
    "our queue may not call": (
        lambda it: it.answers.update({commands.invokers(PROJECT, REGION, "run-task"): {"etag": "ACAB"}}), "error", "mag run-task niet aanroepen",
    ),
    "Econobis may not call": (
        lambda it: it.answers.update({commands.invokers(PROJECT, REGION, "link-coach"): {"etag": "ACAB"}}), "error", "link-coach mag niet door iedereen",
    ),
    "a function is an editor": (
        lambda it: it[commands.roles(PROJECT)]["bindings"].append({"role": "roles/editor", "members": accounts(["sweep"])}),
        "error", f"dl-sweep@{PROJECT}.iam.gserviceaccount.com heeft de rol roles/editor",
    ),
    "a function may not use the database": (
        lambda it: it[commands.roles(PROJECT)]["bindings"][1].update(members=accounts(["sweep"])), "error", "mag niet lezen en schrijven in de database: receive-webform",
    ),
    "no tasks may be made": (
        lambda it: it.answers.update({commands.queue_users(PROJECT, QUEUE_REGION, "default"): {}}), "error", "mag niet taken maken",
    ),
    "tasks get no token": (
        lambda it: it.answers.update({commands.account_users(PROJECT, caller_account(PROJECT)): {}}), "error", "mag niet een taak een bewijs meegeven",
    ),
    "files may not be used": (
        lambda it: it.answers.update({commands.bucket_users(PROJECT, BUCKET): {}}), "error", "mag niet bestanden bewaren, lezen en wissen",
    ),
    "no pages for staff": (
        lambda it: it.answers.update({commands.page(PROJECT, REGION, PAGE): Exception("(gcloud) NOT_FOUND: Cannot find service")}),
        "error", "de pagina’s voor staf (show-staff) zijn niet uitgerold",
    ),
    "pages without a sign-in in front": (
        lambda it: page(it)["metadata"]["annotations"].pop("run.googleapis.com/iap-enabled"), "error", "show-staff is niet beschermd",
    ),
    "pages that anybody may call": (
        lambda it: it[commands.invokers(PROJECT, REGION, PAGE)]["bindings"][0]["members"].append("allUsers"),
        "error", "show-staff mag door iedereen worden aangeroepen",
    ),
    "pages that the sign-in may not call": (
        lambda it: it[commands.invokers(PROJECT, REGION, PAGE)]["bindings"].clear(), "error", "het inloggen van Google mag show-staff niet aanroepen",
    ),
    "pages that do not know who looks": (lambda it: signs_in(it, ""), "error", "LINK_STAFF van show-staff ontbreekt of klopt niet"),
    "pages that let everybody in": (lambda it: signs_in(it, "local://"), "error", "LINK_STAFF van show-staff ontbreekt of klopt niet"),
    "pages with the header of another service": (
        lambda it: signs_in(it, "iap:///projects/1/locations/europe-west4/services/show-staff"), "error", "noemt niet deze pagina van dit project",
    ),
    "pages that nobody reaches to sign in": (
        lambda it: signs_in(it, "oidc://sso.zonnig-dorp.nl?client_id=a"), "error", "show-staff mag niet door iedereen worden aangeroepen",
    ),
    "staff whom Google does not let in": (
        lambda it: it[commands.page_visitors(PROJECT, REGION, PAGE)]["bindings"][0].update(members=["user:karim@zonnig-dorp.nl"]),
        "error", "1 van de 1 mensen onder staff kunnen niet inloggen",
    ),
    "a group that may hold them": (
        lambda it: it[commands.page_visitors(PROJECT, REGION, PAGE)]["bindings"][0].update(members=["group:helpdesk@zonnig-dorp.nl"]),
        "by_hand", "in een van de 1 groepen",
    ),
    "somebody who left": (
        lambda it: it[commands.page_visitors(PROJECT, REGION, PAGE)]["bindings"][0]["members"].append("user:weg@zonnig-dorp.nl"),
        "warning", "1 mensen mogen inloggen en staan bij geen coöperatie",
    ),
    "everybody past the sign-in": (
        lambda it: it[commands.page_visitors(PROJECT, REGION, PAGE)]["bindings"][0]["members"].append("allAuthenticatedUsers"),
        "error", "iedereen komt langs het inloggen van Google",
    ),
    "a secret that its function cannot read": (
        lambda it: it.answers.update({commands.secret_readers(PROJECT, "LINK_SMTP"): {}}), "error", "het geheim LINK_SMTP is niet te lezen voor dl-send-email@",
    ),
    "a secret for too many functions": (
        lambda it: it[commands.secret_readers(PROJECT, "TOKEN")]["bindings"][0]["members"].append(accounts(["receive-webform"])[0]),
        "error", "het geheim TOKEN is ook te lezen voor dl-receive-webform@",
    ),
    "a secret for a person": (
        lambda it: it[commands.secret_readers(PROJECT, "TOKEN")]["bindings"][0]["members"].append("user:anna@zonnig-dorp.nl"),
        "error", "het geheim TOKEN is ook te lezen voor 1 mens(en)",
    ),
    "a secret that is not handed over": (
        lambda it: it.service("send-email").pop("secretEnvironmentVariables"), "error", "de functie send-email krijgt het geheim LINK_SMTP niet",
    ),
    "no mail server": (
        lambda it: it.answers.update({commands.secret_versions(PROJECT, "LINK_SMTP"): []}),
        "error",
        "het geheim LINK_SMTP heeft geen waarde",
    ),
    # -- queue and schedules
    "no queue": (lambda it: it.answers.update({commands.queues(PROJECT, QUEUE_REGION): []}), "error", "de wachtrij default uit LINK_TASKS bestaat niet"),
    "a paused queue": (lambda it: queue(it).update(state="PAUSED"), "error", "de wachtrij default staat op PAUSED"),
    "a queue without room": (lambda it: queue(it).update(rateLimits={}), "error", "mag niets tegelijk of per seconde"),
    "a queue that tries once": (lambda it: queue(it)["retryConfig"].update(maxAttempts=1), "warning", "probeert een taak maar één keer"),
    "no schedule": (lambda it: it.answers.update({commands.schedules(PROJECT, QUEUE_REGION): []}), "error", "er is geen planning voor sweep"),
    "a paused schedule": (lambda it: job(it, "sweep").update(state="PAUSED"), "error", "de planning voor sweep staat op PAUSED"),
    "another schedule": (lambda it: job(it, "sweep").update(schedule="0 * * * *"), "warning", "is “0 * * * *” en niet"),
    "another time zone": (lambda it: job(it, "sweep").update(timeZone="Etc/UTC"), "warning", "heeft tijdzone Etc/UTC"),
    "a schedule without a token": (lambda it: job(it, "sweep")["httpTarget"].pop("oidcToken"), "error", "toont niet het bewijs"),
    "a token for another address": (
        lambda it: job(it, "sweep")["httpTarget"]["oidcToken"].update(audience="https://other.example"), "error", "toont niet het bewijs",
    ),
    "a schedule that asks": (lambda it: job(it, "sweep")["httpTarget"].update(httpMethod="GET"), "error", "sweep gebruikt GET"),
    "the last run failed": (lambda it: job(it, "sweep").update(status={"code": 13}), "error", "de laatste aanroep van sweep is mislukt (code 13)"),
    "sweep is silent": (lambda it: job(it, "sweep").update(lastAttemptTime="2026-11-26T11:00:00Z"), "error", "sweep is 60 minuten niet aangeroepen"),
    "sweep never ran": (lambda it: job(it, "sweep").pop("lastAttemptTime"), "warning", "sweep is nog nooit aangeroepen"),
    # -- the database
    "no database": (lambda it: it.answers.update({commands.databases(PROJECT): []}), "error", "de database (default) bestaat niet"),
    "Datastore mode": (lambda it: the_database(it).update(type="DATASTORE_MODE"), "error", "van de soort DATASTORE_MODE"),
    "a database in another place": (lambda it: the_database(it).update(locationId="us-east1"), "error", "de database staat in us-east1"),
    "no recovery": (
        lambda it: the_database(it).update(pointInTimeRecoveryEnablement="POINT_IN_TIME_RECOVERY_DISABLED"), "error", "(PITR) staat uit",
    ),
    "no protection": (lambda it: the_database(it).pop("deleteProtectionState"), "warning", "niet beschermd tegen verwijderen"),
    "a collection that does not expire": (
        lambda it: it[commands.expiry_fields(PROJECT, "(default)")].pop(0), "error", "wordt niet verwijderd na expires_at (geen regel)",
    ),
    "an expiry that broke": (
        lambda it: it[commands.expiry_fields(PROJECT, "(default)")][0]["ttlConfig"].update(state="NEEDS_REPAIR"), "error", "(NEEDS_REPAIR)",
    ),
    "no backups": (lambda it: it.answers.update({commands.backup_schedules(PROJECT, "(default)"): []}), "error", "geen planning voor reservekopieën"),
    "backups for a year": (
        lambda it: it[commands.backup_schedules(PROJECT, "(default)")][0].update(retention="31536000s"), "warning", "blijven 365 dagen bewaard",
    ),
    "backups that fail": (lambda it: it[commands.backups(PROJECT)][0].update(state="NOT_AVAILABLE"), "error", "2 dagen geen reservekopie gelukt"),
    "an old backup": (lambda it: it[commands.backups(PROJECT)][0].update(snapshotTime="2026-11-20T02:00:00Z"), "error", "2 dagen geen reservekopie gelukt"),
    # -- the buckets
    "no bucket": (
        lambda it: it.answers.update({commands.buckets(PROJECT): it[commands.buckets(PROJECT)][:2]}), "error", f"de bucket {BUCKET} bestaat niet",
    ),
    "a bucket that may be public": (
        lambda it: blobs(it)["iamConfiguration"].update(publicAccessPrevention="inherited"), "error", f"de bucket {BUCKET} kan openbaar worden",
    ),
    "rights by file": (lambda it: blobs(it)["iamConfiguration"].pop("uniformBucketLevelAccess"), "error", "geen uniforme toegang"),
    "files for ever": (lambda it: blobs(it).pop("lifecycle"), "error", f"de bucket {BUCKET} verwijdert niets"),
    "files for a week": (
        lambda it: blobs(it)["lifecycle"]["rule"][0]["condition"].update(age=1), "error", "verwijdert al na 1 dag in plaats van 120",
    ),
    "files for a year": (
        lambda it: blobs(it)["lifecycle"]["rule"][0]["condition"].update(age=365), "error", "verwijdert pas na 365 dagen in plaats van 120",
    ),
    "deleted files are kept": (
        lambda it: blobs(it)["softDeletePolicy"].update(retentionDurationSeconds="2592000"), "warning", "houdt wat is verwijderd nog 30 dagen vast",
    ),
    # -- alarms
    "no alerts": (lambda it: it.answers.update({commands.alerts(PROJECT): []}), "error", "er zijn geen waarschuwingen ingesteld"),
    "no alert about sweep": (lambda it: it[commands.alerts(PROJECT)].pop(), "error", "er is geen waarschuwing voor een sweep die stilstaat"),
    "an alert that is off": (lambda it: it[commands.alerts(PROJECT)][0].update(enabled=False), "error", "dead letter” staat uit"),
    "an alert to nobody": (lambda it: it[commands.alerts(PROJECT)][0].pop("notificationChannels"), "error", "dead letter” gaat naar niemand"),
    "a channel that is gone": (lambda it: it[commands.channels(PROJECT)][0].update(name="other"), "error", "naar een kanaal dat niet bestaat"),
    "a channel that is off": (lambda it: it[commands.channels(PROJECT)][0].update(enabled=False), "error", "het kanaal “dossierlink production” staat uit"),
    "a channel that was not confirmed": (
        lambda it: it[commands.channels(PROJECT)][0].update(verificationStatus="UNVERIFIED"), "error", "is niet bevestigd",
    ),
    "a dead letter": (
        lambda it: it[commands.errors(PROJECT)].extend([error_line("needs a person")] * 3), "warning", "3 keer “needs a person” in run-task",
    ),
    "an error of a library": (lambda it: it[commands.errors(PROJECT)].append(error_line(None)), "warning", "1 keer een melding die niet van ons is in run-task"),
    "a log that is kept for a year": (
        lambda it: it[commands.log_bucket(PROJECT)].update(retentionDays=365),
        "warning",
        "het logboek wordt 365 dagen bewaard",
    ),
    "addresses in the log": (
        lambda it: it[commands.logged_addresses(PROJECT, ["receive-webform", "receive-event", "show-staff", "serve-feed"])].append({"httpRequest": {"requestUrl": "https://key"}}),
        "error", "Google bewaart de adressen van aanroepen",
    ),
    # -- Econobis' keys, as the log shows
    "Econobis does not know a key": (
        lambda it: it[commands.calls_of_econobis(PROJECT)].append(econobis_call("submit_intake", NOW, message="not done", error="KeyUnknown")),
        "error", "zonnig-dorp: Econobis kent de sleutel FORM niet",
    ),
    "a key that was not used": (
        lambda it: it[commands.calls_of_econobis(PROJECT)].pop(), "by_hand", "kent Econobis de sleutel EVENT?",
    ),
    "a key that was changed since": (
        lambda it: it[commands.secret_versions(PROJECT, "EVENT")][0].update(createTime="2026-11-26T11:30:00Z"), "by_hand", "kent Econobis de sleutel EVENT?",
    ),
    "a cancelled appointment, which went through the web form": (
        lambda it: it[commands.calls_of_econobis(PROJECT)][1]["jsonPayload"].update(kind="appointment"), "by_hand", "kent Econobis de sleutel EVENT?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in, level, says = FAULTS[fault]
    put_in(google)
    found = findings(google, tmp_path, monkeypatch)
    assert [it for it in found if it.level == level and says in it.what], found
    assert all(it.why and (it.where or it.level == "unchecked") for it in found)
    assert "anna" not in str(found).lower()  # No name of a person, of the log or of a policy.


@pytest.mark.parametrize("command", range(len(Google(GOOD).answers)))
def test_what_cannot_be_seen_is_never_fine(
    command: int, google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list(google.answers)[command]
    google.answers[asked] = Exception("(gcloud) [anna@zonnig-dorp.nl] does not have permission to access this")
    found = findings(google, tmp_path, monkeypatch)
    if " ".join([*asked, "--format=json", "--quiet"]) not in google.asked(tmp_path):
        return  # Values of secrets are read by other checks.
    assert any(it.level == "unchecked" and "geen rechten" in it.why for it in found), asked
    assert "anna" not in str(found).lower()
    assert not [it for it in found if it.level == "error"], "what is not seen is not wrong"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(gcloud.functions.list) PERMISSION_DENIED: Permission 'x' denied on resource", "geen rechten"),
        ("You do not currently have an active account selected.", "niet aangemeld"),
        ("Cloud Tasks API has not been used in project 1 before or it is disabled.", "staat uit"),
        ("(gcloud.x) NOT_FOUND: Requested entity was not found.", "bestaat niet"),
        ("something new about anna@zonnig-dorp.nl\nand more", "gcloud zegt: “something new about [adres]”"),
    ],
)
def test_why_gcloud_failed_is_told_in_dutch(
    text: str, reason: str, google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.answers[commands.databases(PROJECT)] = Exception(text)
    found = findings(google, tmp_path, monkeypatch)
    assert reason in next(it.why for it in found if it.what == "de database")


def test_without_gcloud_nothing_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    cloud = collect(PROJECT, function_rows())
    assert "niet geïnstalleerd" in str(deployed.problems(cloud, function_rows()))
