"""The calls to Firestore, which hide Google's messages, errors and time-outs. Importing it loads Google's client.

This uses the generated client. The idiomatic client on top of it cannot replace a whole document under a precondition,
and has no setting for how soon it connects again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import Document as Message
from google.protobuf.timestamp_pb2 import Timestamp

from shared.clock import to_text
from shared.errors import AlreadyExists, Changed, StoreUnavailable, TooBig
from shared.store.limits import COUNTS, Write, can_find_by, json_text, read_json
from shared.store.port import Addition, Data, Document, Query

# Connects again within a second after an outage; by default gRPC waits up to two minutes.
CHANNEL = {
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.max_receive_message_length": -1,
}
READ_AGAIN = if_exception_type(exceptions.ServiceUnavailable, exceptions.InternalServerError, exceptions.Aborted)
READ_AGAIN_SECONDS = 0.5
WRITE_AGAIN = if_exception_type(exceptions.Aborted)  # the only error that proves that nothing was written

# What Firestore says of a document that grew too large by an addition: every other size was checked before.
_TOO_BIG = re.compile(r"exceeds the maximum|too (big|large)|maximum .*size", re.IGNORECASE)

# Two fields that we add. They cannot clash with a caller's field that is searched by: such a name starts with a letter.
REST = "_rest"  # all fields that cannot be searched by, as JSON: Firestore refuses nested lists, odd names, great depth
TOKEN = "_token"  # noqa: S105 - no secret: a random text, because a write that changes nothing gets no new update time


class Calls:
    """Each call has to end before `until`, of `time.monotonic`. Raises StoreUnavailable, also when a write happened."""

    def __init__(self, root: str, emulator: str | None) -> None:
        """`root` is `projects/…/databases/…`; `emulator` is the host and port of a local Firestore."""
        self._root = root
        self._metadata = [("google-cloud-resource-prefix", root)]
        if emulator:
            self._metadata.append(("authorization", "Bearer owner"))
        with _answering():
            self._channel = _channel(emulator)
            self._client = FirestoreClient(transport=FirestoreGrpcTransport(channel=self._channel))

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def get(self, collection: str, key: str, until: float) -> Document | None:
        """The document, also when it has expired; None when there is none."""
        # Not `get_document`, which answers NOT_FOUND for a missing database too.
        request = {"database": self._root, "documents": [self._name(collection, key)]}
        with _answering():
            answers = self._client.batch_get_documents(request, **self._read_until(until))
            return next((_document(answer.found) for answer in answers if "found" in answer), None)

    def put(self, write: Write, written_at: str | None, until: float) -> str:
        """Writes a document and returns the time of the write. Raises AlreadyExists or Changed.

        `written_at` is the time that the last write has to have; None: there has to be no document.
        """
        message = {"name": self._name(write.collection, write.key), "fields": _fields(write.data)}
        must = {"update_time": _timestamp(written_at)} if written_at else {"exists": False}
        return self._commit({"update": message, "current_document": must}, write.adding, until)

    def delete(
        self, collection: str, key: str, written_at: str | None, adding: Sequence[Addition], until: float
    ) -> None:
        """Raises Changed when `written_at` is given and is not the time of the last write, or the document is gone."""
        must = {"current_document": {"update_time": _timestamp(written_at)}} if written_at else {}
        self._commit({"delete": self._name(collection, key), **must}, adding, until)

    def find(self, query: Query, until: float) -> list[Document]:
        """The documents of a query, those that have expired included."""
        request = {"parent": f"{self._root}/documents", "structured_query": self._structured(query)}
        with _answering():
            answers = self._client.run_query(request, **self._read_until(until))
            return [_document(answer.document) for answer in answers if "document" in answer]

    def count(self, query: Query, up_to: int | None, until: float) -> int:
        """How many documents match, those that have expired included. Not more than `up_to`."""
        matching = self._matching(query)
        count = {"alias": "found", "count": {"up_to": up_to} if up_to else {}}
        aggregation = {"structured_query": matching, "aggregations": [count]}
        request = {"parent": f"{self._root}/documents", "structured_aggregation_query": aggregation}
        with _answering():
            answers = self._client.run_aggregation_query(request, **self._read_until(until))
            (found,) = [it.result.aggregate_fields["found"] for it in answers if "found" in it.result.aggregate_fields]
            return found.integer_value

    def _commit(self, write: dict[str, Any], adding: Sequence[Addition], until: float) -> str:
        """Makes the write and the additions together, or none of them."""
        request = {"database": self._root, "writes": [write, *map(self._addition, adding)]}
        left = _left(until)
        again = Retry(WRITE_AGAIN, initial=0.02, maximum=0.2, timeout=left)
        with _answering():
            try:
                answer = self._client.commit(request, retry=again, timeout=left, metadata=self._metadata)
            except exceptions.AlreadyExists as error:
                raise AlreadyExists(error.message) from error
            except (exceptions.FailedPrecondition, exceptions.NotFound) as error:
                raise Changed(error.message) from error
            except exceptions.InvalidArgument as error:
                if adding and _TOO_BIG.search(error.message):
                    raise TooBig(error.message) from error
                raise
        return _written_at(type(answer).pb(answer).write_results[0].update_time)

    def _read_until(self, until: float) -> dict[str, Any]:
        left = _left(until)
        again = Retry(READ_AGAIN, initial=0.05, maximum=0.2, timeout=min(left, READ_AGAIN_SECONDS))
        return {"retry": again, "timeout": left, "metadata": self._metadata}

    def _name(self, collection: str, key: str) -> str:
        return f"{self._root}/documents/{collection}/{key}"

    def _addition(self, addition: Addition) -> dict[str, Any]:
        """A write without a precondition. Firestore adds by itself, so nobody has to read the document."""
        fixed = {name: _value(name, value) for name, value in addition.fixed.items()}
        steps = [
            {"field_path": f"{COUNTS}.{_quoted(name)}", "increment": {"integer_value": number}}
            for name, number in addition.counts.items()
        ]
        return {
            "update": {"name": self._name(addition.collection, addition.key), "fields": fixed},
            "update_mask": {"field_paths": list(fixed)},
            "update_transforms": steps,
        }

    def _structured(self, query: Query) -> dict[str, Any]:
        structured = {**self._matching(query), "limit": query.limit}
        if query.after:
            last = [_value(query.order_by, query.after.data[query.order_by])] if query.order_by else []
            last.append({"reference_value": self._name(query.collection, query.after.key)})
            structured["start_at"] = {"values": last, "before": False}
        return structured

    def _matching(self, query: Query) -> dict[str, Any]:
        """What matches, in its order, without the limit and `after`."""
        filters = [_filter(name, "EQUAL", value) for name, value in query.where.items()]
        if query.order_by:
            bounds = [("GREATER_THAN_OR_EQUAL", query.at_least), ("LESS_THAN_OR_EQUAL", query.at_most)]
            bounded = [_filter(query.order_by, sign, bound) for sign, bound in bounds if bound is not None]
            filters += bounded or [{"unary_filter": {"field": _field(query.order_by), "op": "IS_NOT_NULL"}}]
        order = [query.order_by, "__name__"] if query.order_by else ["__name__"]
        direction = "DESCENDING" if query.descending else "ASCENDING"
        structured: dict[str, Any] = {
            "from_": [{"collection_id": query.collection}],
            "order_by": [{"field": _field(name), "direction": direction} for name in order],
        }
        if filters:
            structured["where"] = {"composite_filter": {"op": "AND", "filters": filters}}
        return structured


@contextmanager
def _answering() -> Iterator[None]:
    """Turns the errors of Google's client into StoreUnavailable.

    InvalidArgument passes: our request is wrong, and a retry would not help.
    """
    try:
        yield
    except exceptions.InvalidArgument:
        raise
    except (exceptions.GoogleAPIError, GoogleAuthError) as error:
        raise StoreUnavailable(f"Firestore: {type(error).__name__}") from error


def _channel(emulator: str | None) -> grpc.Channel:
    options = list(CHANNEL.items())
    if emulator:
        return grpc.insecure_channel(emulator, options)
    return FirestoreGrpcTransport.create_channel(options=options)


def _left(until: float) -> float:
    """Seconds until the deadline. Raises StoreUnavailable when it has passed."""
    left = until - time.monotonic()
    if left <= 0:
        raise StoreUnavailable("Firestore: no time left")
    return left


def _fields(data: Data) -> dict[str, Any]:
    fields = {name: _value(name, value) for name, value in data.items() if can_find_by(name, value)}
    if COUNTS in data:
        numbers = {name: {"integer_value": number} for name, number in data[COUNTS].items()}
        fields[COUNTS] = {"map_value": {"fields": numbers}}
    rest = {name: value for name, value in data.items() if name not in fields}
    if rest:
        fields[REST] = {"string_value": json_text(rest)}
    return {**fields, TOKEN: {"string_value": secrets.token_hex(8)}}


def _value(name: str, value: object) -> dict[str, Any]:
    """The value as Firestore stores it: `expires_at` as a timestamp, because the TTL policy deletes by it."""
    match value:
        case None:
            return {"null_value": 0}
        case bool():
            return {"boolean_value": value}
        case int():
            return {"integer_value": value}
        case float():
            return {"double_value": value}
        case _ if name == "expires_at":
            moment = Timestamp()
            moment.FromJsonString(str(value))
            return {"timestamp_value": moment}
        case _:
            return {"string_value": value}


def _document(message: Message) -> Document:
    found = Message.pb(message)
    data: Data = {}
    for name, value in found.fields.items():
        kind = value.WhichOneof("value_type")
        if kind == "timestamp_value":
            data[name] = to_text(value.timestamp_value.ToDatetime(UTC))
        elif name == REST:
            data = read_json(value.string_value) | data
        elif kind == "map_value":
            data[name] = {count: number.integer_value for count, number in value.map_value.fields.items()}
        elif name != TOKEN:
            data[name] = None if kind == "null_value" else getattr(value, kind)
    return Document(found.name.rpartition("/")[2], data, _written_at(found.update_time))


def _quoted(name: str) -> str:
    """A name within a path, so that no character of it means something else."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _field(name: str) -> dict[str, str]:
    return {"field_path": name}


def _filter(name: str, sign: str, value: object) -> dict[str, Any]:
    if value is None:
        return {"unary_filter": {"field": _field(name), "op": "IS_NULL"}}
    return {"field_filter": {"field": _field(name), "op": sign, "value": _value(name, value)}}


def _written_at(moment: Timestamp) -> str:
    return f"{moment.seconds}.{moment.nanos:09}"


def _timestamp(written_at: str) -> Timestamp:
    seconds, _, nanos = written_at.partition(".")
    return Timestamp(seconds=int(seconds), nanos=int(nanos))
