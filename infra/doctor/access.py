"""Who may call which function, and who may read which secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from infra.doctor.cloud import QUEUE, Cloud, Resource, members
from infra.doctor.finding import Finding, NotSeen, about, error, unchecked
from infra.doctor.settings_file import Settings
from infra.doctor.settings_in_use import has_value
from infra.function_table import SMTP, STAFF, Row, account_of, caller_account, readers_of_secrets
from infra.secret_manager import SETTINGS

EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
INVOKER = {"roles/run.invoker"}
READER = {"roles/secretmanager.secretAccessor"}
GRANTS = {
    "database": "roles/datastore.user",
    "queue": "roles/cloudtasks.enqueuer",
    "caller": "roles/iam.serviceAccountUser",
    "create": "roles/storage.objectCreator",
    "use": "roles/storage.objectUser",
}
"""What a function may have to do, and the role for it. `create` and `use` are words of the table of functions."""
_NOT_IN_SETTINGS = {
    SMTP: ("het adres van de mailserver", "er gaat geen e-mail weg"),
    STAFF: ("een lang willekeurig woord, of het clientgeheim", "de pagina’s voor staf starten niet"),
}
TOO_MUCH = {"roles/owner", "roles/editor", "roles/secretmanager.admin", *READER}
"""Roles that no service account of ours may have in the whole project."""


def problems(cloud: Cloud, table: Mapping[str, Row], settings: Settings | None) -> list[Finding]:
    """`settings` are those in use; without them nothing is said about their secrets."""
    return [
        *_invokers(cloud, table),
        *about("de rollen in het project", cloud.roles, lambda policy: _roles(cloud, table, policy)),
        *_grants(cloud, table),
        *(_secrets(cloud, table, settings) if settings else ()),
    ]


# -- functions ---------------------------------------------------------------------------------------------------------


def _invokers(cloud: Cloud, table: Mapping[str, Row]) -> Iterator[Finding]:
    for name, policy in cloud.invokers.items():
        if name in table and table[name].sign_in == "none":  # Of a page: `staff_pages.py`.
            yield from about(f"wie {name} mag aanroepen", policy, lambda it: _invoker(cloud, name, table[name], it))  # noqa: B023 (it is called at once)


def _invoker(cloud: Cloud, name: str, row: Row, policy: Resource) -> Iterator[Finding]:
    may_call = members(policy, INVOKER)
    where = f"Google Cloud: Cloud Run → {name} → Beveiliging; rol opnieuw uit met make deploy"
    if row.is_public:
        if "allUsers" not in may_call:
            why = "Google weigert de aanroep dan al voor onze eigen controle van de sleutel"
            yield error(f"{name} mag niet door iedereen worden aangeroepen", why, where)
        return
    if may_call & EVERYBODY:
        why = "alleen onze eigen taken en planning horen hier te komen"
        yield error(f"{name} mag door iedereen worden aangeroepen", why, where)
    if f"serviceAccount:{caller_account(cloud.project_id)}" not in may_call:
        why = "Google weigert dan elke taak en elke planning"
        yield error(f"{caller_account(cloud.project_id)} mag {name} niet aanroepen", why, where)


# -- roles -------------------------------------------------------------------------------------------------------------


def _roles(cloud: Cloud, table: Mapping[str, Row], policy: Resource) -> Iterator[Finding]:
    suffix = f"@{cloud.project_id}.iam.gserviceaccount.com"
    for role in sorted(TOO_MUCH):
        ours = sorted(
            it for it in members(policy, {role}) if it.startswith("serviceAccount:dl-") and it.endswith(suffix)
        )
        for account in ours:
            yield error(
                f"{account.removeprefix('serviceAccount:')} heeft de rol {role} in het hele project",
                "een fout in één functie geeft dan toegang tot alles",
                "Google Cloud: IAM en beheer → IAM → dit account → Rol",
            )
    screen = "Google Cloud: IAM en beheer → IAM"
    yield from _missing(cloud, policy, {GRANTS["database"]}, table, "lezen en schrijven in de database", screen)


def _grants(cloud: Cloud, table: Mapping[str, Row]) -> Iterator[Finding]:
    makers = [name for name, row in table.items() if row.makes_tasks]
    files = {kind: [name for name, row in table.items() if row.blobs == kind] for kind in ("create", "use")}
    queue = f"Google Cloud: Cloud Tasks → {QUEUE}"
    account = f"Google Cloud: Serviceaccounts → {caller_account(cloud.project_id)}"
    bucket = f"Google Cloud: Cloud Storage → {cloud.bucket}"
    for fact, role, functions, what, screen in (
        (cloud.queue_users, GRANTS["queue"], makers, "taken maken", queue),
        (cloud.caller_users, GRANTS["caller"], makers, "een taak een bewijs meegeven", account),
        (cloud.bucket_users, GRANTS["create"], files["create"], "bestanden bewaren", bucket),
        (cloud.bucket_users, GRANTS["use"], files["use"], "bestanden bewaren, lezen en wissen", bucket),
    ):
        if functions and isinstance(fact, NotSeen):
            yield unchecked(f"of de functies mogen: {what}", fact.reason)
        elif not isinstance(fact, NotSeen):
            yield from _missing(cloud, fact, {role}, functions, what, screen)


def _missing(
    cloud: Cloud, policy: Resource, role: set[str], functions: Iterable[str], what: str, screen: str
) -> Iterator[Finding]:
    allowed = members(policy, role)
    without = [it for it in functions if f"serviceAccount:{account_of(it, cloud.project_id)}" not in allowed]
    if without:
        yield error(
            f"mag niet {what}: {', '.join(without)}",
            "wat de functie doet, mislukt daar",
            f"{screen} → Rechten: {', '.join(role)}; rol opnieuw uit met make deploy",
        )


# -- secrets -----------------------------------------------------------------------------------------------------------


def _secrets(cloud: Cloud, table: Mapping[str, Row], settings: Settings) -> Iterator[Finding]:
    yield from _readers(cloud, SETTINGS, set(table))
    for name, functions in sorted(readers_of_secrets(settings.config, table).items()):
        yield from _has_value(cloud, name)
        yield from _readers(cloud, name, functions)
        yield from _variable(cloud, name, functions)


def _has_value(cloud: Cloud, name: str) -> Iterator[Finding]:
    """The settings name all others, so those without a value are found there (`offline.py`)."""
    versions = cloud.versions.get(name, [])
    if isinstance(versions, NotSeen):
        yield unchecked(f"of het geheim {name} een waarde heeft", versions.reason)
    elif name in _NOT_IN_SETTINGS and not isinstance(cloud.secrets, NotSeen) and not has_value(versions):
        what, why = _NOT_IN_SETTINGS[name]
        where = f"Google Cloud: Secret Manager → {name} → Nieuwe versie: {what} (README, Configure)"
        yield error(f"het geheim {name} heeft geen waarde", why, where)


def _readers(cloud: Cloud, name: str, functions: set[str]) -> Iterator[Finding]:
    policy = cloud.readers.get(name)
    if policy is None:
        return  # There is no such secret, which the check of its value says.
    if isinstance(policy, NotSeen):
        yield unchecked(f"wie het geheim {name} mag lezen", policy.reason)
        return
    may_read = members(policy, READER)
    wanted = {f"serviceAccount:{account_of(it, cloud.project_id)}" for it in functions}
    where = f"Google Cloud: Secret Manager → {name} → Rechten; rol opnieuw uit met make deploy"
    if missing := wanted - may_read:
        yield error(f"het geheim {name} is niet te lezen voor {_accounts(missing)}", "die functie start niet", where)
    if others := may_read - wanted:
        count = sum(not it.startswith("serviceAccount:") for it in others)
        named = [it for it in others if it.startswith("serviceAccount:")]
        who = " en ".join(
            [*([_accounts(named)] if named else []), *([f"{count} mens(en) of groep(en)"] if count else [])]
        )
        yield error(
            f"het geheim {name} is ook te lezen voor {who}",
            "alleen wie het nodig heeft, hoort het te kunnen lezen",
            where,
        )


def _accounts(members_: Iterable[str]) -> str:
    return ", ".join(sorted(it.removeprefix("serviceAccount:") for it in members_))


def _variable(cloud: Cloud, name: str, functions: set[str]) -> Iterator[Finding]:
    for function in sorted(functions & set(cloud.deployed())):
        given = {it.get("key") for it in cloud.service(function).get("secretEnvironmentVariables", [])}
        if name not in given:
            yield error(
                f"de functie {function} krijgt het geheim {name} niet",
                "de instellingen noemen het, dus de functie start niet",
                f"Google Cloud: Cloud Run functions → {function} → Variabelen en geheimen; doe make settings",
            )
