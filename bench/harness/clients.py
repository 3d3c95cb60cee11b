"""What a client spends on its calls, as the kernel accounts it to itself."""

from harness.bench import Scenario, Subject
from harness.processes import Server, report_of, run
from harness.programs import FARCALL, FLOOR, GO, OFFICIAL, TONIC, server_named
from harness.servers import MEBIBYTE, latency_figures
from harness.sizing import calls_for

PEERS = (FARCALL, FLOOR, OFFICIAL, GO, TONIC)


def measure_client(bench, program, workload, outstanding, flags, size):
    """Against the floor's server, the one that waits least for itself."""
    floor = server_named(FLOOR)
    with Server(FLOOR, bench.programs.server_command(floor, workload)) as server:
        def report(calls):
            command = bench.programs.client_command(program, server.address, workload, calls, outstanding, flags)
            return report_of(f"{program.name} client", run(f"{program.name} client", command))

        calls = calls_for(lambda count: report(count)["seconds"], 4 * outstanding, bench.effort.seconds)
        last = report(calls)
    messages = last["messages"]
    figures = {"cpu_us": last["cpu_seconds"] / messages * 1e6, "per_second": messages / last["seconds"]}
    if size:
        figures["mib_per_second"] = figures["per_second"] * size / MEBIBYTE
    return {**figures, **latency_figures(last.get("latency_us", {}))}


def clients_doing(workload, outstanding=1, threads=1, messages=1, size=0):
    def subjects(bench):
        flags = []
        if threads > 1:
            flags += ["--threads", threads]
        if messages > 1:
            flags += ["--messages", messages]
        if size:
            flags += ["--size", size]
        # The floor's client has no threads.
        peers = PEERS if threads == 1 else tuple(name for name in PEERS if name != FLOOR)
        return [Subject(program.name, lambda program=program: measure_client(bench, program, workload, outstanding, flags,
                                                                             size))
                for program in bench.programs.clients(peers, workload)]

    return subjects


SCENARIOS = (
    Scenario("client_get_sum", "GetSum, 100 calls outstanding on one channel: client",
             clients_doing("get_sum", outstanding=100), quick=True),
    Scenario("client_get_sum_1", "GetSum, 1 call outstanding: client", clients_doing("get_sum")),
    Scenario("client_8_threads", "GetSum, 100 calls outstanding on one channel used by 8 threads: client",
             clients_doing("get_sum", outstanding=100, threads=8)),
    Scenario("client_stream_sum", "StreamSum, 10,000 messages, one stream: client",
             clients_doing("stream_sum", messages=10_000), per="message"),
    Scenario("client_echo_sum", "EchoSum ping-pong, one stream: client",
             clients_doing("echo_sum", messages=100), per="message"),
    Scenario("client_echo_1m", "Echo of 1 MiB, one call at a time: client", clients_doing("echo", size=1 << 20)),
)
