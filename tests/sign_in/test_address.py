"""LINK_STAFF: what it may say, and what is refused with the reason."""

from __future__ import annotations

import pytest

from shared.sign_in.address import SignInAddress

TENANT = "2b1f0c9e-0000-4a4a-8b8b-123456789abc"
MICROSOFT = f"oidc://login.microsoftonline.com/{TENANT}/v2.0?client_id=app-1"


def test_google_stands_in_front_with_an_audience() -> None:
    address = SignInAddress.parse("iap:///projects/12/locations/europe-west4/services/show-staff")
    assert (address.kind, address.audience) == ("iap", "/projects/12/locations/europe-west4/services/show-staff")
    address.check_deployed()


def test_microsoft_is_one_tenant_and_its_user_name() -> None:
    address = SignInAddress.parse(MICROSOFT)
    assert address.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert (address.client_id, address.claim, address.tenant) == ("app-1", "preferred_username", TENANT)
    address.check_deployed()


def test_another_service_gives_an_address_that_it_verified() -> None:
    address = SignInAddress.parse("oidc://sso.example.org:8443/realms/dorp/?client_id=app-1")
    assert (address.issuer, address.claim, address.tenant) == ("https://sso.example.org:8443/realms/dorp", "email", "")
    assert SignInAddress.parse("oidc://sso.example.org?client_id=a&claim=upn").claim == "upn"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "starts with"),
        ("https://sso.example.org", "starts with"),
        ("iap://", "not iap:///projects"),
        ("iap:///projects/my-project/locations/eu/services/show-staff", "not iap:///projects"),
        ("iap://host/projects/12/locations/eu/services/show-staff", "cannot be read"),
        ("iap:///projects/12/locations/eu/services/show-staff?certs=x", "unknown: certs"),
        ("oidc://sso.example.org/realms/dorp", "client_id"),
        ("oidc://sso.example.org?client_id=", "name=value|client_id"),
        ("oidc:///realms/dorp?client_id=a", "not oidc"),
        ("oidc://sso.example.org?client_id=a&client_id=b", "more than once"),
        ("oidc://sso.example.org?client_id=a&secret=b", "unknown: secret"),
        ("oidc://sso.example.org?client_id=a&claim=e-mail", "name of a claim"),
        ("oidc://anna@sso.example.org?client_id=a", "cannot be read"),
        ("oidc://sso.example.org?client_id=a#b", "cannot be read"),
        ("oidc://login.microsoftonline.com/common/v2.0?client_id=a", "your tenant"),
        ("oidc://login.microsoftonline.com/organizations/v2.0?client_id=a", "your tenant"),
        (f"oidc://login.microsoftonline.com/{TENANT}?client_id=a", "your tenant"),
        ("local://anna", "cannot be read"),
        ("local:///anna", "nothing follows"),
        ("local://?as=anna", "unknown: as"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SignInAddress.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "local://",
        "oidc://127.0.0.1:8000?client_id=a",
        "oidc://localhost?client_id=a",
        "iap:///projects/1/locations/e/services/s?keys=http://127.0.0.1:1",
        "iap:///projects/1/locations/e/services/s?keys=https://keys.example",
    ],
)
def test_what_is_of_a_local_run_is_refused_in_google_cloud(text: str) -> None:
    address = SignInAddress.parse(text)
    with pytest.raises(ValueError, match="local run only"):
        address.check_deployed()
