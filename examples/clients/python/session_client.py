"""A channel to the service, and what its errors say."""

import os
from pathlib import Path

import grpc
from grpc_status import rpc_status

from cognigy.session.v1 import session_service_pb2 as messages
from cognigy.session.v1.session_service_pb2_grpc import SessionServiceStub

# Which methods are repeated, on which codes, and how long a call may take at most.
PROTO = Path(__file__).parent / "proto/cognigy/session/v1"
SERVICE_CONFIG = PROTO / "session_service_grpc_service_config.json"


def connect(address: str) -> grpc.Channel:
    """Opens a channel. With the certificate of an authority in the file RPC_TLS_CA it uses TLS."""
    options = [("grpc.service_config", SERVICE_CONFIG.read_text())]
    authority = os.environ.get("RPC_TLS_CA")
    if not authority:
        return grpc.insecure_channel(address, options)
    security = grpc.ssl_channel_credentials(Path(authority).read_bytes())
    return grpc.secure_channel(address, security, options)


def stub_of(channel: grpc.Channel) -> SessionServiceStub:
    """The methods of the service; each call carries the token in RPC_TOKEN."""
    token = os.environ.get("RPC_TOKEN")
    return SessionServiceStub(
        grpc.intercept_channel(channel, _Bearer(token)) if token else channel
    )


def refusal(error: grpc.RpcError) -> messages.RefusalInfo:
    """What the service says about an error; empty if the error is not the service's."""
    info = messages.RefusalInfo()
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        if detail.Unpack(info):
            break
    return info


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, token: str):
        self._header = ("authorization", f"Bearer {token}")

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._with_token(details), request)

    intercept_unary_stream = intercept_unary_unary

    def _with_token(self, details):
        metadata = [*(details.metadata or []), self._header]
        return details._replace(metadata=metadata)
