"""The HTTP client for everything outside Google Cloud: it connects to addresses of the public internet only.

A host name in the settings, or in somebody's DNS, must not lead our keys and residents' data to this machine, to
Google's metadata server or to another internal network. The address is checked after the look-up, and the connection is
made to the very address that was checked, so a second answer of the DNS changes nothing.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

LONGEST_CONNECT = 5.0  # seconds, for a caller that gives no time

# Python's `is_global` accepts these. 192.0.0.0/24 holds special services of a network, 192.88.99.0/24 was the gateway
# of 6to4.
_IPV4_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
# Written out, because Python's own table differs from version to version. All other public hosts are in 2000::/3.
_IPV6_PUBLIC = IPv6Network("2000::/3")
_IPV6_SPECIAL = (
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarks and other protocols
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address of any kind in another form
    IPv6Network("3fff::/20"),  # documentation
)
_NAT64 = IPv6Network("64:ff9b::/96")  # A network with IPv6 only gives every public IPv4 address in this form.

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class NotPublic(httpcore.ConnectError):
    """The host name leads to no address that we may connect to. Nothing was sent."""


def is_public(text: str) -> bool:
    """Whether this is an address of a host on the public internet. An IPv4 address inside an IPv6 one counts itself."""
    try:
        return _is_public(_plain(ip_address(text)))
    except ValueError:
        return False


def is_loopback(text: str) -> bool:
    """Whether this is an address of this machine."""
    try:
        return _plain(ip_address(text)).is_loopback
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        special = any(address in network for network in _IPV4_SPECIAL)
        return address.is_global and not (address.is_multicast or special)
    return address in _IPV6_PUBLIC and not any(address in network for network in _IPV6_SPECIAL)


class PublicBackend(httpcore.SyncBackend):
    """Looks up the host once, and connects to its first public address that answers, in the order of the DNS.

    `allow_loopback`: this machine is accepted as well, for local runs. TLS is not made here: httpcore does that, with
    the host name of the URL.
    """

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """`timeout` (seconds) is for all addresses together, after the look-up. Raises httpcore's errors, NotPublic."""
        addresses = self._look_up(host, port)
        ends = time.monotonic() + (LONGEST_CONNECT if timeout is None else timeout)
        failed: Exception = NotPublic("no public address")
        for number, address in enumerate(addresses):
            # An address that does not answer leaves an equal part of the time to each that follows.
            share = (ends - time.monotonic()) / (len(addresses) - number)
            try:
                return super().connect_tcp(address, port, max(share, 0.001), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _look_up(self, host: str, port: int) -> list[str]:
        """The addresses that we may connect to, each once."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the look-up failed") from error
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [address for address in addresses if self._may_connect(address)]

    def _may_connect(self, address: str) -> bool:
        return is_public(address) or (self._allow_loopback and is_loopback(address))


class _PublicTransport(httpx.HTTPTransport):
    def __init__(self, *, allow_loopback: bool) -> None:
        tls = httpx.create_ssl_context()
        super().__init__(verify=tls)
        # httpx has no argument for the backend, so its pool is replaced by one of the same kind.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=100,
            keepalive_expiry=30,
            network_backend=PublicBackend(allow_loopback=allow_loopback),
        )


def public_client(*, allow_loopback: bool) -> httpx.Client:
    """A client that follows no redirect, uses no proxy of the environment, and connects to public addresses only."""
    return httpx.Client(
        transport=_PublicTransport(allow_loopback=allow_loopback), follow_redirects=False, trust_env=False
    )
