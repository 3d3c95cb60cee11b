#!/usr/bin/env python3
"""h2specd, the suite for HTTP/2 clients (github.com/summerwind/h2spec): runs conformance_h2_client for each case.

Usage: h2specd.py RESULTS
"""

import contextlib
import re
import socket

import peers
import suites
from processes import Failed

SUITE = "h2specd"
MODULE = "github.com/summerwind/h2spec"
CASES = 57
SECTION = re.compile(r"^\s*(\d+(?:\.\d+)*)\. ")
CASE = re.compile(r"([✔×?]) (\d+): (.*)$")
TOTAL = re.compile(r"^(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", re.MULTILINE)


def first_free_port():
    """h2specd listens on a port for each case, one behind the other."""
    for first in range(20_000, 30_000, CASES):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + CASES):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return first
            except OSError:
                continue
    raise Failed(f"there are no {CASES} free ports in a row from 20000 to 30000")


def cases(said):
    """Mark, name and text of each case, before the failures are listed once more."""
    section = ""
    for line in said.partition("\nFailures:")[0].splitlines():
        if found := SECTION.match(line):
            section = found.group(1)
        if found := CASE.search(line):
            yield found.group(1), f"client/{section}/{found.group(2)}", found.group(3)


def step(add):
    program, version = suites.go_program(MODULE, "cmd/h2specd")
    _, said = suites.run([program, "-S", "-f", first_free_port(), "-e", peers.BUILD / "bin/conformance_h2_client"])
    total = TOTAL.search(said)
    if not total:
        raise Failed(f"h2specd broke off: {' / '.join(said.strip().splitlines()[-2:])}")
    print(f"   {total.group(0)}")
    ran = 0
    for mark, name, text in cases(said):
        ran += 1
        if mark == "✔":
            add("client", name, "passed", version=version)
        else:
            add("client", name, "failed", text if mark == "×" else f"skipped by h2specd: {text}")
    if ran != CASES or int(total.group(1)) != CASES:
        add("client", "*", "failed", f"{ran} cases were reported and {total.group(1)} counted instead of {CASES}")


if __name__ == "__main__":
    suites.main(SUITE, ("client",), step)
