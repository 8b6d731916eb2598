"""The internet address of a visitor of a public form. The form's limits count per connection and per customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Prefix lengths in IPv6. A connection gets a /64 with 2^64 addresses. Many providers, and free tunnels, give a customer
# a /48, which holds 65,536 connections.
CONNECTION, CUSTOMER = 64, 48


@dataclass(frozen=True)
class Visitor:
    """`address` is None when it is unknown. All unknown visitors count as one."""

    address: IPv4Address | IPv6Address | None = None

    @classmethod
    def parse(cls, text: str) -> Visitor:
        """A visitor with the address in `text`, or with None when that is no address."""
        try:
            address = ip_address(text.strip())
        except ValueError:
            return cls()
        if isinstance(address, IPv6Address):
            # The scope (`%eth0`) is dropped: a sender can write anything there.
            return cls(address.ipv4_mapped or IPv6Address(int(address)))
        return cls(address)

    @property
    def connection(self) -> str:
        """The network of one household, office or server: an IPv4 address or an IPv6 /64."""
        return self._network(CONNECTION)

    @property
    def customer(self) -> str:
        """The IPv6 /48 of the provider's customer; `""` for IPv4."""
        return self._network(CUSTOMER) if isinstance(self.address, IPv6Address) else ""

    def is_in(self, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
        """Whether the address is in one of the networks; False when it is unknown."""
        return self.address is not None and any(self.address in network for network in networks)

    def _network(self, bits: int) -> str:
        if isinstance(self.address, IPv6Address):
            return str(IPv6Network((int(self.address), bits), strict=False))
        return str(self.address or "unknown")
