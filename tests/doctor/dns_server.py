"""A DNS server over UDP on this machine, with the records that a test gives it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]
"""The texts of the records, by name and kind: `("zonnig-dorp.nl", "MX")`."""

DOMAIN = "zonnig-dorp.nl"
GOOD_RECORDS: Records = {
    (DOMAIN, "MX"): ["10 mail.zonnig-dorp.nl."],
    (DOMAIN, "TXT"): ['"google-site-verification=x"', '"v=spf1 include:spf.provider.nl " "~all"'],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=none"'],
}


@contextmanager
def resolver_of(records: Records) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks the server. Any other name does not exist; a name without this kind has no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server, records), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        try:
            yield resolver
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", server.getsockname())
            thread.join(5)


def _serve(server: socket.socket, records: Records) -> None:
    while True:
        wire, caller = server.recvfrom(4096)
        if not wire:
            return
        server.sendto(_answer(dns.message.from_wire(wire), records).to_wire(), caller)


def _answer(query: dns.message.Message, records: Records) -> dns.message.Message:
    question = query.question[0]
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if texts := records.get((name, kind)):
        answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, texts))
    elif not any(known == name for known, _ in records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
