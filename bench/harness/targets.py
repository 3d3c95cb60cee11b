"""What is promised of the figures, in one place."""

import dataclasses
from typing import Callable

from harness.programs import FARCALL, FLOOR, OFFICIAL, TCP

AT_MOST = "at most"
AT_LEAST = "at least"


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    meaning: str
    scenario: str
    # Results → the figure, or None when it was not measured.
    figure: Callable
    relation: str
    bound: float
    unit: str = "x"


@dataclasses.dataclass(frozen=True)
class Verdict:
    target: Target
    measured: float | None

    @property
    def reached(self):
        """None: not measured."""
        if self.measured is None:
            return None
        return self.measured <= self.target.bound if self.target.relation == AT_MOST else self.measured >= self.target.bound


def ratio(scenario, metric, over=FARCALL, under=FLOOR):
    return lambda results: results.ratio(scenario, metric, over, under)


def plain(scenario, metric, subject=FARCALL):
    return lambda results: results.median(scenario, subject, metric)


def two_loops(results):
    """What two loops would carry if each had a core to itself, by the CPU that a call takes."""
    cost = results.ratio("loops", "cpu_us", "farcall, 1 loop", "farcall, 2 loops")
    return None if cost is None else 2 * cost


def growth_over_floor(scenario, over, under):
    """How much more farcall's cost grows than the floor's."""

    def figure(results):
        ours = results.ratio(scenario, "cpu_us", f"{FARCALL}, {over}", f"{FARCALL}, {under}")
        floors = results.ratio(scenario, "cpu_us", f"{FLOOR}, {over}", f"{FLOOR}, {under}")
        return ours / floors if ours is not None and floors else None

    return figure


def cpu_target(name, meaning, scenario, under, bound):
    return Target(name, meaning, scenario, ratio(scenario, "cpu_us", FARCALL, under), AT_MOST, bound)


def growth_target(name, meaning, scenario, over, under):
    return Target(name, meaning, scenario, ratio(scenario, "cpu_us", over, under), AT_MOST, 1.15)


TARGETS = (
    cpu_target("server, 8x100, over the floor", "server CPU of a GetSum, farcall / floor", "get_sum_8x100", FLOOR, 1.5),
    cpu_target("server, 64x100, over the floor", "server CPU of a GetSum, farcall / floor", "get_sum_64x100", FLOOR, 1.5),
    cpu_target("server, 8x100, of the official", "server CPU of a GetSum, farcall / official callback server",
               "get_sum_8x100", OFFICIAL, 1 / 25),
    cpu_target("server, 64x100, of the official", "server CPU of a GetSum, farcall / official callback server",
               "get_sum_64x100", OFFICIAL, 1 / 25),
    Target("server, 1x1, instructions", "user-space instructions of a GetSum", "instructions_1x1",
           plain("instructions_1x1", "instructions"), AT_MOST, 4000, "instructions"),
    Target("server, 8x100, instructions", "user-space instructions of a GetSum", "instructions_8x100",
           plain("instructions_8x100", "instructions"), AT_MOST, 2500, "instructions"),
    cpu_target("client, 100 calls, over the floor", "client CPU of a GetSum, farcall / floor client", "client_get_sum",
               FLOOR, 2),
    cpu_target("client, 100 calls, of the official", "client CPU of a GetSum, farcall / official callback client",
               "client_get_sum", OFFICIAL, 1 / 15),
    cpu_target("StreamSum, over the floor", "server CPU of a message, farcall / floor", "stream_sum", FLOOR, 2),
    Target("StreamSum, rate", "messages per second, farcall / official callback server", "stream_sum",
           ratio("stream_sum", "per_second", FARCALL, OFFICIAL), AT_LEAST, 10),
    Target("EchoSum, latency", "p50 of a message and its reply on one stream, farcall / floor", "echo_sum",
           ratio("echo_sum", "p50_us"), AT_MOST, 1.15),
    Target("Echo of 1 MiB, rate", "bytes per second there and back, farcall / a plain TCP socket", "echo_1m",
           ratio("echo_1m", "mib_per_second", FARCALL, TCP), AT_LEAST, 0.8),
    Target("Echo of 16 MiB, memory", "growth of the server's memory: the message, and a window of 16 MiB",
           "peak_echo_16m", plain("peak_echo_16m", "peak_mib"), AT_MOST, 33, "MiB"),
    Target("idle connection, memory", "anonymous memory of each of 10,000 idle connections", "memory_connection",
           plain("memory_connection", "bytes"), AT_MOST, 4096, "bytes"),
    Target("open idle stream, memory", "anonymous memory of each of 10,000 open streams", "memory_stream",
           plain("memory_stream", "bytes"), AT_MOST, 1024, "bytes"),
    growth_target("10,000 methods", "server CPU of a GetSum, 10,000 methods / 1 method", "methods",
                  "farcall, 10,000 methods", "farcall, 1 method"),
    growth_target("1,000 connections, same rate", "server CPU of a GetSum, calls due one by one, 1,000 connections / 8",
                  "connections_rate", "farcall, 1,000 connections", "farcall, 8 connections"),
    growth_target("1,000 connections, saturated", "server CPU of a GetSum, 1,000 calls outstanding, 1,000 connections / 8",
                  "connections", "farcall, 1000x1", "farcall, 8x125"),
    Target("the same, over the floor's", "that growth / the floor's, which a system call for each call makes as well",
           "connections", growth_over_floor("connections", "1000x1", "8x125"), AT_MOST, 1.15),
    Target("two loops", "2 x server CPU of a GetSum with one loop / with two", "loops", two_loops, AT_LEAST, 1.8),
    Target("compiling", "CPU seconds for one generated file, farcall / official", "compile_generated",
           ratio("compile_generated", "seconds", FARCALL, OFFICIAL), AT_MOST, 1 / 3),
    Target("clean build", "seconds for the library, on all cores", "clean_build", plain("clean_build", "seconds"),
           AT_MOST, 120, "s"),
)


def verdicts(results, names=None):
    """Of all targets, or of those that the scenarios with these names are for."""
    return [Verdict(target, target.figure(results)) for target in TARGETS if names is None or target.scenario in names]
