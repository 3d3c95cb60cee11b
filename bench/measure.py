"""How a server is started, loaded and measured. Every figure comes from the kernel's accounting or from callgrind."""

import os
import re
import signal
import subprocess
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 60


class BenchError(Exception):
    """One line that says what is wrong and what to do."""


class Server:
    """A server program that prints "listening on ADDRESS", pinned to one core."""

    def __init__(self, name, command, core=0, prefix=()):
        self.name = name
        self.command = ["taskset", "-c", str(core), *prefix, *command]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = self._read_address()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.errors = self.process.stderr.read()
        self.process.stderr.close()

    def _read_address(self):
        for line in self.process.stdout:
            found = re.match(r"listening on (\S+)", line)
            if found:
                return found.group(1)
        raise BenchError(f"{self.name} did not start: {self.process.stderr.read().strip() or 'it said nothing'}")

    def cpu_seconds(self):
        """User and system time so far, all threads."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def load(address, calls, connections, streams, core=1):
    """`calls` GetSum calls by h2load; returns the seconds they took. Every one must have been answered."""
    body = b"\x00\x00\x00\x00\x04\x08\x02\x10\x03"  # one message: SumRequest{a=2, b=3}
    with tempfile.NamedTemporaryFile() as data:
        data.write(body)
        data.flush()
        command = ["taskset", "-c", str(core), "h2load", "-n", str(calls), "-c", str(connections), "-m", str(streams),
                   "-t", "1", "-d", data.name, "-H", "content-type: application/grpc", "-H", "te: trailers",
                   f"http://{address}/benchmark.BenchmarkService/GetSum"]
        begin = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        seconds = time.monotonic() - begin
    answered = re.search(r"(\d+) succeeded", done.stdout)
    if done.returncode != 0 or not answered or int(answered.group(1)) != calls:
        raise BenchError(f"h2load did not get {calls} answers from {address}: {done.stdout.strip()[-300:]}{done.stderr[-300:]}")
    return seconds


def cpu_per_call(server, calls, connections, streams):
    """Microseconds of server CPU for one call, and calls per second, after a warm-up."""
    load(server.address, max(calls // 10, 1000), connections, streams)
    before = server.cpu_seconds()
    seconds = load(server.address, calls, connections, streams)
    return (server.cpu_seconds() - before) / calls * 1e6, calls / seconds


def client_cpu_per_call(name, command, core=1):
    """Microseconds of client CPU for one call, and calls per second, as the client says itself."""
    done = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, text=True, timeout=600, check=False)
    said = re.search(r"cpu_us_per_call (\S+) calls_per_second (\S+)", done.stdout)
    if done.returncode != 0 or not said:
        raise BenchError(f"{name} failed: {done.stderr.strip()[-300:] or 'it said nothing'}")
    return float(said.group(1)), float(said.group(2))


def instructions_per_call(name, command, few, many, connections=1, streams=1):
    """User-space instructions for one call: callgrind's count for `many` calls less that for `few`, start-up and end
    cancelling out."""
    counts = []
    for calls in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
            with Server(name, command, prefix=prefix) as server:
                load(server.address, calls, connections, streams)
            collected = re.search(r"Collected : (\d+)", server.errors)
            if not collected:
                raise BenchError(f"callgrind counted nothing for {name}: {server.errors.strip()[-300:]}")
            counts.append(int(collected.group(1)))
    return (counts[1] - counts[0]) / (many - few)
