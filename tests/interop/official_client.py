#!/usr/bin/python3
"""gRPC's interoperability cases, called by the official Python library: official_client.py HOST:PORT CASE."""

import os
import sys

import grpc
from interop_stubs import empty_pb2, messages_pb2, test_pb2_grpc

BOUND = 30
ECHO = (("x-grpc-test-echo-initial", "test_initial_metadata_value"), ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"))
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


def check(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def status_of(call):
    """The status of a unary call that must fail, or of a finished stream."""
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def large_request():
    return messages_pb2.SimpleRequest(response_size=314159, payload=messages_pb2.Payload(body=bytes(271828)))


def output_request(sizes, payload):
    return messages_pb2.StreamingOutputCallRequest(
        response_parameters=[messages_pb2.ResponseParameters(size=size) for size in sizes],
        payload=messages_pb2.Payload(body=bytes(payload)))


class Requests:
    """An iterator of requests that is fed while the call is under way."""

    def __init__(self):
        import queue
        self.queue = queue.Queue()

    def send(self, request):
        self.queue.put(request)

    def close(self):
        self.queue.put(None)

    def __iter__(self):
        return iter(self.queue.get, None)


def empty_unary(stub):
    stub.EmptyCall(empty_pb2.Empty(), timeout=BOUND)


def large_unary(stub):
    check(stub.UnaryCall(large_request(), timeout=BOUND).payload.body == bytes(314159), "wrong response")


def client_streaming(stub):
    requests = (messages_pb2.StreamingInputCallRequest(payload=messages_pb2.Payload(body=bytes(size)))
                for size in (27182, 8, 1828, 45904))
    check(stub.StreamingInputCall(requests, timeout=BOUND).aggregated_payload_size == 74922, "wrong sum")


def server_streaming(stub):
    sizes = [31415, 9, 2653, 58979]
    responses = stub.StreamingOutputCall(output_request(sizes, 0), timeout=BOUND)
    check([len(response.payload.body) for response in responses] == sizes, "wrong responses")


def ping_pong(stub):
    requests = Requests()
    responses = stub.FullDuplexCall(iter(requests), timeout=BOUND)
    for payload, size in ((27182, 31415), (8, 9), (1828, 2653), (45904, 58979)):
        requests.send(output_request([size], payload))
        check(len(next(responses).payload.body) == size, "wrong response")
    requests.close()
    check(list(responses) == [] and responses.code() == grpc.StatusCode.OK, "the stream did not end in order")


def empty_stream(stub):
    check(list(stub.FullDuplexCall(iter(()), timeout=BOUND)) == [], "a response to no request")


def check_echo(initial, trailing):
    check(dict(initial).get(ECHO[0][0]) == ECHO[0][1], "the initial metadata did not come back")
    check(dict(trailing).get(ECHO[1][0]) == ECHO[1][1], "the trailing metadata did not come back")


def custom_metadata(stub):
    _, call = stub.UnaryCall.with_call(large_request(), timeout=BOUND, metadata=ECHO)
    check_echo(call.initial_metadata(), call.trailing_metadata())
    stream = stub.FullDuplexCall(iter([output_request([314159], 271828)]), timeout=BOUND, metadata=ECHO)
    check([len(response.payload.body) for response in stream] == [314159], "wrong response")
    check_echo(stream.initial_metadata(), stream.trailing_metadata())


def check_status_comes_back(stub, message, streaming):
    status = messages_pb2.EchoStatus(code=2, message=message)
    expected = (grpc.StatusCode.UNKNOWN, message)
    check(status_of(lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=BOUND)) == expected,
          "unary: another status came back")
    if streaming:
        request = messages_pb2.StreamingOutputCallRequest(response_status=status)
        check(status_of(lambda: list(stub.FullDuplexCall(iter([request]), timeout=BOUND))) == expected,
              "stream: another status came back")


def status_code_and_message(stub):
    check_status_comes_back(stub, "test status message", True)


def special_status_message(stub):
    check_status_comes_back(stub, SPECIAL, False)


def unimplemented_method(stub):
    check(status_of(lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=BOUND))[0] == grpc.StatusCode.UNIMPLEMENTED,
          "not UNIMPLEMENTED")


def unimplemented_service(stub):
    check(status_of(lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=BOUND))[0] == grpc.StatusCode.UNIMPLEMENTED,
          "not UNIMPLEMENTED")


def cancel_after_begin(stub):
    requests = Requests()
    call = stub.StreamingInputCall.future(iter(requests))
    call.cancel()
    requests.close()
    check(call.cancelled() and call.code() == grpc.StatusCode.CANCELLED, "not CANCELLED")


def cancel_after_first_response(stub):
    requests = Requests()
    responses = stub.FullDuplexCall(iter(requests))
    requests.send(output_request([31415], 27182))
    next(responses)
    responses.cancel()
    code = status_of(lambda: next(responses))[0]
    requests.close()
    check(code == grpc.StatusCode.CANCELLED, f"not CANCELLED but {code}")


def timeout_on_sleeping_server(stub):
    requests = Requests()
    responses = stub.FullDuplexCall(iter(requests), timeout=0.001)
    requests.send(output_request([], 27182))
    code = status_of(lambda: next(responses))[0]
    requests.close()
    check(code == grpc.StatusCode.DEADLINE_EXCEEDED, f"not DEADLINE_EXCEEDED but {code}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: official_client.py HOST:PORT CASE")
    address, case = sys.argv[1:]
    with grpc.insecure_channel(address) as channel:
        service = test_pb2_grpc.UnimplementedServiceStub if case == "unimplemented_service" else test_pb2_grpc.TestServiceStub
        globals()[case](service(channel))
    print(f"{case}: passed", flush=True)
    # The library's own threads keep the interpreter from ending now and then: two in a thousand runs hung here.
    os._exit(0)


if __name__ == "__main__":
    main()
