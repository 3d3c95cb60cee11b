"""What compiling costs: one file, and the library as a whole. Never from a compiler cache."""

import os
import resource
import subprocess
import tempfile
import time

from harness.bench import Scenario, Subject
from harness.processes import BenchError, last_words
from harness.programs import FARCALL, INSTALL_OFFICIAL, OFFICIAL

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPILE = ("g++", "-std=c++20", "-O2", "-c", "-o", "/dev/null")
UNCACHED = {**os.environ, "CCACHE_DISABLE": "1"}


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_of(command, folder, clock=time.monotonic):
    begin = clock()
    done = subprocess.run([str(word) for word in command], cwd=folder, env=UNCACHED, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command[:2])} failed: {last_words(done.stderr, last_words(done.stdout))}")
    return clock() - begin


def compiling(ours, official):
    """Each of two source files, below the build folder or else the repository, with the folders it includes."""

    def subjects(bench):
        build = bench.programs.build
        generated = f"{build}/bench/farcall_generated/benchmark_service"
        sides = {FARCALL: (ours, [f"{ROOT}/include", generated])}
        if os.path.exists(f"{build}/bench/official/benchmark.grpc.pb.h"):
            sides[OFFICIAL] = (official, [f"{build}/bench/official"])
        else:
            bench.results.skip("official generated code", INSTALL_OFFICIAL)

        def compiled(name, source, includes):
            file = next((file for file in (f"{build}/{source}", f"{ROOT}/{source}") if os.path.exists(file)), None)

            def measure():
                if file is None:
                    raise BenchError(f"{source} is not there: build it (./dev bench does)")
                return {"seconds": seconds_of([*COMPILE, file, *(f"-I{folder}" for folder in includes)], build,
                                              cpu_of_children)}

            return Subject(name, measure)

        return [compiled(name, *side) for name, side in sides.items()]

    return subjects


def clean_build(_bench):
    """The library alone, as the release preset builds it, in a folder of its own."""

    def measure():
        with tempfile.TemporaryDirectory() as folder:
            seconds_of(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                        "-DCMAKE_CXX_COMPILER_LAUNCHER=", "-DFARCALL_BUILD_TESTS=OFF", "-DFARCALL_BUILD_EXAMPLES=OFF",
                        "-DFARCALL_BUILD_BENCH=OFF"], ROOT)
            return {"seconds": seconds_of(["cmake", "--build", folder, "-j", str(os.cpu_count() or 1)], ROOT)}

    return [Subject(FARCALL, measure)]


def program_size(bench):
    """The benchmarks' server without what is for debuggers."""

    def measure():
        with tempfile.TemporaryDirectory() as folder:
            stripped = os.path.join(folder, "stripped")
            seconds_of(["strip", "-o", stripped, bench.programs.path("bin/bench_server")], folder)
            return {"bytes": os.path.getsize(stripped)}

    return [Subject(FARCALL, measure)]


SCENARIOS = (
    Scenario("compile_generated", "Compiling the generated code of one service",
             compiling("bench/farcall_generated/benchmark_service/benchmark.farcall.cpp",
                       "bench/official/benchmark.grpc.pb.cc"), quick=True, slow=True, per="file"),
    Scenario("compile_service", "Compiling a file that implements a service",
             compiling("bench/peers/farcall_service.cpp", "bench/peers/official/service.cpp"), slow=True, per="file"),
    Scenario("program_size", "The size of the benchmarks' server, stripped", program_size, slow=True, per="program"),
    Scenario("clean_build", "The library's clean build, on all cores", clean_build, slow=True, per="build"),
)
