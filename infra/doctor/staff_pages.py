"""The pages for staff: is a sign-in in front of them, the right one, and do the people in the settings get in?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx

from infra.doctor.cloud import Cloud, Resource, members, variables_of_page
from infra.doctor.finding import Finding, NotSeen, about, by_hand, error, unchecked, warning
from infra.doctor.from_outside import SECONDS, is_ours
from infra.doctor.settings_file import Settings
from shared.config import Config
from shared.sign_in.address import SignInAddress

_IAP = "run.googleapis.com/iap-enabled"
_VISITOR = {"roles/iap.httpsResourceAccessor"}
_INVOKER = {"roles/run.invoker"}
_AGAIN = "rol opnieuw uit met make deploy"
_VARIABLES = "infra/terraform/production.tfvars: staff_sign_in en staff; daarna make deploy"


def problems(cloud: Cloud, settings: Settings | None) -> list[Finding]:
    """`settings` are those in use; without them nothing is said about the people in them."""
    found: list[Finding] = []
    for name, page in cloud.pages.items():
        if isinstance(page, NotSeen) and page.reason == "dit bestaat niet in dit project":
            why = "staf ziet niet wie er vastloopt"
            found.append(error(f"de pagina’s voor staf ({name}) zijn niet uitgerold", why, f"Terminal: {_AGAIN}"))
            continue
        found += about(f"de pagina’s voor staf ({name})", page, lambda it: _page(cloud, name, it, settings))  # noqa: B023 (it is called at once)
    return found


def from_outside(cloud: Cloud, url: str, http: httpx.Client) -> Iterator[Finding]:
    """Asks over the internet: behind Google's sign-in a stranger does not reach us; another service answers us."""
    for name, page in cloud.pages.items():
        staff = None if isinstance(page, NotSeen) else _parsed(variables_of_page(page))
        if staff is None:
            continue
        try:
            answer = http.get(url.replace("{function}", name) + "/", timeout=SECONDS, follow_redirects=False)
        except httpx.HTTPError:
            yield unchecked(f"of {name} antwoordt", f"er kwam geen antwoord van {url.replace('{function}', name)}")
            continue
        if staff.kind == "iap" and is_ours(answer):
            yield _unprotected(name)
        if staff.kind == "oidc":
            if not is_ours(answer):
                yield error(
                    f"{name} is van buiten niet te bereiken: op zijn adres komt status {answer.status_code}",
                    "staf kan niet inloggen",
                    f"Google Cloud: Cloud Run → {name} → Beveiliging; {_AGAIN}",
                )
            yield from _provider(staff, http)


# -- the page itself ---------------------------------------------------------------------------------------------------


def _page(cloud: Cloud, name: str, page: Resource, settings: Settings | None) -> Iterator[Finding]:
    where = f"Google Cloud: Cloud Run → {name} → Variabelen; {_AGAIN}"
    text = variables_of_page(page).get("LINK_STAFF", "")
    try:
        staff = SignInAddress.parse(text)
        staff.check_deployed()
    except ValueError:
        why = "zonder weten de pagina’s niet wie er kijkt, en laten zij niemand toe"
        yield error(f"LINK_STAFF van {name} ontbreekt of klopt niet", why, where)
        return
    invokers = cloud.invokers.get(name, NotSeen("dit is niet gevraagd"))
    yield from about(f"wie {name} mag aanroepen", invokers, lambda policy: _invokers(name, staff, policy))
    if staff.kind == "oidc":
        return
    if page.get("metadata", {}).get("annotations", {}).get(_IAP) != "true":
        yield _unprotected(name)
    region, number = cloud.region, str(page.get("metadata", {}).get("namespace", ""))
    if number and staff.audience != f"/projects/{number}/locations/{region}/services/{name}":
        why = "de pagina’s weigeren dan iedereen, want zij zijn voor een ander bewijs van Google"
        yield error(f"LINK_STAFF van {name} noemt niet deze pagina van dit project", why, where)
    if settings:
        visitors = cloud.visitors.get(name, NotSeen("dit is niet gevraagd"))
        yield from about("wie langs het inloggen van Google komt", visitors, lambda it: _people(it, settings.config))


def _unprotected(name: str) -> Finding:
    return error(
        f"{name} is niet beschermd: het inloggen van Google staat er niet voor",
        "de pagina’s laten dan niemand binnen; en een fout in de koppeling zelf zou alles van bewoners tonen",
        f"Google Cloud: Cloud Run → {name} → Beveiliging → Identity-Aware Proxy; {_AGAIN}",
    )


def _invokers(name: str, staff: SignInAddress, policy: Resource) -> Iterator[Finding]:
    may_call, where = members(policy, _INVOKER), f"Google Cloud: Cloud Run → {name} → Beveiliging; {_AGAIN}"
    if staff.kind == "oidc":
        if "allUsers" not in may_call:
            why = "Google weigert de browser dan al voor het inloggen"
            yield error(f"{name} mag niet door iedereen worden aangeroepen", why, where)
        return
    if may_call & {"allUsers", "allAuthenticatedUsers"}:
        why = "wie het inloggen van Google voorbijgaat, komt bij de pagina’s zelf"
        yield error(f"{name} mag door iedereen worden aangeroepen", why, where)
    if not any(it.endswith("@gcp-sa-iap.iam.gserviceaccount.com") for it in may_call):
        why = "Google laat dan niemand door, ook niet na het inloggen"
        yield error(f"het inloggen van Google mag {name} niet aanroepen", why, where)


def _people(policy: Resource, config: Config) -> Iterator[Finding]:
    """Groups cannot be looked into, so with one nobody is called missing."""
    visitors = members(policy, _VISITOR)
    users = {it.removeprefix("user:").casefold() for it in visitors if it.startswith("user:")}
    domains = {it.removeprefix("domain:").casefold() for it in visitors if it.startswith("domain:")}
    everybody = {member.email.casefold() for it in config.cooperations.values() for member in it.staff}
    if visitors & {"allUsers", "allAuthenticatedUsers"}:
        why = "wie ook maar een Google-account heeft, komt dan bij de pagina’s zelf"
        yield error("iedereen komt langs het inloggen van Google", why, _VARIABLES)
    groups = sum(it.startswith("group:") for it in visitors)
    outside = {it for it in everybody if it not in users and it.rpartition("@")[2] not in domains}
    if outside and groups:
        yield by_hand(
            f"zitten de {len(outside)} mensen onder staff die Google niet bij naam kent, in een van de {groups} groepen?",
            "wie er niet in zit, kan niet inloggen",
            _VARIABLES,
        )
    elif outside:
        why = "zij staan in de instellingen, en Google laat hen niet door"
        yield error(f"{len(outside)} van de {len(everybody)} mensen onder staff kunnen niet inloggen", why, _VARIABLES)
    if strangers := users - everybody:
        why = "zij loggen in en zien niets; of zij zijn weg en staan er nog"
        yield warning(
            f"{len(strangers)} mensen mogen inloggen en staan bij geen coöperatie onder staff", why, _VARIABLES
        )


def _provider(staff: SignInAddress, http: httpx.Client) -> Iterator[Finding]:
    url = f"{staff.issuer}/.well-known/openid-configuration"
    try:
        answer = http.get(url, timeout=SECONDS)
        found = answer.raise_for_status().json()
        right = found["issuer"] == staff.issuer and all(
            str(found[it]).startswith("https://") for it in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
    except (httpx.HTTPError, LookupError, TypeError, ValueError):
        right = False
    if not right:
        why = "staf kan niet inloggen"
        yield error(f"op {url} staat niet wat LINK_STAFF noemt", why, _VARIABLES)
    yield by_hand(
        "is de koppeling bij deze dienst alleen voor uw eigen organisatie, en is het clientgeheim nog geldig?",
        "dat is van buiten niet te zien; een geheim van Microsoft verloopt na hooguit twee jaar",
        "docs/deploy.md, Who may sign in; daarna make secret NAME=LINK_STAFF_SECRET",
    )


def _parsed(variables: Mapping[str, str]) -> SignInAddress | None:
    try:
        return SignInAddress.parse(variables.get("LINK_STAFF", ""))
    except ValueError:
        return None
