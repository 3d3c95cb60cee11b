"""The programs that are measured and those that they are measured beside."""

import dataclasses
import os
import shutil

UNARY = frozenset({"get_sum", "complex", "echo"})
STREAMS = frozenset({"stream_sum", "collect_sum", "echo_sum"})
ALL = UNARY | STREAMS
PLAIN_TCP = frozenset({"tcp_echo"})

FARCALL = "farcall"
FLOOR = "floor"
OFFICIAL = "official callback"
OFFICIAL_QUEUE = "official queue"
NGHTTP2 = "nghttp2"
GO = "grpc-go"
TONIC = "tonic"
TCP = "tcp"

INSTALL_OFFICIAL = "install libgrpc++-dev and protobuf-compiler-grpc"


@dataclasses.dataclass(frozen=True)
class Program:
    """One side of one peer. `program`: below the build folder."""

    name: str
    program: str
    flags: tuple = ()
    workloads: frozenset = ALL
    # Whether it does one workload at a time, which it is told.
    one_workload: bool = False
    install: str = "build it (./dev bench does)"
    # Workload → why it breaks off.
    refuses: dict = dataclasses.field(default_factory=dict)


SERVERS = (
    Program(FARCALL, "bin/bench_server", ("--loops", "1")),
    Program(FLOOR, "bin/floor_server", one_workload=True),
    Program(NGHTTP2, "bin/nghttp2_server", workloads=frozenset({"get_sum"}), install="install libnghttp2-dev"),
    Program(OFFICIAL, "bin/official_server", ("--api", "callback"), install=INSTALL_OFFICIAL),
    Program(OFFICIAL_QUEUE, "bin/official_server", ("--api", "queue"), workloads=frozenset({"get_sum"}),
            install=INSTALL_OFFICIAL),
    Program(GO, "bench/peers/go/server"),
    Program(TONIC, "bench/peers/tonic/release/tonic_server",
            refuses={"collect_sum": "it ends connections with many small DATA frames (ENHANCE_YOUR_CALM)"}),
    Program(TCP, "bin/tcp_echo_server", workloads=PLAIN_TCP),
)

CLIENTS = (
    Program(FARCALL, "bin/bench_client"),
    Program(FLOOR, "bin/floor_client", workloads=frozenset({"get_sum", "stream_sum", "echo_sum"})),
    Program(OFFICIAL, "bin/official_client", install=INSTALL_OFFICIAL),
    Program(GO, "bench/peers/go/client"),
    Program(TONIC, "bench/peers/tonic/release/tonic_client"),
)

# What ./dev bench --quick measures.
QUICK = (FARCALL, FLOOR, OFFICIAL, TCP)


class Programs:
    """Those of the programs that are there. `wanted`: names, or None for all. `reasons`: name → why one is not there,
    where that is known better than what to install."""

    def __init__(self, build, results, wanted=None, reasons=None):
        self.build = build
        self._results = results
        self._wanted = wanted
        self._reasons = reasons or {}

    def path(self, program):
        return os.path.join(self.build, program)

    def _present(self, programs, side, names, workload):
        found = []
        for program in programs:
            if program.name not in names or (self._wanted is not None and program.name not in self._wanted):
                continue
            if workload not in program.workloads:
                continue
            if workload in program.refuses:
                self._results.skip(f"{program.name} {side} in {workload}", program.refuses[workload])
                continue
            why = self._reasons.get(program.name)
            if why is None and not os.path.exists(self.path(program.program)):
                why = program.install
            if why is None:
                found.append(program)
            else:
                self._results.skip(f"{program.name} {side}", why)
        return found

    def servers(self, names, workload):
        return self._present(SERVERS, "server", names, workload)

    def clients(self, names, workload):
        return self._present(CLIENTS, "client", names, workload)

    def server_command(self, program, workload, flags=()):
        """`flags` take the place of those of the same name that the program always gets."""
        own = () if set(program.flags[::2]) & set(flags) else program.flags
        workload_flags = ("--workload", workload) if program.one_workload else ()
        return [self.path(program.program), "--listen", "127.0.0.1:0", *own, *workload_flags, *flags]

    def client_command(self, program, address, workload, calls, outstanding, flags=()):
        return [self.path(program.program), "--target", address, *program.flags, "--workload", workload,
                "--calls", calls, "--outstanding", outstanding, *flags]

    def has_tool(self, tool, install):
        """A program of the system's; says so when it is missing."""
        if shutil.which(tool):
            return True
        self._results.skip(tool, install)
        return False


def server_named(name):
    return next(program for program in SERVERS if program.name == name)
