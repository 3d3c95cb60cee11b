#!/usr/bin/env python3
"""The gRPC part of the Connect conformance suite (connectrpc.com/conformance), with farcall as server and as client.

Usage: connect.py RESULTS

Which cases run is said in tests/conformance/connect/config.yaml. None is allowed to fail.
"""

import os
import re

import peers
import suites
from processes import Failed

SUITE = "Connect conformance"
MODULE = "connectrpc.com/conformance"
TOTAL = re.compile(r"^(\d+) passed, (\d+) failed", re.MULTILINE)
NOT_RUN = re.compile(r"^Another (\d+) could not be run(.*)$", re.MULTILINE)
# What version 1.0.7 has for our configuration. Later ones may have more; fewer would mean that some are not run.
LEAST = {"client": 217, "server": 198}
FAILED = re.compile(r"^FAILED: (.*):\n\s*(.*)$", re.MULTILINE)


def build(protos):
    """Our two programs, from the messages of the suite that is installed."""
    peers.run(["cmake", peers.BUILD, f"-DFARCALL_CONNECT_PROTOS={protos}"])
    jobs = os.environ.get("FARCALL_JOBS") or os.cpu_count()
    peers.run(["cmake", "--build", peers.BUILD, "-j", jobs, "--target", "connect_conformance_client",
               "connect_conformance_server"])


def run(program, version, direction, add):
    status, said = suites.run([program, "--conf", peers.SOURCES / "connect/config.yaml", "--mode", direction, "--",
                               peers.BUILD / f"bin/connect_conformance_{direction}"])
    total = TOTAL.search(said)
    if not total:
        raise Failed(f"the suite did not come to an end: {said.strip().splitlines()[-1:]}")
    passed, failed = int(total.group(1)), int(total.group(2))
    print(f"   as {direction}: {passed} passed, {failed} failed")
    if passed:
        add(direction, "those that passed", "passed", version=version, count=passed)
    failures = FAILED.findall(said)
    for case, reason in failures:
        add(direction, case, "failed", reason)
    if len(failures) != failed:
        raise Failed(f"the suite counts {failed} failures, of which {len(failures)} can be read")
    if passed + failed < LEAST[direction]:
        raise Failed(f"the suite ran {passed + failed} cases, not the {LEAST[direction]} that it has had")
    if left := NOT_RUN.search(said):
        add(direction, "those that were not run", "failed", left.group(2).strip(), count=int(left.group(1)))
    elif status != 0 and failed == 0:
        raise Failed(f"the suite ended with {status}")


def step(add):
    program, version = suites.go_program(MODULE, "cmd/connectconformance")
    build(suites.go_module(MODULE, version) / "proto")
    for direction in ("client", "server"):
        run(program, version, direction, add)


if __name__ == "__main__":
    suites.main(SUITE, ("client", "server"), step)
