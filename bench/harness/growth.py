"""How a call's cost grows with what lies around it, and what is paid for things that lie idle."""

import contextlib
import os

from harness.bench import Scenario, Subject
from harness.load import Load
from harness.memory import anonymous_bytes, forget_peak, peak_bytes
from harness.processes import BOTH_CORES, BenchError, Server, held
from harness.programs import FARCALL, FLOOR, GO, NGHTTP2, OFFICIAL, TONIC
from harness.servers import MEBIBYTE, counted, measure_at_rate, measure_load, server_subject

METHODS = (1, 100, 10_000)
# At equal concurrency: 1,000 calls outstanding.
CONNECTIONS = ((1, 1000), (8, 125), (64, 16), (1000, 1))
# Less than any server can do.
CALLS_PER_SECOND = 4000
IDLE_CONNECTIONS = 10_000
# 100 on each of a hundred connections: what servers allow on one without being asked.
IDLE_STREAMS = (100, 100)


def with_methods(bench):
    load = Load(connections=8, streams=100)
    return [server_subject(bench, program, load, f"farcall, {counted(count, 'method')}", ("--methods", count))
            for program in bench.programs.servers((FARCALL,), "get_sum") for count in METHODS]


def with_connections(bench):
    """The floor beside it: what a system call for each call costs is no library's doing."""
    return [server_subject(bench, program, Load(connections=connections, streams=streams),
                           f"{program.name}, {connections}x{streams}")
            for connections, streams in CONNECTIONS
            for program in bench.programs.servers((FARCALL, FLOOR), "get_sum")]


def with_connections_at_a_rate(bench):
    """Calls one by one to the connections in turn: as many come in one read whatever the number of connections, so what
    is left is what the number itself costs."""

    def subject(program, connections):
        load = Load(connections=connections, streams=10)

        def measure():
            with Server(program.name, bench.programs.server_command(program, "get_sum")) as server:
                bench.bench_load.run(server.address, load, 1000)
                return measure_at_rate(server, bench.bench_load, load, CALLS_PER_SECOND, 2 * bench.effort.seconds)

        return Subject(f"{program.name}, {counted(connections, 'connection')}", measure)

    return [subject(program, connections) for connections in (1, 8, 64, 1000)
            for program in bench.programs.servers((FARCALL, FLOOR), "get_sum")]


def beside(connections, streams):
    """The same load while so many more connections, with so many open streams each, lie idle."""

    def subject(bench, program):
        load = Load(connections=8, streams=100)

        def measure():
            with Server(program.name, bench.programs.server_command(program, "get_sum")) as server:
                with contextlib.ExitStack() as stack:
                    if connections:
                        command = bench.bench_load.hold_command(server.address, connections, streams)
                        stack.enter_context(held("bench_load", command))
                    return measure_load(server, bench.tool_for(load), load, bench.effort.seconds)

        return Subject(f"{program.name}, {counted(connections, 'connection')} x {streams:,}", measure)

    return lambda bench: [subject(bench, program) for program in bench.programs.servers((FARCALL,), "get_sum")]


def beside_idle(*idle):
    return lambda bench: [subject for pair in idle for subject in beside(*pair)(bench)]


def memory_of_idle(connections, streams, peers):
    """Memory for each idle connection; with streams, for each of them, its connection not counted."""

    def grown_by(bench, program, count):
        with Server(program.name, bench.programs.server_command(program, "collect_sum")) as server:
            with held("bench_load", bench.bench_load.hold_command(server.address, 10, 0)):
                pass  # What a server takes once and for all is no connection's.
            before = anonymous_bytes(server.pid)
            with held("bench_load", bench.bench_load.hold_command(server.address, connections, count)):
                return anonymous_bytes(server.pid) - before

    def subject(bench, program):
        def measure():
            if not streams:
                return {"bytes": grown_by(bench, program, 0) / connections}
            return {"bytes": (grown_by(bench, program, streams) - grown_by(bench, program, 0)) / connections / streams}

        return Subject(program.name, measure)

    workload = "collect_sum" if streams else "get_sum"
    return lambda bench: [subject(bench, program) for program in bench.programs.servers(peers, workload)]


def peak_of_echo(size, peers):
    """How far the memory grows while messages of `size` bytes go there and back, one at a time."""

    def subject(bench, program):
        def measure():
            with Server(program.name, bench.programs.server_command(program, "echo")) as server:
                bench.bench_load.run(server.address, Load("echo", size=1024), 100)
                forget_peak(server.pid)
                before = peak_bytes(server.pid)
                bench.bench_load.run(server.address, Load("echo", size=size), 10)
                return {"peak_mib": (peak_bytes(server.pid) - before) / MEBIBYTE}

        return Subject(program.name, measure)

    return lambda bench: [subject(bench, program) for program in bench.programs.servers(peers, "echo")]


def loops(bench):
    """One loop on one core, and two loops on two. The load needs the second core as well, so it is the CPU of a call
    that tells, not the rate."""
    if (os.cpu_count() or 1) < 2:
        raise BenchError("two loops need two cores")
    load = Load(connections=64, streams=100)
    return [server_subject(bench, program, load, f"farcall, {counted(count, 'loop')}",
                           ("--loops", count), cores)
            for program in bench.programs.servers((FARCALL,), "get_sum")
            for count, cores in ((1, "0"), (2, BOTH_CORES))]


SCENARIOS = (
    Scenario("methods", "GetSum, 8 connections x 100 streams, by the number of registered methods", with_methods,
             quick=True),
    Scenario("connections", "GetSum, 1,000 calls outstanding, by the number of connections they come on",
             with_connections),
    Scenario("connections_rate", f"GetSum, {CALLS_PER_SECOND:,} calls/s (open loop), by the number of connections",
             with_connections_at_a_rate),
    Scenario("idle_connections", "GetSum, 8 connections x 100 streams, beside idle connections",
             beside_idle((0, 0), (992, 0), (9992, 0))),
    Scenario("idle_streams", "GetSum, 8 connections x 100 streams, beside idle streams",
             beside_idle((10, 0), (10, 100), (100, 100))),
    Scenario("loops", "GetSum, 64 connections x 100 streams, one and two loops", loops),
    Scenario("memory_connection", "Memory of an idle connection, 10,000 of them",
             memory_of_idle(IDLE_CONNECTIONS, 0, (FARCALL, FLOOR, NGHTTP2, OFFICIAL, GO, TONIC)), quick=True, slow=True,
             per="connection"),
    Scenario("memory_stream", "Memory of an open idle stream, 100 on each of 100 connections",
             memory_of_idle(*IDLE_STREAMS, (FARCALL, FLOOR, OFFICIAL, GO, TONIC)), quick=True, slow=True, per="stream"),
    Scenario("peak_echo_16m", "Growth of the server's memory while 16 MiB are echoed",
             peak_of_echo(1 << 24, (FARCALL, FLOOR, OFFICIAL, GO, TONIC)), slow=True),
)
