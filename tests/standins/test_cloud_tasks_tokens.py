"""The OIDC token in a task's request, verified with google-auth."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from infra.standins.cloud_tasks import QueueSettings, serve
from tests.standins.receiver import LOCATION, Clock, client_at, receiving

QUEUE = f"{LOCATION}/queues/q"
ACCOUNT = "link@demo.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def server():
    # This clock is far from the real one, by which google-auth verifies a token.
    with serve(None, clock=Clock(datetime.fromisoformat("2031-01-01T00:00Z")), queues=[QueueSettings(QUEUE)]) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    client = client_at(server.address)
    yield client
    client.transport.close()


def authorization(server, client, **request):
    with receiving() as receiver:
        client.create_task(parent=QUEUE, task={"http_request": {"url": f"{receiver.url}/work?x=1", **request}})
        server.run_due()
        (received,) = receiver.received
        return received.headers.get("Authorization"), f"{receiver.url}/work?x=1"


def verified(server, header, audience):
    scheme, token = header.split(" ")
    assert scheme == "Bearer"
    return id_token.verify_token(token, Request(), audience, certs_url=server.certs_url)


def test_a_task_carries_a_token_that_google_auth_verifies(server, client):
    oidc = {"service_account_email": ACCOUNT, "audience": "https://functions.example/run-task"}
    headers = {"authorization": "Bearer a caller's own"}
    header, _ = authorization(server, client, oidc_token=oidc, headers=headers)
    claims = verified(server, header, "https://functions.example/run-task")
    assert claims["iss"] == "https://accounts.google.com"
    assert (claims["email"], claims["email_verified"]) == (ACCOUNT, True)
    assert claims["sub"] == claims["azp"]
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 60


def test_a_token_is_valid_for_its_audience_only(server, client):
    oidc = {"service_account_email": ACCOUNT, "audience": "https://functions.example/run-task"}
    header, _ = authorization(server, client, oidc_token=oidc)
    with pytest.raises(ValueError, match="wrong audience"):
        verified(server, header, "https://functions.example/send-email")


def test_without_an_audience_the_audience_is_the_url(server, client):
    header, url = authorization(server, client, oidc_token={"service_account_email": ACCOUNT})
    assert verified(server, header, url)["email"] == ACCOUNT


def test_without_an_account_the_callers_own_header_stays(server, client):
    assert authorization(server, client, headers={"Authorization": "Basic eA=="})[0] == "Basic eA=="
    assert authorization(server, client)[0] is None


def test_two_servers_have_different_keys(server):
    with serve(None) as other, pytest.raises(ValueError, match="key id"):
        verified(server, f"Bearer {other.token(ACCOUNT, 'https://here.example')}", "https://here.example")
