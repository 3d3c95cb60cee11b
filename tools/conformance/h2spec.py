#!/usr/bin/env python3
"""h2spec, the suite for HTTP/2 servers (github.com/summerwind/h2spec), with --strict, against interop_server.

Usage: h2spec.py RESULTS

The newest h2spec that the Go module proxy has, 2.2.1, lacks one of the 147 cases of the newest one: hpack/2.3.3/2.
That case is then played here.
"""

import socket
import struct
import tempfile
import xml.etree.ElementTree

import peers
import suites
from processes import Failed, Server

SUITE = "h2spec"
MODULE = "github.com/summerwind/h2spec"
CASES = 147
LATER_CASE = "hpack/2.3.3/2"

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, SETTINGS, GOAWAY = 1, 4, 7
ACK, END_STREAM, END_HEADERS = 1, 1, 4
COMPRESSION_ERROR = 9


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def frames(connection):
    """Those that the server sends, until it closes the connection."""
    with connection.makefile("rb") as stream:
        while len(head := stream.read(9)) == 9:
            yield head[3], stream.read(int.from_bytes(head[:3], "big"))


def later_case(port):
    """RFC 7541 §2.3.3: a literal whose name has an index beyond both tables is a decoding error. None, or what was
    wrong."""
    # :method GET, :scheme http, :path /, then a literal with name 70 and the value "x".
    block = bytes([0x82, 0x86, 0x84, 0x7F, 70 - 63, 1]) + b"x"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0) +
                           frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
        try:
            codes = [int.from_bytes(payload[4:8], "big") for kind, payload in frames(connection) if kind == GOAWAY]
        except OSError as error:
            return f"the connection was not closed in order: {error}"
    return None if codes == [COMPRESSION_ERROR] else f"GOAWAY codes {codes}, not COMPRESSION_ERROR (9)"


def add_report(path, version, add):
    """The cases of h2spec's JUnit report; their names."""
    names = []
    for group in xml.etree.ElementTree.parse(path).iter("testsuite"):
        for number, case in enumerate(group.iter("testcase"), 1):
            names.append(f"{case.get('package')}/{number}")
            wrong = case.find("failure") if case.find("failure") is not None else case.find("error")
            if wrong is not None:
                add("server", names[-1], "failed", f"{case.get('classname')}: {' '.join((wrong.text or '').split())}")
            elif case.find("skipped") is not None:
                add("server", names[-1], "failed", f"{case.get('classname')}: skipped by h2spec")
            else:
                add("server", names[-1], "passed", version=version)
    return names


def step(add):
    program, version = suites.go_program(MODULE, "cmd/h2spec")
    server = Server([peers.BUILD / "bin/interop_server", "--port=0"])
    with server, tempfile.NamedTemporaryFile(suffix=".xml") as report:
        suites.run([program, "-h", "127.0.0.1", "-p", server.port, "-P", "/", "--strict", "-o", 2, "-j", report.name])
        try:
            names = add_report(report.name, version, add)
        except xml.etree.ElementTree.ParseError as error:
            raise Failed("h2spec wrote no report") from error
        if LATER_CASE not in names:
            names.append(LATER_CASE)
            wrong = later_case(server.port)
            add("server", LATER_CASE, "failed" if wrong else "passed",
                wrong or f"not in h2spec {version}: played by tools/conformance/h2spec.py")
    print(f"   {len(names)} of {CASES} cases ran")
    if len(names) != CASES:
        add("server", "*", "failed", f"{len(names)} cases instead of {CASES}")
    if server.process.returncode != 0:
        raise Failed(f"interop_server ended with {server.process.returncode}")


if __name__ == "__main__":
    suites.main(SUITE, ("server",), step)
