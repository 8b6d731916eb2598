"""The deployed functions, compared with the table of functions and with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from infra.doctor.cloud import Cloud, Resource
from infra.doctor.finding import Finding, about, error, warning
from infra.function_table import Row, account_of, caller_account
from shared.config import Environment
from shared.tasks.queue import QueueAddress

AGAIN = "rol opnieuw uit met make deploy"
REQUIRED = tuple(
    f"LINK_{name.upper()}" for name, it in Environment.model_fields.items() if it.is_required() and name != "secrets"
)
"""The variables without which no function starts."""


def project_problems(project: Resource) -> Iterator[Finding]:
    """`project` is what Google says of the project itself."""
    if (state := project.get("lifecycleState")) != "ACTIVE":
        why = "Google verwijdert dan alles wat erin staat, na dertig dagen"
        yield error(
            f"het project staat op {state}", why, "Google Cloud: IAM en beheer → Resources beheren → Herstellen"
        )


def problems(cloud: Cloud, table: Mapping[str, Row]) -> list[Finding]:
    """The findings about every function in the table."""
    return [
        *about("of Google een rekening mag sturen", cloud.billing, _billing),
        *about("de functies", cloud.functions, lambda functions: _all(cloud, table, functions)),
    ]


def timeouts(cloud: Cloud) -> dict[str, float]:
    """The time-outs of the functions that are deployed, in seconds."""
    services = {name: cloud.service(name) for name in cloud.deployed()}
    return {name: float(it["timeoutSeconds"]) for name, it in services.items() if "timeoutSeconds" in it}


def _billing(billing: Resource) -> Iterator[Finding]:
    if not billing.get("billingEnabled"):
        why = "Google zet dan alle functies, taken en planning stil"
        yield error("dit project heeft geen betaalrekening", why, "Google Cloud: Facturering → Project koppelen")


def _all(cloud: Cloud, table: Mapping[str, Row], functions: Mapping[str, Resource]) -> Iterator[Finding]:
    for name, row in table.items():
        if name not in functions:
            yield error(f"de functie {name} is niet uitgerold", "wat zij doet, gebeurt nu niet", f"Terminal: {AGAIN}")
            continue
        yield from _state(name, functions[name])
        yield from _sizes(name, row, functions[name].get("serviceConfig", {}))
        yield from _identity(cloud, name, row, functions[name].get("serviceConfig", {}))
        yield from _variables(cloud, name)
    yield from _differences(cloud, [name for name in table if name in functions])


def _screen(name: str, field: str) -> str:
    return f"Google Cloud: Cloud Run functions → {name} → {field}; {AGAIN}"


def _state(name: str, function: Resource) -> Iterator[Finding]:
    state = function.get("state", "onbekend")
    if state != "ACTIVE":
        yield error(
            f"de functie {name} staat op {state} en niet op ACTIVE",
            "zij neemt geen of oude aanroepen aan; vaak starten de instellingen niet",
            _screen(name, "Logboeken, en daarna Details"),
        )
    if function.get("serviceConfig", {}).get("allTrafficOnLatestRevision") is False:
        why = "een deel van de aanroepen komt bij een oude versie met oude instellingen"
        yield warning(f"de functie {name} stuurt niet alles naar de nieuwste revisie", why, _screen(name, "Revisies"))


def _sizes(name: str, row: Row, service: Resource) -> Iterator[Finding]:
    concurrency = service.get("maxInstanceRequestConcurrency", 1)
    threads = service.get("environmentVariables", {}).get("THREADS")
    if str(concurrency) != threads:
        yield error(
            f"de functie {name} krijgt {concurrency} aanroepen tegelijk en heeft {threads or 'geen ingesteld aantal'} threads",
            "wat er meer is dan threads, wacht binnen de functie tot de tijd op is",
            _screen(name, "Gelijktijdigheid, en de variabele THREADS"),
        )
    if concurrency > 1 and _cpus(service.get("availableCpu", "")) < 1:
        why = "Google staat meer dan één aanroep tegelijk alleen toe met een hele processor"
        yield error(f"de functie {name} heeft minder dan één CPU", why, _screen(name, "CPU"))
    if _bytes(service.get("availableMemory", "")) < _bytes(row.memory):
        why = "een groot rapport kan de functie dan laten stoppen"
        yield error(
            f"de functie {name} heeft {service.get('availableMemory', 'onbekend')} geheugen in plaats van {row.memory}",
            why,
            _screen(name, "Geheugen"),
        )
    for field, shown, wanted in (
        ("timeoutSeconds", "Time-out", row.timeout_seconds),
        ("maxInstanceCount", "Maximum aantal instanties", row.instances),
    ):
        if service.get(field) != wanted:
            yield warning(
                f"de functie {name} heeft als “{shown}” {service.get(field, 'niets')} en niet {wanted}",
                "zij is niet uitgerold zoals infra/functions.yaml zegt",
                _screen(name, shown),
            )


def _identity(cloud: Cloud, name: str, row: Row, service: Resource) -> Iterator[Finding]:
    account = account_of(name, cloud.project_id)
    if service.get("serviceAccountEmail") != account:
        yield error(
            f"de functie {name} draait niet als {account}",
            "zij mag dan te veel, of juist niet wat zij nodig heeft",
            _screen(name, "Beveiliging → Serviceaccount"),
        )
    ingress = service.get("ingressSettings", "ALLOW_ALL")
    if row.is_public and ingress == "ALLOW_INTERNAL_ONLY":
        why = "Econobis, Hoomdossier en bewoners krijgen geen antwoord"
        yield error(f"de functie {name} laat niemand van buiten toe", why, _screen(name, "Netwerk → Ingress"))
    if row.is_public:
        yield from _front(cloud, name, ingress)
    if not row.is_public and ingress != "ALLOW_INTERNAL_ONLY":
        why = "alleen onze eigen taken en planning horen hier te komen"
        yield error(f"de functie {name} is van buiten te bereiken", why, _screen(name, "Netwerk → Ingress: intern"))


def _front(cloud: Cloud, name: str, ingress: str) -> Iterator[Finding]:
    """Only a load balancer in front adds a second address to X-Forwarded-For (README, "Configure")."""
    behind = cloud.environment(name).get("LINK_PROXIES", "1") not in {"0", "1"}
    where = _screen(name, "Variabelen: LINK_PROXIES, en Netwerk → Ingress")
    if behind and ingress == "ALLOW_ALL":
        why = "wie de load balancer voorbijgaat, verzint zelf zijn internetadres, en de limiet per adres geldt niet"
        yield error(f"de functie {name} verwacht een load balancer en is ook zonder te bereiken", why, where)
    if not behind and ingress == "ALLOW_INTERNAL_AND_GCLB":
        why = "alle bezoekers lijken dan van één internetadres te komen, en worden samen beperkt"
        yield error(f"de functie {name} staat achter een load balancer, en LINK_PROXIES weet dat niet", why, where)


def _variables(cloud: Cloud, name: str) -> Iterator[Finding]:
    variables = cloud.environment(name)
    if missing := [variable for variable in REQUIRED if not variables.get(variable)]:
        why = "zonder start de functie niet"
        yield error(f"de functie {name} mist {', '.join(missing)}", why, _screen(name, "Variabelen"))
        return
    yield from _tasks_variable(cloud, name, variables["LINK_TASKS"])
    if not variables["LINK_STORE"].startswith(f"firestore://{cloud.project_id}/"):
        why = "wat is aangenomen, wordt dan niet in de database van dit project bewaard"
        yield error(
            f"LINK_STORE van {name} wijst niet naar Firestore van dit project", why, _screen(name, "Variabelen")
        )
    if not variables["LINK_BLOBS"].startswith("gs://"):
        why = "bestanden verdwijnen dan met de instantie"
        yield error(f"LINK_BLOBS van {name} wijst niet naar een bucket", why, _screen(name, "Variabelen"))


def _tasks_variable(cloud: Cloud, name: str, text: str) -> Iterator[Finding]:
    where = _screen(name, "Variabelen")
    try:
        address = QueueAddress.parse(text)
    except ValueError:
        yield error(f"LINK_TASKS van {name} is niet te lezen", "de functie kan geen taken maken", where)
        return
    if address.parent.split("/")[1] != cloud.project_id:
        why = "taken komen dan in een rij van een ander project"
        yield error(f"LINK_TASKS van {name} wijst niet naar dit project", why, where)
    if address.service_account != caller_account(cloud.project_id):
        why = "de functies weigeren dan elke taak en elke planning"
        yield error(f"LINK_TASKS van {name} noemt niet {caller_account(cloud.project_id)}", why, where)
    if address.endpoint or address.certs_url:
        why = "endpoint en certs zijn er voor een proef op één computer"
        yield error(f"LINK_TASKS van {name} wijst naar een nagemaakt Google", why, where)
    if not address.url.startswith("https://"):
        why = "taken met een bewijs van toegang gaan dan leesbaar over het net"
        yield error(f"de adressen in LINK_TASKS van {name} beginnen niet met https://", why, where)
    if ".test" in address.url:
        why = "met .test in een adres verzint Econobis accountnummers in plaats van ons aan te roepen"
        yield error("in het adres van de functies staat .test", why, f"{where}; kies een domein zonder .test")


def _differences(cloud: Cloud, names: list[str]) -> Iterator[Finding]:
    for variable in REQUIRED:
        if len({cloud.environment(name).get(variable) for name in names}) > 1:
            yield error(
                f"niet alle functies hebben dezelfde {variable}",
                "de ene functie vindt dan niet wat de andere heeft bewaard",
                f"Google Cloud: Cloud Run functions → elke functie → Variabelen; {AGAIN}",
            )


def _cpus(text: str) -> float:
    """`1`, `0.5` or `500m`; 0 when it is not known."""
    found = re.fullmatch(r"([0-9.]+)(m?)", text)
    return float(found[1]) / (1000 if found[2] else 1) if found else 0


def _bytes(text: str) -> int:
    """`512Mi`, `512M` or `1Gi`. Google means the same with and without `i`; 0 when it is not known."""
    found = re.fullmatch(r"([0-9.]+)([KMG])i?B?", text)
    return int(float(found[1]) * 1024 ** ("KMG".index(found[2]) + 1)) if found else 0
