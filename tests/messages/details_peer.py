#!/usr/bin/python3
"""The official Python library's side of details_peer.cpp.

usage: details_peer.py server | client HOST:PORT

grpcio-status is not needed: google.rpc.Status is described here, as it is on the wire.
"""

import signal
import sys
from concurrent import futures

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

METHOD = "/messages_test.Notes/Echo"
TEXT = "no n\u00f6te, 100%"
NOT_FOUND = 5
FIELD = descriptor_pb2.FieldDescriptorProto


def message_types():
    """google.rpc.Status, and messages_test.Note as far as it matters here."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="types.proto", package="types", syntax="proto3",
                                              dependency=["google/protobuf/any.proto"])
    status = file.message_type.add(name="Status")
    status.field.add(name="code", number=1, type=FIELD.TYPE_INT32, label=FIELD.LABEL_OPTIONAL)
    status.field.add(name="message", number=2, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
    status.field.add(name="details", number=3, type=FIELD.TYPE_MESSAGE, label=FIELD.LABEL_REPEATED,
                     type_name=".google.protobuf.Any")
    note = file.message_type.add(name="Note")
    note.field.add(name="text", number=1, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
    pool.Add(file)
    types = message_factory.MessageFactory(pool)
    return [types.GetPrototype(pool.FindMessageTypeByName(f"types.{name}")) for name in ("Status", "Note")]


def call(address):
    status_type, note_type = message_types()
    with grpc.insecure_channel(address) as channel:
        try:
            channel.unary_unary(METHOD)(b"", timeout=30)
        except grpc.RpcError as error:
            trailing = dict(error.trailing_metadata())
            status = status_type.FromString(trailing["grpc-status-details-bin"])
            assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, TEXT), error
            assert (status.code, status.message) == (NOT_FOUND, TEXT), status
            assert [detail.type_url for detail in status.details] == [
                "type.googleapis.com/google.rpc.BadRequest", "type.googleapis.com/messages_test.Note"], status
            assert note_type.FromString(status.details[1].value).text == "from farcall", status
            return 0
    return 1


def serve():
    status_type, note_type = message_types()
    status = status_type(code=NOT_FOUND, message=TEXT)
    status.details.add(type_url="type.googleapis.com/messages_test.Note",
                       value=note_type(text="from Python").SerializeToString())

    def echo(_request, context):
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.NOT_FOUND, TEXT)

    handler = grpc.method_handlers_generic_handler("messages_test.Notes",
                                                   {"Echo": grpc.unary_unary_rpc_method_handler(echo)})
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    signal.signal(signal.SIGTERM, lambda *_: server.stop(5))
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(serve() if sys.argv[1] == "server" else call(sys.argv[2]))
