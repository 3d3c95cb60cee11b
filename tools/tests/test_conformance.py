"""The results of ./dev conformance, and what is made of them."""

import contextlib
import io
import os
import pathlib
import sys
import unittest
from unittest import mock

from tree import TreeTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import matrix  # noqa: E402
import processes  # noqa: E402
import results  # noqa: E402


def run_matrix(*arguments):
    """What it printed, and its exit status."""
    said = io.StringIO()
    with mock.patch.object(sys, "argv", ["matrix.py", *map(str, arguments)]), contextlib.redirect_stdout(said):
        try:
            matrix.main()
        except SystemExit as ended:
            return said.getvalue(), ended.code
    raise AssertionError("matrix.py says how it went by its exit status")


@mock.patch.dict(os.environ, {"CI": ""})
class Summing(TreeTest):
    def setUp(self):
        super().setUp()
        self.file = self.root / "results.jsonl"
        self.results = results.Results(self.file)
        self.results.add("interop", "grpc-go", "client", "empty_unary", "passed", version="1.2.3")

    def test_all_passed(self):
        self.assertEqual(run_matrix(self.file), ("1 passed, 0 failed, 0 skipped\n", 0))

    def test_a_failure_is_told_and_fails(self):
        self.results.add("interop", "tonic", "server", "ping_pong", "failed", "it hung")
        said, status = run_matrix(self.file)
        self.assertEqual(status, 1)
        self.assertIn("FAILED: interop: tonic calls farcall: ping_pong: it hung\n", said)
        self.assertIn("1 passed, 1 failed, 0 skipped\n", said)

    def test_a_skip_is_named_once_and_passes(self):
        for direction in ("client", "server"):
            self.results.add("interop", "tonic", direction, "*", "skipped", "cargo not installed")
        self.assertEqual(run_matrix(self.file), ("1 passed, 0 failed, 2 skipped (tonic: cargo not installed)\n", 0))

    def test_in_ci_a_skip_fails(self):
        self.results.add("interop", "tonic", "client", "*", "skipped", "cargo not installed")
        with mock.patch.dict(os.environ, {"CI": "true"}):
            said, status = run_matrix(self.file)
        self.assertEqual(status, 1)
        self.assertIn("1 passed, 1 failed, 0 skipped\n", said)

    def test_nothing_passed_is_a_failure(self):
        self.file.write_text("", encoding="utf-8")
        self.assertEqual(run_matrix(self.file), ("0 passed, 0 failed, 0 skipped\n", 1))

    def test_the_matrix_has_a_row_a_case_and_a_column_a_peer_and_direction(self):
        self.results.add("interop", "grpc-go", "server", "large_unary", "passed", version="1.2.3")
        run_matrix(self.file, "--write", self.root / "interop.md")
        page = self.read("interop.md")
        self.assertIn("| Case | farcall calls grpc-go | grpc-go calls farcall |\n", page)
        self.assertIn("| `empty_unary` | ✓ | – |\n| `large_unary` | – | ✓ |\n", page)
        self.assertIn("| grpc-go | 1.2.3 |\n", page)

    def test_an_unknown_outcome_is_refused(self):
        with self.assertRaises(ValueError):
            self.results.add("interop", "tonic", "client", "empty_unary", "perhaps")


class Running(unittest.TestCase):
    def test_a_server_says_where_it_listens_and_ends_when_told(self):
        with processes.Server(["sh", "-c", "echo hello; echo listening on 127.0.0.1:4321; exec tail -f /dev/null"
                               ]) as server:
            self.assertEqual(server.port, 4321)
            self.assertIsNone(server.process.poll())
        self.assertEqual(server.process.returncode, -15)

    def test_a_server_that_ends_at_once_is_told_with_its_last_words(self):
        with self.assertRaisesRegex(processes.Failed, "no port is free"):
            with processes.Server(["sh", "-c", "echo trying; echo no port is free"]):
                self.fail("it did not start")

    def test_what_a_program_said_last_is_not_where_it_was(self):
        self.assertEqual(processes.last_line("java.lang.Error: wrong\n\tat io.grpc.Client.main(Client.java:1)\n", ""),
                         "java.lang.Error: wrong")

    def test_a_client_is_judged_by_its_exit_status(self):
        self.assertIsNone(processes.run_client(["sh", "-c", "echo fine"]))
        self.assertEqual(processes.run_client(["sh", "-c", "echo first; echo last; exit 1"]), "last")
        self.assertEqual(processes.run_client(["sh", "-c", "exit 3"]), "exit status 3")


if __name__ == "__main__":
    unittest.main()
