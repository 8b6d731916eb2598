"""A stand-in of Cloud Storage for tests: the few requests that we make with Google's own client, over HTTP.

Set `STORAGE_EMULATOR_HOST=http://127.0.0.1:PORT` to send the client here. As in the real service an upload is stored
as a whole or not at all, its checksums are compared, and `ifGenerationMatch=0` refuses to overwrite an object.
Source: the JSON API of Cloud Storage, pages "Multipart uploads", "Resumable uploads", "Request preconditions" and
"Objects: list".
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import google_crc32c
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

PAGE = 1000  # objects in one answer, as in the real service
_routes = Map(
    [
        Rule("/upload/storage/v1/b/<bucket>/o", methods=["POST"], endpoint="upload"),
        Rule("/upload/storage/v1/b/<bucket>/o", methods=["PUT"], endpoint="upload_more"),
        Rule("/download/storage/v1/b/<bucket>/o/<path:name>", methods=["GET"], endpoint="download"),
        Rule("/storage/v1/b/<bucket>/o/<path:name>", methods=["DELETE"], endpoint="delete"),
        Rule("/storage/v1/b/<bucket>/o", methods=["GET"], endpoint="list"),
    ],
    merge_slashes=False,
)


@dataclass
class _Upload:
    """An upload that has begun. `done` is the answer to its last part, which a repeat of that part gets again."""

    bucket: str
    metadata: dict[str, Any]
    condition: str | None
    body: bytes = b""
    done: dict[str, Any] | None = None


@dataclass
class CloudStorage:
    """A WSGI app. A test may read and change `objects`: (bucket, name) → contents.

    The next requests are answered with the statuses in `answer_with`, one each, without doing anything. `writes` counts
    the objects that were stored. `after_write` is called after each of these, before the answer is sent.
    """

    buckets: set[str]
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    answer_with: list[int] = field(default_factory=list)
    writes: int = 0
    after_write: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._uploads: dict[str, _Upload] = {}
        self._ids = itertools.count(1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        try:
            endpoint, values = _routes.bind_to_environ(environ).match()
            with self._lock:
                response = self._answer(endpoint, values, request, body)
        except HTTPException as error:
            response = _refusal(error.code or 500, error.name)
        return response(environ, start_response)

    def _answer(self, endpoint: str, values: Mapping[str, Any], request: Request, body: bytes) -> Response:
        if self.answer_with:
            return _refusal(self.answer_with.pop(0), "a fault that the test asked for")
        if values["bucket"] not in self.buckets:
            return _refusal(404, "The specified bucket does not exist.")
        answer: Response = getattr(self, f"_{endpoint}")(request, body, **values)
        return answer

    # -- uploads -------------------------------------------------------------------------------------------------------

    def _upload(self, request: Request, body: bytes, bucket: str) -> Response:
        condition = request.args.get("ifGenerationMatch")
        if request.args["uploadType"] == "multipart":
            metadata, media = _parts(request.headers["Content-Type"], body)
            return self._write(_Upload(bucket, metadata, condition, media))
        upload = _Upload(bucket, json.loads(body), condition)
        if self._exists(upload):
            return _refusal(412, "At least one of the pre-conditions you specified did not hold.")
        id_ = f"upload-{next(self._ids)}"
        self._uploads[id_] = upload
        place = f"{request.host_url}upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id_}"
        return Response(status=200, headers={"Location": place})

    def _upload_more(self, request: Request, body: bytes, bucket: str) -> Response:
        """`Content-Range: bytes 0-9/10` sends a part; `bytes */10` asks how many bytes have arrived."""
        upload = self._uploads.get(request.args.get("upload_id", ""))
        if upload is None or upload.bucket != bucket:
            return _refusal(404, "No such upload.")
        if upload.done is not None:
            return _json(upload.done)
        sent, _, total = request.headers["Content-Range"].removeprefix("bytes ").partition("/")
        if sent != "*":
            first = int(sent.partition("-")[0])
            if first > len(upload.body):
                return _refusal(503, "A part is missing.")
            upload.body = upload.body[:first] + body
        if total == str(len(upload.body)):
            return self._write(upload)
        so_far = {"Range": f"bytes=0-{len(upload.body) - 1}"} if upload.body else {}
        return Response(status=308, headers=so_far)

    def _exists(self, upload: _Upload) -> bool:
        return upload.condition == "0" and (upload.bucket, upload.metadata["name"]) in self.objects

    def _write(self, upload: _Upload) -> Response:
        if self._exists(upload):
            return _refusal(412, "At least one of the pre-conditions you specified did not hold.")
        actual = _checksums(upload.body)
        if any(upload.metadata.get(name, value) != value for name, value in actual.items()):
            return _refusal(400, "Provided checksum does not match calculated checksum.")
        self.objects[upload.bucket, upload.metadata["name"]] = upload.body
        self.writes += 1
        upload.done = {
            "kind": "storage#object",
            "bucket": upload.bucket,
            "name": upload.metadata["name"],
            "size": str(len(upload.body)),
            "generation": str(self.writes),
            **actual,
        }
        self.after_write()
        return _json(upload.done)

    # -- what is there -------------------------------------------------------------------------------------------------

    def _download(self, request: Request, _body: bytes, bucket: str, name: str) -> Response:
        contents = self.objects.get((bucket, name))
        if contents is None:
            return Response(f"No such object: {bucket}/{name}", 404)
        checksums = _checksums(contents)
        hashes = f"crc32c={checksums['crc32c']},md5={checksums['md5Hash']}"
        return Response(contents, mimetype="application/octet-stream", headers={"X-Goog-Hash": hashes})

    def _delete(self, _request: Request, _body: bytes, bucket: str, name: str) -> Response:
        if self.objects.pop((bucket, name), None) is None:
            return _refusal(404, f"No such object: {bucket}/{name}")
        return Response(status=204)

    def _list(self, request: Request, _body: bytes, bucket: str) -> Response:
        """Ordered by name; the last name on a page is the token of the next page."""
        prefix, after = request.args.get("prefix", ""), request.args.get("pageToken", "")
        names = sorted(name for at, name in self.objects if at == bucket and name.startswith(prefix) and name > after)
        more = {"nextPageToken": names[PAGE - 1]} if len(names) > PAGE else {}
        return _json({"kind": "storage#objects", "items": [{"name": name} for name in names[:PAGE]], **more})


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The metadata and the contents of a `multipart/related` body."""
    boundary = parse_options_header(content_type)[1]["boundary"]
    _, metadata, media, _ = body.split(f"--{boundary}".encode())
    contents = [part.removesuffix(b"\r\n").partition(b"\r\n\r\n")[2] for part in (metadata, media)]
    return json.loads(contents[0]), contents[1]


def _checksums(body: bytes) -> dict[str, str]:
    crc32c = google_crc32c.value(body).to_bytes(4, "big")
    md5 = hashlib.md5(body, usedforsecurity=False).digest()
    return {"crc32c": base64.b64encode(crc32c).decode(), "md5Hash": base64.b64encode(md5).decode()}


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json")


def _refusal(status: int, message: str) -> Response:
    return _json({"error": {"code": status, "message": message}}, status)
