"""The trace of a request: one id for everything that follows from it, over the queue and all functions.

It travels as the header `traceparent` (https://www.w3.org/TR/trace-context/): Cloud Run gives it to us, a task carries
it, and stored work keeps it until it is done. It holds random numbers only.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

# Google writes version 00 and no other. Anything else in the header comes from a stranger, and is not taken.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_CLOUD_TRACE = re.compile(r"(?!0{32})([0-9a-f]{32})/([0-9]{1,20})(?:;o=([01]))?", re.ASCII)


@dataclass(frozen=True)
class Trace:
    """`trace_id` and `span_id` are 32 and 16 hexadecimal digits. `sampled`: Cloud Trace keeps the spans."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def header(self) -> str:
        """As `traceparent`."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def read_traceparent(header: str | None) -> Trace | None:
    """None for anything but the exact form of version 00."""
    found = _TRACEPARENT.fullmatch(header or "")
    return Trace(found[1], found[2], bool(int(found[3], 16) & 1)) if found else None


def trace_of_request(traceparent: str | None, cloud_trace: str | None) -> Trace:
    """The trace in the headers `traceparent` and `X-Cloud-Trace-Context` (Google's older form), or a new one."""
    return read_traceparent(traceparent) or _read_cloud_trace(cloud_trace) or _new_trace()


def _read_cloud_trace(header: str | None) -> Trace | None:
    found = _CLOUD_TRACE.fullmatch(header or "")
    span = int(found[2]) if found else 0
    return Trace(found[1], f"{span:016x}", found[3] == "1") if found and 0 < span < 1 << 64 else None


def _new_trace() -> Trace:
    return Trace(secrets.token_hex(16), secrets.token_hex(8), sampled=False)
