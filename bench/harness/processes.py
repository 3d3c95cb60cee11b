"""Programs that are started, pinned to cores, and ended."""

import contextlib
import json
import re
import signal
import subprocess
import tempfile

SERVER_CORE = "0"
LOAD_CORE = "1"
BOTH_CORES = "0,1"
RUN_SECONDS = 300
EXIT_SECONDS = 20


class BenchError(Exception):
    """One line that says what is wrong."""


def pinned(cores, command):
    return ["taskset", "-c", cores, *(str(word) for word in command)]


def last_words(text, otherwise="it said nothing"):
    """The last line of what a program complained, cut to what fits on one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else otherwise


class Server:
    """A program that prints "listening on HOST:PORT", as a context: it has an `address` and a `pid` inside, and its
    `errors` afterwards."""

    def __init__(self, name, command, cores=SERVER_CORE):
        self.name = name
        self.command = pinned(cores, command)
        self.errors = ""

    def __enter__(self):
        self._stderr = tempfile.TemporaryFile(mode="w+", errors="replace")
        self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=self._stderr, text=True)
        for line in self._process.stdout:
            found = re.match(r"listening on (\S+)", line)
            if found:
                self.address = found.group(1)
                return self
        self._end()
        raise BenchError(f"{self.name} did not start: {last_words(self.errors)}")

    def __exit__(self, *_):
        self._end()

    @property
    def pid(self):
        return self._process.pid

    def _end(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._stderr.seek(0)
        self.errors = self._stderr.read()
        self._stderr.close()


def run(name, command, cores=LOAD_CORE):
    """What a program that ends by itself wrote to its standard output."""
    try:
        done = subprocess.run(pinned(cores, command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise BenchError(f"{name} took more than {RUN_SECONDS} seconds") from late
    if done.returncode != 0:
        raise BenchError(f"{name} failed: {last_words(done.stderr, last_words(done.stdout))}")
    return done.stdout


def report_of(name, output):
    """The line of JSON that ends what each client and load generator says."""
    try:
        report = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise BenchError(f"{name} did not end with its line of figures: {last_words(output)}") from error
    missing = [key for key in ("calls", "messages", "seconds", "cpu_seconds") if key not in report]
    if missing:
        raise BenchError(f"{name} does not say its {' and '.join(missing)}")
    return report


@contextlib.contextmanager
def held(name, command, cores=LOAD_CORE):
    """A program that prints "holding" and goes on until its input ends."""
    with tempfile.TemporaryFile(mode="w+", errors="replace") as stderr:
        process = subprocess.Popen(pinned(cores, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                                   text=True)
        try:
            if process.stdout.readline().strip() != "holding":
                process.kill()
                process.wait()
                stderr.seek(0)
                raise BenchError(f"{name} could not hold its connections: {last_words(stderr.read())}")
            yield
        finally:
            process.stdin.close()
            try:
                process.wait(EXIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
