"""The internet address that a request comes from, for the limits of a form: a household, office or server is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Who has an IPv6 address has 2^64 of them: that is one connection. Many providers, and whoever offers tunnels for free,
# give a customer a /48, which holds 65,536 of those.
CONNECTION, CUSTOMER = 64, 48


@dataclass(frozen=True)
class Visitor:
    """`address` is None when nothing tells: all of those are one."""

    address: IPv4Address | IPv6Address | None = None

    @classmethod
    def parse(cls, text: str) -> Visitor:
        try:
            address = ip_address(text.strip())
        except ValueError:
            return cls()
        if isinstance(address, IPv6Address):
            # Without its scope (`%eth0`), which is the sender's own word.
            return cls(address.ipv4_mapped or IPv6Address(int(address)))
        return cls(address)

    @property
    def connection(self) -> str:
        return self._network(CONNECTION)

    @property
    def customer(self) -> str:
        """`""` when that is the connection itself."""
        return self._network(CUSTOMER) if isinstance(self.address, IPv6Address) else ""

    def is_in(self, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
        return self.address is not None and any(self.address in network for network in networks)

    def _network(self, bits: int) -> str:
        if isinstance(self.address, IPv6Address):
            return str(IPv6Network((int(self.address), bits), strict=False))
        return str(self.address or "unknown")
