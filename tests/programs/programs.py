"""What the tests of the finished programs share: starting a server, running a program, one clear line of complaint."""

import os
import re
import signal
import socket
import subprocess
import threading
import unittest

BIN = os.environ["FARCALL_BIN"]
SECONDS = 60


def program(name):
    return os.path.join(BIN, name)


def run(name, *arguments, **options):
    return subprocess.run([program(name), *arguments], capture_output=True, text=True, timeout=SECONDS, check=False, **options)


class RunningServer:
    """One of the servers, on a free port; ended with SIGTERM, which must drain it and end it with 0."""

    def __init__(self, name, *arguments):
        self.command = [program(name), *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            found = re.match(r"listening on (\S+)$", line.strip())
            if found:
                self.address = found.group(1)
                return self
        raise AssertionError(f"{self.command} did not start: {self.process.stderr.read()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.output, self.errors = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(f"{self.command} did not end after SIGTERM") from None
        if self.process.returncode != 0:
            raise AssertionError(f"{self.command} ended with {self.process.returncode}: {self.errors}")

    @property
    def host_and_port(self):
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)


class Peer:
    """A TCP server that answers whatever comes with fixed bytes and closes: something that is not HTTP/2."""

    def __init__(self, answer):
        self.answer = answer

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(SECONDS)
                connection.recv(4096)
                connection.sendall(self.answer)


class ProgramTest(unittest.TestCase):
    def assert_one_clear_line(self, done, *words, code=None):
        """The program failed with one line on stderr that holds all the words."""
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertGreaterEqual(done.returncode, 0, f"killed by signal {-done.returncode}: {done.stderr}")
        if code is not None:
            self.assertEqual(done.returncode, code)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])
