"""Each error of Firestore becomes an error of ours. A server that speaks its protocol answers over real gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore_v1.types import (
    BatchGetDocumentsResponse,
    CommitResponse,
    RunAggregationQueryResponse,
    RunQueryResponse,
)
from grpc import StatusCode

from shared.clock import utc_now
from shared.errors import Changed, StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Addition, Query
from tests.store.unavailable import assert_unavailable

COMMITTED = CommitResponse.pb(CommitResponse(write_results=[{"update_time": {"seconds": 1}}])).SerializeToString()
NOTHING = {
    "BatchGetDocuments": BatchGetDocumentsResponse.pb(BatchGetDocumentsResponse()).SerializeToString(),
    "RunQuery": RunQueryResponse.pb(RunQueryResponse()).SerializeToString(),
    "RunAggregationQuery": RunAggregationQueryResponse.pb(
        RunAggregationQueryResponse(result={"aggregate_fields": {"found": {"integer_value": 0}}})
    ).SerializeToString(),
}
FOR_EVER = 10_000
ADDITION = Addition("tallies", "one", {}, {"a": 1})


class Server(grpc.GenericRpcHandler):
    """Answers `errors` in their order, and then that the write is done or nothing is found. `calls` counts."""

    def __init__(self) -> None:
        self.errors: list[StatusCode] = []
        self.calls = 0

    def service(self, handler_call_details):
        method = handler_call_details.method.rpartition("/")[2]
        if method == "Commit":
            return grpc.unary_unary_rpc_method_handler(lambda _, context: self._answer(context, COMMITTED))
        return grpc.unary_stream_rpc_method_handler(lambda _, context: iter([self._answer(context, NOTHING[method])]))

    def _answer(self, context: grpc.ServicerContext, answer: bytes) -> bytes:
        self.calls += 1
        if self.errors:
            context.abort(self.errors.pop(0), "as told")
        return answer


@pytest.fixture(scope="module")
def grpc_server() -> Iterator[tuple[Server, FirestoreStore]]:
    handler = Server()
    server = grpc.server(ThreadPoolExecutor(8), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    store = FirestoreStore("project", "(default)", utc_now, f"127.0.0.1:{port}")
    yield handler, store
    store.close()
    server.stop(None).wait()


@pytest.fixture
def server(grpc_server: tuple[Server, FirestoreStore]) -> Server:
    grpc_server[0].errors, grpc_server[0].calls = [], 0
    return grpc_server[0]


@pytest.fixture
def store(grpc_server: tuple[Server, FirestoreStore]) -> FirestoreStore:
    return grpc_server[1]


Call = Callable[[FirestoreStore], object]
WRITES: dict[str, Call] = {
    "create": lambda store: store.create("effects", "one", {"n": 1}),
    "replace": lambda store: store.replace("effects", "one", {"n": 1}, "0.000000001/"),
    "delete": lambda store: store.delete("effects", "one"),
    "create and add": lambda store: store.create("effects", "one", {"n": 1}, [ADDITION]),
    "replace and add": lambda store: store.replace("effects", "one", {"n": 1}, "0.000000001/", [ADDITION]),
    "delete and add": lambda store: store.delete("effects", "one", "0.000000001/", [ADDITION]),
}
READS: dict[str, Call] = {
    "get": lambda store: store.get("effects", "one"),
    "find": lambda store: store.find(Query("effects")),
    "count": lambda store: store.count(Query("effects")),
}
writes = pytest.mark.parametrize("call", WRITES.values(), ids=list(WRITES))
reads = pytest.mark.parametrize("call", READS.values(), ids=list(READS))
either = pytest.mark.parametrize("call", [*WRITES.values(), *READS.values()], ids=[*WRITES, *READS])

MAY_HAVE_HAPPENED = [
    StatusCode.UNAVAILABLE,
    StatusCode.DEADLINE_EXCEEDED,
    StatusCode.INTERNAL,
    StatusCode.UNKNOWN,
    StatusCode.CANCELLED,
    StatusCode.RESOURCE_EXHAUSTED,
    StatusCode.PERMISSION_DENIED,
    StatusCode.UNAUTHENTICATED,
]


@writes
@pytest.mark.parametrize("status", MAY_HAVE_HAPPENED, ids=lambda status: status.name)
def test_a_write_that_may_have_happened_is_never_sent_again(
    server: Server, store: FirestoreStore, call: Call, status: StatusCode
) -> None:
    server.errors = [status]
    with pytest.raises(StoreUnavailable):
        call(store)
    assert server.calls == 1


@writes
def test_a_write_that_lost_a_race_within_firestore_is_sent_again(
    server: Server, store: FirestoreStore, call: Call
) -> None:
    server.errors = [StatusCode.ABORTED, StatusCode.ABORTED]
    call(store)
    assert server.calls == 3


@reads
@pytest.mark.parametrize(
    "status", [StatusCode.UNAVAILABLE, StatusCode.INTERNAL, StatusCode.ABORTED], ids=lambda status: status.name
)
def test_a_read_is_asked_again(server: Server, store: FirestoreStore, call: Call, status: StatusCode) -> None:
    server.errors = [status, status]
    call(store)
    assert server.calls == 3


@pytest.mark.parametrize("status", [*MAY_HAVE_HAPPENED, StatusCode.ABORTED], ids=lambda status: status.name)
def test_an_error_that_stays_is_unavailable_in_time_and_over_when_it_is_over(
    server: Server, store: FirestoreStore, status: StatusCode
) -> None:
    server.errors = [status] * FOR_EVER
    assert_unavailable(store)
    server.errors = []
    for call in [*WRITES.values(), *READS.values()]:
        call(store)


@either
def test_our_own_mistake_stays_one(server: Server, store: FirestoreStore, call: Call) -> None:
    server.errors = [StatusCode.INVALID_ARGUMENT]
    with pytest.raises(InvalidArgument):
        call(store)
    assert server.calls == 1


@pytest.mark.parametrize("status", [StatusCode.FAILED_PRECONDITION, StatusCode.NOT_FOUND], ids=lambda s: s.name)
def test_a_version_that_is_not_the_newest(server: Server, store: FirestoreStore, status: StatusCode) -> None:
    server.errors = [status]
    with pytest.raises(Changed):
        WRITES["replace"](store)


def test_create_of_what_is_gone_meanwhile_is_tried_again(server: Server, store: FirestoreStore) -> None:
    """Somebody else's document stood there for a moment: refused, looked at, free, made."""
    server.errors = [StatusCode.ALREADY_EXISTS]
    assert store.create("effects", "one", {}).key == "one"
    assert server.calls == 3


def test_an_index_that_is_missing_is_not_found_out_by_repeating(server: Server, store: FirestoreStore) -> None:
    server.errors = [StatusCode.FAILED_PRECONDITION]
    with pytest.raises(StoreUnavailable):
        READS["find"](store)
    assert server.calls == 1
