"""A Cloud Tasks server for a laptop and for tests: the real client talks to it unchanged, and it keeps the rules.

    server = serve(Path("queue.sqlite"), queues=[QueueSettings("projects/p/locations/l/queues/default")])
    transport = CloudTasksGrpcTransport(channel=grpc.insecure_channel(server.address))
    client = tasks_v2.CloudTasksClient(transport=transport)

or `python -m infra.standins.cloud_tasks --port 8123 --state queue.sqlite --queue projects/p/locations/l/queues/default`.

What it keeps of the real service's rules, and what not: README.md.

    messages.py   the wire messages, and time as protobuf has it
    rules.py      what a request may ask for, and what follows from a failed attempt; no I/O
    state.py      the queues, tasks and used names, in SQLite
    dispatch.py   when what is sent, and what comes of it
    send.py       one HTTP request
    tokens.py     the OIDC tokens and the public keys they verify with
    service.py    the gRPC methods
    server.py     all of it together
"""

from infra.standins.cloud_tasks.rules import Limits, QueueSettings
from infra.standins.cloud_tasks.server import Server, serve

__all__ = ["Limits", "QueueSettings", "Server", "serve"]
