"""The load on a server: h2load where it can, bench_load for the rest."""

import dataclasses
import re
import tempfile

from harness.processes import BenchError, report_of, run

SUM_REQUEST = b"\x00\x00\x00\x00\x04\x08\x02\x10\x03"  # SumRequest{a=2, b=3} behind its length
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclasses.dataclass(frozen=True)
class Ran:
    """What one run of a load came to. `total`: with the warm-up, which the server has worked for, too."""

    messages: int
    total: int
    seconds: float
    latency: dict = dataclasses.field(default_factory=dict)

    @property
    def per_second(self):
        return self.messages / self.seconds


@dataclasses.dataclass(frozen=True)
class Load:
    workload: str = "get_sum"
    connections: int = 1
    streams: int = 1
    messages: int = 1
    size: int = 0
    metadata: int = 0

    @property
    def outstanding(self):
        return self.connections * self.streams

    def flags(self):
        flags = ["--workload", self.workload, "--connections", self.connections, "--streams", self.streams]
        if self.messages > 1:
            flags += ["--messages", self.messages]
        if self.size:
            flags += ["--size", self.size]
        if self.metadata:
            flags += ["--metadata", self.metadata]
        return flags


class BenchLoad:
    """The project's own load generator, which checks every answer."""

    def __init__(self, program):
        self.program = program

    def run(self, address, load, calls):
        return self._run(address, load, ["--calls", calls])

    def run_at_rate(self, address, load, rate, seconds):
        return self._run(address, load, ["--rate", rate, "--seconds", seconds])

    def _run(self, address, load, amount):
        command = [self.program, "--target", address, *load.flags(), *amount]
        report = report_of("bench_load", run("bench_load", command))
        calls, messages = report["calls"], report["messages"]
        # Behind a warm-up of a tenth of the calls, and one.
        total = round((calls + calls // 10 + 1) * messages / calls)
        return Ran(messages, total, report["seconds"], report.get("latency_us", {}))

    def hold_command(self, address, connections, streams):
        return [self.program, "--target", address, "--hold", connections, "--hold-streams", streams]


def h2load_seconds(output, calls):
    """How long h2load took for calls that were all answered."""
    answered = re.search(r"(\d+) succeeded", output)
    took = re.search(r"finished in ([\d.]+)(us|ms|s),", output)
    if not answered or not took or int(answered.group(1)) != calls:
        raise BenchError(f"h2load did not get {calls} answers, but {answered.group(1) if answered else 'none'}")
    return float(took.group(1)) * UNITS[took.group(2)]


class H2load:
    """Knows nothing of gRPC; for GetSum without metadata."""

    def run(self, address, load, calls):
        with tempfile.NamedTemporaryFile() as data:
            data.write(SUM_REQUEST)
            data.flush()
            command = ["h2load", "-n", calls, "-c", load.connections, "-m", load.streams, "-t", 1, "-d", data.name,
                       "-H", "content-type: application/grpc", "-H", "te: trailers",
                       f"http://{address}/benchmark.BenchmarkService/GetSum"]
            return Ran(calls, calls, h2load_seconds(run("h2load", command), calls))
