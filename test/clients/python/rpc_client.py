"""Calls one unary method by grpcio, and prints what came of it as a line of JSON.

    rpc_client.py URL DESCRIPTOR METHOD REQUEST [NAME:VALUE...]

Over TLS the authority is the file that CA_FILE names.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import grpc
from google.protobuf import descriptor_pb2, json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_status import rpc_status


def main(target, descriptor, method_name, request, *headers):
    pool = DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor).read_bytes())
    for file in files.file:
        pool.Add(file)
    method = pool.FindMethodByName(method_name.replace("/", "."))
    request_class = message_factory.GetMessageClass(method.input_type)
    answer_class = message_factory.GetMessageClass(method.output_type)
    metadata = [tuple(header.split(":", 1)) for header in headers]
    with channel_to(target) as channel:
        call = channel.unary_unary(
            f"/{method_name}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=answer_class.FromString,
        )
        message = json_format.Parse(request, request_class())
        try:
            answer = call(message, metadata=metadata, timeout=20)
            return {"answer": json_format.MessageToDict(answer)}
        except grpc.RpcError as error:
            return refused(error, pool)


def channel_to(target):
    url = urlsplit(target)
    if url.scheme == "http":
        return grpc.insecure_channel(url.netloc)
    authority = Path(os.environ["CA_FILE"]).read_bytes()
    return grpc.secure_channel(url.netloc, grpc.ssl_channel_credentials(authority))


def refused(error, pool):
    status = rpc_status.from_call(error)
    details = {}
    for detail in status.details if status else []:
        name = detail.TypeName()
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
        message.ParseFromString(detail.value)
        details[name] = json_format.MessageToDict(message)
    code = error.code().name.lower()
    return {"code": code, "message": error.details(), "details": details}


print(json.dumps(main(*sys.argv[1:])))
