"""Faults of a store over the network: it is down, does not answer, or its answer is lost on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.clock import to_text, utc_now
from shared.errors import AlreadyExists, Changed, StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Data, Query, Store, update
from tests.store.unavailable import SECONDS_TO_REFUSE, assert_unavailable
from tests.world.firestore_emulator import FirestoreEmulator
from tests.world.ports import free_port
from tests.world.proxy import Proxy, proxy_to

SECONDS_TO_RECOVER = 5


@pytest.fixture
def project() -> str:
    return f"test-{uuid4().hex}"


@pytest.fixture
def direct(firestore: FirestoreEmulator, project: str) -> Iterator[FirestoreStore]:
    store = FirestoreStore(project, "(default)", utc_now, firestore.host)
    yield store
    store.close()


@pytest.fixture
def proxy(firestore: FirestoreEmulator) -> Iterator[Proxy]:
    with proxy_to(firestore.port) as proxy:
        yield proxy


@pytest.fixture
def store(proxy: Proxy, project: str) -> Iterator[FirestoreStore]:
    """Reaches the same documents as `direct`, through the proxy."""
    store = FirestoreStore(project, "(default)", utc_now, proxy.host)
    store.get("effects", "none")
    yield store
    store.close()


def soon(call: Callable[[], object]) -> None:
    """Until it is true and raises nothing."""
    late = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        try:
            if call():
                return
        except StoreUnavailable:
            pass
        assert time.monotonic() < late
        time.sleep(0.05)


@pytest.mark.timed
def test_nobody_listens(project: str) -> None:
    store = FirestoreStore(project, "(default)", utc_now, f"127.0.0.1:{free_port()}")
    assert_unavailable(store)
    store.close()


@pytest.mark.emulator
def test_a_restart_of_firestore_needs_none_of_ours(firestore: FirestoreEmulator, direct: FirestoreStore) -> None:
    direct.create("effects", "one", {})
    firestore.stop()
    try:
        assert_unavailable(direct)
    finally:
        firestore.start()
    soon(lambda: direct.create("effects", "new", {}))
    assert direct.get("effects", "one") is None  # the emulator forgets; this proves that it was another one


@pytest.mark.emulator
def test_firestore_that_does_not_answer(store: FirestoreStore, proxy: Proxy) -> None:
    proxy.swallow = True
    assert_unavailable(store)
    proxy.swallow = False
    proxy.cut()
    soon(lambda: store.get("effects", "new"))


@pytest.mark.emulator
def test_a_read_survives_a_connection_that_is_cut(store: FirestoreStore, proxy: Proxy) -> None:
    created = store.create("effects", "one", {})
    for _ in range(3):
        proxy.cut()
        assert store.get("effects", "one") == created
        proxy.cut()
        assert store.find(Query("effects")) == [created]


@pytest.mark.emulator
class TestTheAnswerIsLost:
    """The write was done and nobody said so: it must not come out as refused, and must not be done again."""

    @staticmethod
    def lose(proxy: Proxy, write: Callable[[], object], happened: Callable[[], object], *, cut: bool = True) -> None:
        proxy.swallow = True
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(write)
            soon(happened)
            if cut:
                proxy.cut()
            with pytest.raises(StoreUnavailable):
                outcome.result()
        assert time.monotonic() - begun < SECONDS_TO_REFUSE
        proxy.swallow = False
        proxy.cut()

    @pytest.mark.parametrize("cut", [True, False], ids=["cut", "silent"])
    def test_of_create(self, store: FirestoreStore, direct: FirestoreStore, proxy: Proxy, cut: bool) -> None:

        def write() -> object:
            return store.create("effects", "a", {"by": 1})

        self.lose(proxy, write, lambda: direct.get("effects", "a"), cut=cut)
        found = direct.get("effects", "a")
        assert found is not None
        assert found.data == {"by": 1}
        # A caller that tries again learns that the document exists, and finds its own document.
        soon(lambda: store.get("effects", "a") == found)
        with pytest.raises(AlreadyExists):
            store.create("effects", "a", {"by": 1})

    def test_of_replace(self, store: FirestoreStore, direct: FirestoreStore, proxy: Proxy) -> None:
        first = store.create("effects", "a", {"by": 1})

        def happened() -> bool:
            return direct.get("effects", "a") != first

        self.lose(proxy, lambda: store.replace("effects", "a", {"by": 2}, first.version), happened)
        found = direct.get("effects", "a")
        assert found is not None
        assert found.data == {"by": 2}
        soon(lambda: store.get("effects", "a") == found)
        with pytest.raises(Changed):
            store.replace("effects", "a", {"by": 2}, first.version)

    def test_of_delete(self, store: FirestoreStore, direct: FirestoreStore, proxy: Proxy) -> None:
        first = store.create("effects", "a", {})

        def happened() -> bool:
            return direct.get("effects", "a") is None

        self.lose(proxy, lambda: store.delete("effects", "a", first.version), happened)
        soon(lambda: store.get("effects", "a") is None)
        store.delete("effects", "a", first.version)

    def test_of_update(self, store: FirestoreStore, direct: FirestoreStore, proxy: Proxy) -> None:
        """It counts once, and the caller is told; whether to ask again is theirs to know."""

        def add_one(data: Data | None) -> Data:
            return {"n": (data or {"n": 0})["n"] + 1}

        class FailingAnswers:
            """Loses the answer of the first write only: `update` reads before it."""

            def __getattr__(self, name: str) -> object:
                return getattr(store, name)

            def create(self, *arguments: object) -> object:
                proxy.swallow = True
                return store.create(*arguments)  # type: ignore[arg-type]

        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(update, FailingAnswers(), "counters", "one", add_one)  # type: ignore[arg-type]
            soon(lambda: direct.get("counters", "one"))
            proxy.cut()
            with pytest.raises(StoreUnavailable):
                outcome.result()
        found = direct.get("counters", "one")
        assert found is not None
        assert found.data == {"n": 1}


@pytest.mark.emulator
def test_expiry_is_a_moment_to_firestore_and_the_rest_is_one_text(
    firestore: FirestoreEmulator, project: str, direct: FirestoreStore
) -> None:
    """A TTL policy needs a timestamp; see it with Google's own client."""
    from google.cloud.firestore import Client  # noqa: PLC0415 - slow, and only here

    moment = utc_now() + timedelta(hours=1)
    direct.create("submissions", "one", {"n": 1, "raw": {"a": [[1]]}, "expires_at": to_text(moment)})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", firestore.host)
        client = Client(project=project)
        stored = client.collection("submissions").document("one").get().to_dict()
        client.close()
    assert stored is not None
    assert stored.pop("expires_at") == moment
    assert len(stored.pop("_token")) == 16
    assert stored == {"n": 1, "_rest": '{"raw":{"a":[[1]]}}'}


@pytest.mark.emulator
def test_a_database_has_its_own_documents(firestore: FirestoreEmulator, project: str, direct: FirestoreStore) -> None:
    other = FirestoreStore(project, "other", utc_now, firestore.host)
    other.create("effects", "one", {})
    assert other.get("effects", "one") is not None
    assert direct.get("effects", "one") is None
    other.close()


@pytest.mark.emulator
def test_a_url_leads_to_the_emulator(firestore: FirestoreEmulator, project: str, direct: FirestoreStore) -> None:
    for url in (f"firestore://{project}/(default)", f"firestore://{project}"):
        store: Store = FirestoreStore.from_url(f"{url}?emulator={firestore.host}", utc_now)
        store.create("effects", "one", {})
        assert direct.get("effects", "one") is not None
        store.delete("effects", "one")


@pytest.mark.parametrize("url", ["firestore://", "firestore:///x", "firestore://p/d?other=x", "sqlite:///x", "project"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not firestore"):
        FirestoreStore.from_url(url, utc_now)


def test_without_the_emulator_it_takes_googles_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as one can go without a network: the channel to Google is made, and its credentials are found."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(StoreUnavailable):
        FirestoreStore("project", "(default)", utc_now).get("effects", "one")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"type": "service_account", "client_email": "link@example.iam.gserviceaccount.com", "private_key": text}
    (tmp_path / "key.json").write_text(json.dumps({**account, "token_uri": "http://127.0.0.1:1/token"}))
    store = FirestoreStore("project", "(default)", utc_now)
    assert store._calls is not None
    store.close()


def test_who_does_not_call_firestore_does_not_import_it() -> None:
    code = "import sys, shared.store.firestore; print('grpc' in sys.modules, 'google.api_core' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]
