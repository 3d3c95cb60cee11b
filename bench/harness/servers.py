"""What a server spends on a load."""

from harness.bench import Scenario, Subject
from harness.callgrind import instructions_per_call
from harness.cpu import settled_cpu_seconds
from harness.load import Load, Ran
from harness.processes import SERVER_CORE, Server, report_of, run
from harness.programs import FARCALL, FLOOR, GO, NGHTTP2, OFFICIAL, OFFICIAL_QUEUE, TCP, TONIC
from harness.sizing import calls_for

PEERS = (FARCALL, FLOOR, NGHTTP2, OFFICIAL, OFFICIAL_QUEUE, GO, TONIC)
# The others look at no header.
READ_METADATA = (FARCALL, OFFICIAL, OFFICIAL_QUEUE, GO, TONIC)
# Each one's instructions are read from the same machine code in every run; Go's and tonic's many threads are not for
# callgrind.
COUNTED = (FARCALL, FLOOR, NGHTTP2, OFFICIAL)
MEBIBYTE = 1 << 20


class TcpEcho:
    """The load of tcp_echo_server: a message there and back, again and again."""

    def __init__(self, program):
        self._program = program

    def run(self, address, load, calls):
        command = [self._program, "--target", address, "--size", load.size, "--calls", calls]
        report = report_of("tcp_echo_client", run("tcp_echo_client", command))
        return Ran(calls, calls + calls // 10 + 1, report["seconds"], report.get("latency_us", {}))


def latency_figures(latency):
    names = {"p50": "p50_us", "p99": "p99_us", "p99.9": "p999_us"}
    return {name: latency[key] for key, name in names.items() if key in latency}


def least_calls(load):
    """Few enough for the slowest, enough to keep all streams busy for a while."""
    return 2 * load.outstanding if load.messages == 1 and load.size < MEBIBYTE else load.outstanding


def measure_load(server, tool, load, seconds):
    """CPU for one message, from a long run less a short one: connecting costs both the same. The rate and the latency
    are those of the long one."""
    calls = calls_for(lambda count: tool.run(server.address, load, count).seconds, least_calls(load), seconds)
    marks = [settled_cpu_seconds(server.pid)]
    runs = []
    # h2load wants a call for each connection.
    fewest = max(calls // 10, load.connections)
    for count in (fewest, max(calls, 2 * fewest)):
        runs.append(tool.run(server.address, load, count))
        marks.append(settled_cpu_seconds(server.pid))
    short, long = runs
    cpu = (marks[2] - marks[1]) - (marks[1] - marks[0])
    figures = {"cpu_us": cpu / (long.total - short.total) * 1e6, "per_second": long.per_second}
    if load.size:
        figures["mib_per_second"] = long.per_second * load.size / MEBIBYTE
    return {**figures, **latency_figures(long.latency)}


def measure_at_rate(server, bench_load, load, rate, seconds):
    """The same while calls are due at a fixed rate."""
    marks = [settled_cpu_seconds(server.pid)]
    runs = []
    for duration in (max(seconds / 5, 0.1), max(seconds, 0.2)):
        runs.append(bench_load.run_at_rate(server.address, load, rate, duration))
        marks.append(settled_cpu_seconds(server.pid))
    short, long = runs
    cpu = (marks[2] - marks[1]) - (marks[1] - marks[0])
    return {"cpu_us": cpu / (long.total - short.total) * 1e6, "per_second": long.per_second,
            **latency_figures(long.latency)}


def server_subject(bench, program, load, label=None, flags=(), cores=SERVER_CORE):
    tool = bench.tool_for(load)
    workload = load.workload
    if program.name == TCP:
        tool, workload = TcpEcho(bench.programs.path("bin/tcp_echo_client")), "tcp_echo"

    def measure():
        with Server(program.name, bench.programs.server_command(program, workload, flags), cores) as server:
            return measure_load(server, tool, load, bench.effort.seconds)

    return Subject(label or program.name, measure)


def servers_under(load, peers=PEERS):
    """Each of the peers that knows the workload, under this load."""

    def subjects(bench):
        found = bench.programs.servers(peers, load.workload)
        if load.workload == "echo":
            found += bench.programs.servers((TCP,), "tcp_echo")
        return [server_subject(bench, program, load) for program in found]

    return subjects


def instructions(load, few, many):
    def subjects(bench):
        if not bench.programs.has_tool("valgrind", "install valgrind, to count instructions"):
            return []
        tool = bench.tool_for(load)

        def under_callgrind(program):
            command = bench.programs.server_command(program, load.workload)
            return Subject(program.name, lambda: {
                "instructions": instructions_per_call(program.name, command, tool, load, few, many)})

        return [under_callgrind(program) for program in bench.programs.servers(COUNTED, load.workload)]

    return subjects


def handlers(load):
    """The kinds of handler that farcall has."""

    def subjects(bench):
        found = bench.programs.servers((FARCALL,), load.workload)
        return [server_subject(bench, program, load, f"farcall, {kind}", ("--handlers", kind))
                for program in found for kind in ("coroutine", "inline", "pool")]

    return subjects


def open_loop(load, share):
    """Latency while calls come at a fixed rate, the same for all: `share` of what the slowest can do."""

    def subjects(bench):
        found = bench.programs.servers(PEERS, load.workload)
        rates = {}

        def capacity(program):
            with Server(program.name, bench.programs.server_command(program, load.workload)) as server:
                return measure_load(server, bench.bench_load, load, min(bench.effort.seconds, 0.5))["per_second"]

        def rate():
            if not rates:
                for program in found:
                    rates[program.name] = capacity(program)
                slowest = min(rates, key=rates.get)
                bench.results.notes["latency"] = (f"{rounded(rates[slowest] * share)} calls/s, "
                                                  f"{share:.0%} of what {slowest} can do")
            return rounded(min(rates.values()) * share)

        def at_rate(program):
            def measure():
                calls_per_second = rate()
                with Server(program.name, bench.programs.server_command(program, load.workload)) as server:
                    bench.bench_load.run(server.address, load, least_calls(load))
                    return measure_at_rate(server, bench.bench_load, load, calls_per_second, 2 * bench.effort.seconds)

            return Subject(program.name, measure)

        return [at_rate(program) for program in found]

    return subjects


def rounded(rate):
    """Two digits, for people."""
    digits = max(len(str(int(rate))) - 2, 0)
    return max(int(rate) // 10**digits * 10**digits, 1)


def counted(number, thing):
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def get_sum(connections, streams, quick=False):
    times = f"{counted(connections, 'connection')} x {counted(streams, 'stream')}"
    return Scenario(f"get_sum_{connections}x{streams}", f"GetSum, {times}: server",
                    servers_under(Load(connections=connections, streams=streams)), quick)


SCENARIOS = (
    get_sum(1, 1),
    get_sum(8, 100, quick=True),
    get_sum(64, 100, quick=True),
    get_sum(1000, 1),
    Scenario("instructions_1x1", "GetSum, 1 connection x 1 stream: user-space instructions of the server",
             instructions(Load(), 500, 1500), quick=True, slow=True),
    Scenario("instructions_8x100", "GetSum, 8 connections x 100 streams: user-space instructions of the server",
             instructions(Load(connections=8, streams=100), 2400, 7200), quick=True, slow=True),
    Scenario("complex", "Complex (a message of many parts), 8 connections x 100 streams: server",
             servers_under(Load("complex", connections=8, streams=100))),
    Scenario("metadata", "GetSum with 20 metadata entries each way, 8 connections x 100 streams: server",
             servers_under(Load(connections=8, streams=100, metadata=20), READ_METADATA)),
    Scenario("stream_sum", "StreamSum, 10,000 messages, 1 connection x 1 stream: server",
             servers_under(Load("stream_sum", messages=10_000)), quick=True, per="message"),
    Scenario("collect_sum", "CollectSum, 10,000 messages, 1 connection x 1 stream: server",
             servers_under(Load("collect_sum", messages=10_000)), per="message"),
    Scenario("echo_sum", "EchoSum ping-pong, 1 connection x 1 stream: server",
             servers_under(Load("echo_sum", messages=100)), quick=True, per="message"),
    Scenario("echo_1k", "Echo of 1 KiB, 1 connection x 1 stream: server", servers_under(Load("echo", size=1 << 10))),
    Scenario("echo_64k", "Echo of 64 KiB, 1 connection x 1 stream: server", servers_under(Load("echo", size=1 << 16))),
    Scenario("echo_1m", "Echo of 1 MiB, 1 connection x 1 stream: server", servers_under(Load("echo", size=1 << 20)),
             quick=True),
    Scenario("echo_16m", "Echo of 16 MiB, 1 connection x 1 stream: server", servers_under(Load("echo", size=1 << 24))),
    Scenario("handlers", "GetSum, the kinds of handler, 8 connections x 100 streams",
             handlers(Load(connections=8, streams=100))),
    Scenario("latency", "GetSum under a fixed rate (open loop), 8 connections x 100 streams",
             open_loop(Load(connections=8, streams=100), share=0.5)),
)
