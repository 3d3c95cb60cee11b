#!/usr/bin/python3
"""grpc.testing.TestService on the official Python library, for farcall's client to call. Ends on SIGTERM."""

import signal
import sys
from concurrent import futures

import grpc
from interop_stubs import empty_pb2, messages_pb2, test_pb2_grpc


def echo_metadata(context):
    for name, value in context.invocation_metadata():
        if name == "x-grpc-test-echo-initial":
            context.send_initial_metadata(((name, value),))
        elif name == "x-grpc-test-echo-trailing-bin":
            context.set_trailing_metadata(((name, value),))


def end_as_requested(request, context):
    if request.HasField("response_status"):
        context.set_code({code.value[0]: code for code in grpc.StatusCode}[request.response_status.code])
        context.set_details(request.response_status.message)


def responses_to(request):
    for parameters in request.response_parameters:
        yield messages_pb2.StreamingOutputCallResponse(payload=messages_pb2.Payload(body=bytes(parameters.size)))


class TestService(test_pb2_grpc.TestServiceServicer):
    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        echo_metadata(context)
        end_as_requested(request, context)
        return messages_pb2.SimpleResponse(payload=messages_pb2.Payload(body=bytes(request.response_size)))

    def StreamingOutputCall(self, request, context):
        yield from responses_to(request)

    def StreamingInputCall(self, requests, context):
        total = sum(len(request.payload.body) for request in requests)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        echo_metadata(context)
        for request in requests:
            yield from responses_to(request)
            end_as_requested(request, context)


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    test_pb2_grpc.add_TestServiceServicer_to_server(TestService(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    signal.signal(signal.SIGTERM, lambda *_: server.stop(5))
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    sys.exit(main())
