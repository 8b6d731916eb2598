"""We connect to addresses of the public internet only, and to the very address that was checked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from shared.clock import utc_now
from shared.econobis.client import EconobisClient
from shared.errors import AddressUnknown, OutcomeUnknown, StoreUnavailable, Unavailable
from shared.public_addresses import is_loopback, is_public, public_client
from shared.tasks import google_token
from tests.fixtures import read
from tests.world.scripted_peer import (
    Behaviour,
    Peer,
    answer,
    drips,
    gzip_bomb,
    hangs,
    never_ends,
    peer_that,
    peer_that_never_accepts,
)

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
    "223.255.255.255", "2001:4860:4860::8888", "2a00:1450:400e:80f::200a", "2606:4700::1111",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip
NOT_PUBLIC = {
    "this machine": ["127.0.0.1", "127.255.255.254", "127.1.2.3", "::1", "::ffff:127.0.0.1"],
    "no address": ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "link-local": ["169.254.0.1", "169.254.255.255", "fe80::1", "fe80::1%2", "fec0::1"],
    "metadata": ["169.254.169.254", "fd20:ce::254", "fd00:ec2::254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"],
    "shared by a provider": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1", "232.1.2.3"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.0.1", "192.0.0.9", "192.0.0.170", "192.88.99.1", "100::1"],
    "documentation and benchmarks": [
        "192.0.2.1", "198.51.100.7", "203.0.113.7", "198.18.0.1", "198.19.255.255", "2001:db8::1", "3fff::1", "2001:2::1",
    ],
    "an IPv4 address in another form": [
        "::ffff:10.0.0.1", "::ffff:192.168.1.1", "::ffff:100.64.0.1", "::127.0.0.1", "::10.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::", "2002:a00:1::", "2002:a9fe:a9fe::", "2002:808:808::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1", "::ffff:0:127.0.0.1",
    ],
    "other": ["5f00::1", "400::1", "e000::1", "localhost", "", "0x7f.1", "2130706433", "127.1", "8.8.8.8:80"],
}  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [one for many in NOT_PUBLIC.values() for one in many])
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_only_this_machine_is_loopback() -> None:
    loopback = {one for many in NOT_PUBLIC.values() for one in many if is_loopback(one)}
    assert loopback == {
        "127.0.0.1", "127.255.255.254", "127.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1",
    }  # fmt: skip


@pytest.mark.timed
def test_a_check_takes_no_time_beside_a_call() -> None:
    """Some 60 calls go to a peer per minute, and each checks the few addresses of one host name."""
    began = time.perf_counter()
    for _ in range(1000):
        is_public("2a00:1450:400e:80f::200a")
    assert time.perf_counter() - began < 0.5, "more than half a millisecond each"


# -- real connections --------------------------------------------------------------------------------------------------

HOST = "zonnig.econobis.example"
DELIVERED = answer(200, read("examples/push-afspraak-response-200.json"))


class Dns:
    """Answers look-ups of names with what the test wants, and counts them. An address is looked up as always."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked, self._real = list(answers), 0, socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith(".example"):
            return self._real(host, port, *args, **options)
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [entry for address in addresses for entry in self._real(address, port, type=socket.SOCK_STREAM)]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Dns]:
    def answering(*answers: list[str]) -> Dns:
        made = Dns(*answers)
        monkeypatch.setattr(socket, "getaddrinfo", made)  # the DNS of this machine
        return made

    return answering


@contextmanager
def tls_peer(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str = HOST, behaviour: Behaviour = DELIVERED
) -> Iterator[tuple[Peer, list[str]]]:
    """A peer with a certificate for `name`, and the host names that callers asked for."""
    authority, asked = trustme.CA(), []
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.sni_callback = lambda _connection, server, _context: asked.append(server)
    with peer_that(behaviour) as peer:
        peer._tls = context
        yield peer, asked


def port_of(peer: Peer) -> int:
    return int(peer.url.rpartition(":")[2])


def answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n")


def push(url: str, *, allow_loopback: bool, timeout: float = 5) -> None:
    with public_client(allow_loopback=allow_loopback) as http:
        EconobisClient(http, url, "webform-key", "event-key", utc_now).push("appointment", {}, timeout)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", HOST])
def test_this_machine_is_called_only_in_a_local_run(dns: Callable[..., Dns], host: str) -> None:
    dns(["127.0.0.1"])
    with peer_that(DELIVERED) as peer:
        url = f"http://{host}:{port_of(peer)}"
        with pytest.raises(AddressUnknown) as refused:
            push(url, allow_loopback=False)
        assert refused.value.reason == "Het adres van Econobis leidt naar een intern netwerk; er is niets verstuurd."
        assert not peer.requests
        push(url, allow_loopback=True)
        assert len(peer.requests) == 1


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "fd20:ce::254", "64:ff9b::a9fe:a9fe", "0.0.0.0"])
@pytest.mark.parametrize("allow_loopback", [False, True])
def test_a_name_that_leads_inside_is_not_called(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch, address: str, allow_loopback: bool
) -> None:
    dns([address])
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: tried.append(to))  # Nothing may leave this machine.
    with pytest.raises(AddressUnknown):
        push(f"https://{HOST}", allow_loopback=allow_loopback)
    assert not tried


def test_what_was_checked_is_what_is_connected_to(dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer of a DNS that changes its mind would lead to this machine."""
    tried: list[str] = []

    def connect(_socket: socket.socket, to: tuple[str, int]) -> None:
        tried.append(to[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)  # Nothing may leave this machine.
    asked = dns(["203.0.114.1"], ["127.0.0.1"])
    with pytest.raises(Unavailable):
        push(f"https://{HOST}", allow_loopback=False)
    assert (tried, asked.asked) == (["203.0.114.1"], 1)


def test_of_several_addresses_only_the_public_ones_are_tried(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def connect(_socket: socket.socket, to: tuple[str, int]) -> None:
        tried.append(to[0])
        raise OSError("unreachable")

    monkeypatch.setattr(socket.socket, "connect", connect)  # Nothing may leave this machine.
    dns(["10.0.0.1", "203.0.114.1", "127.0.0.1", "203.0.114.2", "203.0.114.1"])
    with pytest.raises(Unavailable):
        push(f"https://{HOST}", allow_loopback=False)
    assert tried == ["203.0.114.1", "203.0.114.2"]


def test_the_next_address_is_tried_when_one_refuses(dns: Callable[..., Dns]) -> None:
    dns(["127.0.0.2", "127.0.0.1"])
    with peer_that(DELIVERED) as peer:
        push(f"http://{HOST}:{port_of(peer)}", allow_loopback=True)
        assert len(peer.requests) == 1


@pytest.mark.timed
def test_the_next_address_is_tried_when_one_hangs_within_the_same_time(
    dns: Callable[..., Dns],
) -> None:
    with peer_that_never_accepts() as full, socket.create_server(("127.0.0.2", int(full.rpartition(":")[2]))) as server:
        threading.Thread(target=answer_once, args=(server,), daemon=True).start()
        dns(["127.0.0.1", "127.0.0.2"])
        began = time.monotonic()
        with public_client(allow_loopback=True) as http:
            status = http.get(f"http://{HOST}:{full.rpartition(':')[2]}", timeout=1).status_code
        assert status == 401
        assert time.monotonic() - began < 1


@pytest.mark.timed
def test_all_addresses_together_get_the_time_of_one(dns: Callable[..., Dns]) -> None:
    with peer_that_never_accepts() as full:
        dns(["127.0.0.1", "::ffff:127.0.0.1"])
        began = time.monotonic()
        with public_client(allow_loopback=True) as http, pytest.raises(httpx.ConnectTimeout):
            http.get(f"http://{HOST}:{full.rpartition(':')[2]}", timeout=0.5)
        assert time.monotonic() - began < 1


def test_tls_asks_for_the_host_name_and_checks_it(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dns(["127.0.0.1"])
    with tls_peer(monkeypatch, tmp_path) as (peer, asked):
        push(f"https://{HOST}:{port_of(peer)}", allow_loopback=True)
    assert asked == [HOST]


def test_a_certificate_of_another_host_gets_nothing(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dns(["127.0.0.1"])
    with tls_peer(monkeypatch, tmp_path, "127.0.0.1") as (peer, _):
        with pytest.raises(AddressUnknown):
            push(f"https://{HOST}:{port_of(peer)}", allow_loopback=True)
        assert not peer.requests


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look up the name itself, and get our keys."""
    with peer_that(answer(200, [])) as proxy, peer_that(answer(200, ["gelogd"])) as peer:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with public_client(allow_loopback=True) as http:
            assert http.get(peer.url).json() == ["gelogd"]
        assert not proxy.requests


def test_a_redirect_inwards_is_not_followed() -> None:
    with (
        peer_that(answer(200, [])) as inside,
        peer_that(answer(302, [], Location=inside.url)) as peer,
        public_client(allow_loopback=True) as http,
    ):
        assert http.get(peer.url).status_code == 302
        assert not inside.requests


@pytest.mark.timed
@pytest.mark.parametrize("behaviour", [drips(200), never_ends(200), gzip_bomb(200), hangs])
@pytest.mark.parametrize("tls", [False, True])
def test_the_limits_on_time_and_size_hold_for_these_connections(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: Behaviour, tls: bool
) -> None:
    dns(["127.0.0.1"])
    with tls_peer(monkeypatch, tmp_path, behaviour=behaviour) as (peer, _):
        if not tls:
            peer._tls = None
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            push(f"http{'s' if tls else ''}://{HOST}:{port_of(peer)}", allow_loopback=True, timeout=0.6)
        assert time.monotonic() - began < 2


TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.eA"  # {"alg":"RS256","kid":"k"}, {} and a signature that is none


def test_googles_certificates_are_not_fetched_from_an_internal_address(
    dns: Callable[..., Dns], monkeypatch: pytest.MonkeyPatch
) -> None:
    with peer_that(answer(200, {})) as peer:
        url = f"http://{HOST}:{port_of(peer)}"
        monkeypatch.setattr(google_token, "GOOGLE_CERTS", url)  # Google's own address is not ours to answer for.
        dns(["127.0.0.1"])
        with pytest.raises(StoreUnavailable):
            google_token.verify(f"Bearer {TOKEN}", audience="a", service_account="b")
        assert not peer.requests
