"""What the steps of the public suites share: installing them, and running something under test."""

import json
import os
import pathlib
import re
import subprocess
import sys

import peers
from processes import Failed
from results import Results

GO_PROGRAMS = peers.CACHE / "go"
RUN_SECONDS = 300


def go_program(module, package):
    """The program and its version; installed from the Go module proxy unless it is there."""
    peers.need("go")
    program = GO_PROGRAMS / package.rpartition("/")[2]
    if not program.exists():
        peers.run(["go", "install", f"{module}/{package}@latest"], environment={"GOBIN": str(GO_PROGRAMS)})
    described = peers.run(["go", "version", "-m", program])
    return program, re.search(rf"mod\s+{re.escape(module)}\s+v(\S+)", described).group(1)


def go_module(module, version):
    """The folder with the sources of a module."""
    return pathlib.Path(json.loads(peers.run(["go", "mod", "download", "-json", f"{module}@v{version}"]))["Dir"])


def run(command, environment=None):
    """Runs a suite to its end: its exit status and what it said."""
    try:
        done = subprocess.run([str(word) for word in command], env={**os.environ, **(environment or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{pathlib.Path(command[0]).name} took more than {RUN_SECONDS} seconds") from late
    return done.returncode, done.stdout


def main(suite, directions, step):
    """Runs `step(add)`, where `add(direction, case, outcome, note, version, count)` appends a result. What keeps the
    suite from running at all is a result, too."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} RESULTS")
    results = Results(sys.argv[1])

    def add(direction, case, outcome, note="", version="", count=1):
        results.add(suite, suite, direction, case, outcome, note, version, count)

    try:
        step(add)
    except peers.Missing as missing:
        print(f"   skipped: {missing}")
        for direction in directions:
            add(direction, "*", "skipped", str(missing))
    except Failed as error:
        for direction in directions:
            add(direction, "*", "failed", str(error))
