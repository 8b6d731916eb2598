"""Serves the provider as Terraform expects of a plugin: gRPC over a socket, with a certificate for this one run."""

from __future__ import annotations

import base64
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.terraform.stand_in.messages import MESSAGE
from tests.terraform.stand_in.provider import Provider

_NO_LIMIT = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def serve(schema: Path) -> None:
    """Answers until Terraform says that it is done."""
    done = threading.Event()

    def shut_down(_request: Any) -> Any:
        done.set()
        return MESSAGE["Empty"]()

    server = grpc.server(ThreadPoolExecutor(8), options=_NO_LIMIT)
    provider = {method: _handler(request, call) for method, (request, call) in Provider(schema).calls.items()}
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("tfplugin5.Provider", provider),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": _handler("Empty", shut_down)}),
    ))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        certificate = _listen(server, f"{folder}/socket")
        server.start()
        # Terraform reads this line: protocols, where we listen, and the certificate to trust.
        print(f"1|5|unix|{folder}/socket|grpc|{certificate}", flush=True)
        done.wait()
        server.stop(0.2).wait()


def _handler(request: str, call: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        lambda message, _context: call(message), MESSAGE[request].FromString, lambda answer: answer.SerializeToString()
    )


def _listen(server: grpc.Server, socket: str) -> str:
    """Returns the certificate for the first line, without one when Terraform asks for none."""
    if not os.environ.get("PLUGIN_CLIENT_CERT"):
        server.add_insecure_port(f"unix:{socket}")
        return ""
    key, certificate = _certificate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    server.add_secure_port(f"unix:{socket}", grpc.ssl_server_credentials([(private, chain)]))
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode().rstrip("=")


def _certificate() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    draft = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return key, draft.sign(key, hashes.SHA256())
