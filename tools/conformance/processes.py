"""Servers that are started and ended, and clients that are run against them."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 60
EXIT_SECONDS = 20
CLIENT_SECONDS = 180
LISTENING = re.compile(r"^listening on (\S+):(\d+)$", re.MULTILINE)


# A step that is told to end takes its servers along.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Failed(Exception):
    """Something that ought to run does not; the text is for people."""


def free_port():
    """A port that was free a moment ago, for servers that cannot choose one and say which."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def last_line(text, otherwise):
    """The last line that says something: where Java was when it failed does not."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not re.match(r"\s+at \S+\(", line)]
    return lines[-1][:300] if lines else otherwise


class Server:
    """A server as a context: it has a `port` once it is entered. `port` tells a command that does not say
    "listening on HOST:PORT" where it listens."""

    def __init__(self, command, port=None, environment=None):
        self.command = [str(word) for word in command]
        self.port = port
        self.output = tempfile.TemporaryFile(mode="w+", errors="replace")
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=self.output, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, env=self.environment, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = self.said()
                self.output.close()
                raise Failed(f"the server did not start: {last_line(said, 'it said nothing')}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.stop()
        self.output.close()

    def said(self):
        """All that it wrote so far."""
        return os.pread(self.output.fileno(), 1 << 20, 0).decode(errors="replace")

    def _is_up(self):
        if self.port is not None:
            return accepts(self.port)
        found = LISTENING.search(self.said())
        if found:
            self.port = int(found.group(2))
        return bool(found)

    def stop(self):
        """Ends it with SIGTERM; its exit status, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return None


def run_client(command, environment=None):
    """None when the client was satisfied, else what it complained about."""
    client = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}, text=True,
                              errors="replace", start_new_session=True)
    try:
        said, _ = client.communicate(timeout=CLIENT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(client.pid, signal.SIGKILL)
        client.communicate()
        return f"no answer within {CLIENT_SECONDS} seconds"
    return None if client.returncode == 0 else last_line(said, f"exit status {client.returncode}")
