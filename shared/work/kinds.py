"""The kinds of work, a row each. A new kind is a row here, a model in `shared/domain/`, a flow in `shared/flows/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from shared import retention
from shared.domain import dead_letter_texts as texts
from shared.domain.dead_letter_texts import Advice
from shared.domain.dossier_request import DossierRequest
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Relay
from shared.domain.replay import Replay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.domain.work import Work

if TYPE_CHECKING:
    from shared.work.records import Stored
    from shared.work.services import Services

W = TypeVar("W", bound=Work)

KEY = "the document's key"


class Flow(Protocol):
    """Does what the work needs next. `stored` is the work under `key`, just read."""

    def __call__(self, services: Services, key: str, stored: Stored[Any]) -> None: ...


@dataclass(frozen=True)
class Kind(Generic[W]):
    """Everything that differs per kind of work.

    `flow` is the module and the function in `shared/flows/`. `function` is the deployed function that runs its tasks.
    `kept` is how long a document is kept after it was last used. `advice` holds the texts of its dead letters.
    `erased_by`: the fields that hold a contact id, by which an erasure finds the documents. KEY instead of a field: the
    document is stored under the key `of_contact`.
    """

    model: type[W]
    collection: str
    flow: str
    function: str
    kept: timedelta
    advice: Advice
    erased_by: Sequence[str]

    def load_flow(self) -> Flow:
        """The flow, imported only now, so that a cold start loads only the flows that it runs."""
        module, _, name = self.flow.partition(".")
        flow: Flow = getattr(import_module(f"shared.flows.{module}"), name)
        return flow


KINDS: Sequence[Kind[Any]] = (
    Kind(
        Submission,
        collection="submissions",
        flow="submit_intake.submit_intake",
        function="run-task",
        kept=retention.SUBMISSIONS,
        advice=texts.SUBMISSION,
        erased_by=("contact_id",),
    ),
    Kind(
        Resident,
        collection="residents",
        flow="follow_registration.follow_registration",
        function="run-task",
        kept=retention.RESIDENTS,
        advice=texts.DOSSIER,
        erased_by=(KEY,),
    ),
    Kind(
        DossierRequest,
        collection="dossier_requests",
        flow="request_dossier.request_dossier",
        function="run-task",
        kept=retention.DOSSIER_REQUESTS,
        advice=texts.DOSSIER_REQUEST,
        erased_by=(KEY,),
    ),
    Kind(
        Link,
        collection="links",
        flow="link_coach.run_link",
        function="run-task",
        kept=retention.LINKS,
        advice=texts.LINK,
        erased_by=("resident_contact_id", "coach_contact_id"),
    ),
    Kind(
        Relay,
        collection="relays",
        flow="deliver_event.deliver_event",
        function="run-task",
        kept=retention.RELAYS,
        advice=texts.RELAY,
        erased_by=("contact_id",),
    ),
    Kind(
        OutgoingMail,
        collection="mails",
        flow="send_email.send_email",
        function="send-email",
        kept=retention.MAILS,
        advice=texts.MAIL,
        erased_by=("contact_id", "coach_contact_id"),
    ),
    Kind(
        Replay,
        collection="replays",
        flow="replay_letters.replay_letters",
        function="run-task",
        kept=retention.REPLAYS,
        advice=texts.REPLAY,
        erased_by=("contact_id",),
    ),
)

_BY_MODEL: dict[type[Work], Kind[Any]] = {kind.model: kind for kind in KINDS}
_BY_COLLECTION: dict[str, Kind[Any]] = {kind.collection: kind for kind in KINDS}


def kind_of(model: type[W]) -> Kind[W]:
    """The row of a model. Raises KeyError for a model without one."""
    return _BY_MODEL[model]


def kind_in(collection: str) -> Kind[Any]:
    """The row of a collection. Raises KeyError for a collection that holds no work."""
    return _BY_COLLECTION[collection]


def is_kind(collection: str) -> bool:
    """Whether the collection holds a kind of work that this version of the link has."""
    return collection in _BY_COLLECTION


def collections_of(function: str) -> frozenset[str]:
    """The collections of work whose tasks this deployed function runs."""
    return frozenset(kind.collection for kind in KINDS if kind.function == function)


def check_kinds() -> None:
    """Called at the start of each function. Raises ImportError for a row whose flow has no module.

    Whether the module has the function is for `tests/work/test_kinds.py`: to look would be to import it.
    """
    for kind in KINDS:
        if find_spec(f"shared.flows.{kind.flow.partition('.')[0]}") is None:
            raise ImportError(f"{kind.collection}: there is no flow {kind.flow}")
