"""A Cloud Tasks server for local runs and tests. Google's own client works with it unchanged.

    server = serve(Path("queue.sqlite"), queues=[QueueSettings("projects/p/locations/l/queues/default")])
    transport = CloudTasksGrpcTransport(channel=grpc.insecure_channel(server.address))
    client = tasks_v2.CloudTasksClient(transport=transport)

or `python -m infra.standins.cloud_tasks --port 8123 --state queue.sqlite --queue projects/p/locations/l/queues/q`.

README.md says which rules of the real service it follows, and which not.

    server.py     starts and stops everything below
    service.py    the gRPC methods
    rules.py      checks and defaults of requests, retry times; no I/O
    state.py      queues, tasks and used names, in SQLite
    dispatch.py   sends tasks that are due, and stores the result
    send.py       one HTTP request
    tokens.py     OIDC tokens, and the public key that verifies them
    messages.py   the protobuf messages and their times
    pages.py      what waits, in a browser
"""

from infra.standins.cloud_tasks.pages import create_queue_app
from infra.standins.cloud_tasks.rules import Limits, QueueSettings
from infra.standins.cloud_tasks.server import Server, serve

__all__ = ["Limits", "QueueSettings", "Server", "create_queue_app", "serve"]
