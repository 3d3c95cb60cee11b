#!/usr/bin/python3
"""Measures what a call costs, beside the official library in the same run. See bench/README.md."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measure import BenchError, Server, client_cpu_per_call, cpu_per_call, instructions_per_call

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLOOR = "floor (by hand, on epoll)"
OFFICIAL = "official C++ (callback)"


def servers(build):
    """What is measured: name → command. The official server only where its library is installed."""
    programs = {"farcall": [f"{build}/bin/bench_server", "--listen", "127.0.0.1:0", "--loops", "1"],
                FLOOR: [f"{build}/bin/floor_server", "127.0.0.1:0", "unary"]}
    if os.path.exists(f"{build}/bin/official_server"):
        programs[OFFICIAL] = [f"{build}/bin/official_server", "127.0.0.1:0"]
    return programs


def measure_cpu(programs, calls, rounds):
    """Rounds interleaved over the programs, so that a noisy minute hits all of them."""
    figures = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            with Server(name, command) as server:
                figures[name].append(cpu_per_call(server, calls, connections=8, streams=100))
    return {name: in_columns(rows) for name, rows in figures.items()}


def in_columns(rows):
    return {"cpu_us": [cpu for cpu, _ in rows], "calls_per_second": [rate for _, rate in rows]}


def clients(build, address, calls, outstanding):
    """As `servers`, for clients."""
    programs = {"farcall": [f"{build}/bin/bench_client", "--target", address, "--calls", str(calls),
                            "--outstanding", str(outstanding)],
                FLOOR: [f"{build}/bin/floor_client", address, str(calls), str(outstanding)]}
    if os.path.exists(f"{build}/bin/official_client"):
        programs[OFFICIAL] = [f"{build}/bin/official_client", address, str(calls), str(outstanding)]
    return programs


def measure_clients(build, server_command, calls, rounds):
    """100 calls outstanding on one connection, rounds interleaved, all against farcall's server."""
    figures = {}
    with Server("farcall", server_command) as server:
        for _ in range(rounds):
            for name, command in clients(build, server.address, calls, outstanding=100).items():
                figures.setdefault(name, []).append(client_cpu_per_call(name, command))
    return {name: in_columns(rows) for name, rows in figures.items()}


def compile_seconds(build, source, includes, rounds):
    """The least of several compilations, the compiler as the build calls it, without its cache."""
    command = ["g++", "-std=c++20", "-O2", "-c", source, "-o", "/dev/null", *(f"-I{folder}" for folder in includes)]
    times = []
    for _ in range(rounds):
        begin = time.monotonic()
        done = subprocess.run(command, cwd=build, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{source} does not compile: {done.stderr.strip()[:300]}")
        times.append(time.monotonic() - begin)
    return min(times)


def measure_compile(build, rounds):
    generated = f"{build}/bench/farcall_generated/benchmark_service"
    times = {"farcall": compile_seconds(build, f"{ROOT}/bench/peers/farcall_service.cpp", [f"{ROOT}/include", generated], rounds)}
    if os.path.exists(f"{build}/bench/official/benchmark.grpc.pb.h"):
        times["official C++"] = compile_seconds(build, f"{ROOT}/bench/peers/official/service.cpp", [f"{build}/bench/official"], rounds)
    return times


def stripped_size(program):
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(program, folder)
        subprocess.run(["strip", copy], check=True)
        return os.path.getsize(copy)


def report_cpu(figures, side):
    ours = statistics.median(figures["farcall"]["cpu_us"])
    for name, row in figures.items():
        cpu = row["cpu_us"]
        median = statistics.median(cpu)
        print(f"  {name:26} {median:7.2f} us of {side} CPU per call ({min(cpu):.2f} to {max(cpu):.2f}), "
              f"{statistics.median(row['calls_per_second']):9,.0f} calls/s, {median / ours:5.1f} x farcall")


def report(figures):
    print("\nGetSum, 8 connections x 100 streams, server on one core, h2load on another")
    report_cpu(figures["cpu"], "server")
    print("\nGetSum, 100 calls outstanding on 1 connection, client on one core, farcall's server on another")
    report_cpu(figures["client_cpu"], "client")
    print("\nGetSum, 1 connection x 1 stream, user-space instructions per call (callgrind)")
    for name, count in figures["instructions"].items():
        print(f"  {name:26} {count:9,.0f}")
    print("\nCompiling a file that implements a service")
    for name, seconds in figures["compile_seconds"].items():
        print(f"  {name:26} {seconds:7.2f} s")
    if len(figures["compile_seconds"]) == 2:
        print(f"  {'ratio':26} {figures['compile_seconds']['farcall'] / figures['compile_seconds']['official C++']:7.2f}")
    print(f"\ntrain_status_server, stripped: {figures['stripped_bytes'] / 1e6:.2f} MB")
    if OFFICIAL not in figures["cpu"]:
        print("\nskipped: the official C++ server and client (install libgrpc++-dev and protobuf-compiler-grpc)")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls and rounds: at most 3 minutes")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--build", default=f"{ROOT}/build/release", help="the build folder (default: build/release)")
    options = parser.parse_args()
    calls, rounds = (200_000, 3) if options.quick else (1_000_000, 5)
    programs = servers(options.build)
    try:
        figures = {
            "cpu": measure_cpu(programs, calls, rounds),
            "client_cpu": measure_clients(options.build, programs["farcall"], calls // 2, rounds),
            "instructions": {name: instructions_per_call(name, command, 500, 1500) for name, command in programs.items()},
            "compile_seconds": measure_compile(options.build, 2 if options.quick else 4),
            "stripped_bytes": stripped_size(f"{options.build}/bin/train_status_server"),
        }
    except BenchError as error:
        sys.exit(f"./dev bench: {error}")
    report(figures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
