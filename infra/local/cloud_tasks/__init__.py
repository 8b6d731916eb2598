"""A Cloud Tasks server for a laptop and for tests: the real client talks to it unchanged, and it keeps the rules.

    server = serve(Path("queue.sqlite"), queues=[QueueSettings("projects/p/locations/l/queues/default")])
    transport = CloudTasksGrpcTransport(channel=grpc.insecure_channel(server.address))
    client = tasks_v2.CloudTasksClient(transport=transport)

or `python -m infra.local.cloud_tasks --port 8123 --state queue.sqlite --queue projects/p/locations/l/queues/default`.

What it keeps:
- A name is taken for 24 h after its task ran or was deleted; a task lives 31 days, a deleted queue's name 3.
- `schedule_time`, `dispatch_deadline`, the limits on names, sizes and settings, with the real service's error texts.
- Retries: doubling, then linear, then `max_backoff`; a task is gone once every limit that is set has been reached.
  `Retry-After` on 429 and 503 is honoured. Only a 2xx is success; redirects are not followed.
- `max_dispatches_per_second` with its burst, `max_concurrent_dispatches`, pause, resume, purge, RunTask.
- The `X-CloudTasks-*` headers as the real service sends them, and an OIDC token that verifies with `certs_url`
  (`/oauth2/v1/certs`, the form of https://www.googleapis.com/oauth2/v1/certs; JWKS at `/oauth2/v3/certs`).
- Everything but the token buckets is in one SQLite file. After SIGKILL at any moment it goes on from there: a task
  whose answer was not recorded is dispatched again.

What it does not do, and says so with UNIMPLEMENTED: App Engine tasks, OAuth tokens, HTTP targets of a queue, list
filters, batches, IAM. It neither slows down a new or idle queue nor one whose receiver fails often.

    messages.py   the wire messages, and time as protobuf has it
    rules.py      what a request may ask for, and what follows from a failed attempt; no I/O
    state.py      the queues, tasks and used names, in SQLite
    dispatch.py   sends what is due, as fast as the queues allow
    tokens.py     the OIDC tokens and the public keys they verify with
    service.py    the gRPC methods
    server.py     all of it together
"""

from infra.local.cloud_tasks.rules import Limits, QueueSettings
from infra.local.cloud_tasks.server import Server, serve

__all__ = ["Limits", "QueueSettings", "Server", "serve"]
