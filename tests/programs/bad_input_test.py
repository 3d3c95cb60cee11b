"""Bad input gets one clear line that says what is wrong and what to do."""

import os
import socket
import subprocess
import tempfile
import unittest

from programs import Peer, ProgramTest, RunningServer, program, run


class Flags(ProgramTest):
    def test_unknown_ones_are_named(self):
        for name in ("train_status_server", "train_status_client", "interop_server", "interop_client", "bench_server"):
            with self.subTest(program=name):
                self.assert_one_clear_line(run(name, "--nonsense"), "--nonsense", "--help", code=2)

    def test_values_are_checked(self):
        self.assert_one_clear_line(run("interop_server", "--port=many"), "--port", code=2)
        self.assert_one_clear_line(run("interop_server", "--use_tls=true"), "--use_tls", code=2)
        self.assert_one_clear_line(run("interop_client", "--test_case=no_such_case"), "no_such_case", code=2)
        self.assert_one_clear_line(run("train_status_server", "--pace=-1"), "--pace", code=2)


class Addresses(ProgramTest):
    def test_one_in_use_is_told(self):
        with RunningServer("train_status_server", "--listen", "127.0.0.1:0") as server:
            second = run("train_status_server", "--listen", server.address)
            self.assert_one_clear_line(second, server.address, "in use", code=1)

    def test_one_in_use_is_told_by_a_server_of_one_loop_too(self):
        with RunningServer("bench_server", "--listen", "127.0.0.1:0", "--loops", "1") as server:
            self.assert_one_clear_line(run("bench_server", "--listen", server.address, "--loops", "1"), server.address, "in use")

    def test_a_unix_socket_in_use_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"unix:{folder}/trains.sock"
            with RunningServer("train_status_server", "--listen", path):
                self.assert_one_clear_line(run("train_status_server", "--listen", path), path, "in use", code=1)

    def test_malformed_ones_are_told(self):
        for address in ("nowhere", "127.0.0.1:http2", "127.0.0.1:70000", "unix:", ""):
            with self.subTest(address=address):
                self.assert_one_clear_line(run("train_status_server", "--listen", address), code=1)


class Timetables(ProgramTest):
    def serve(self, content):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(content)
            file.flush()
            return run("train_status_server", "--listen", "127.0.0.1:0", "--timetable", file.name), file.name

    def test_a_missing_one_is_told(self):
        done = run("train_status_server", "--listen", "127.0.0.1:0", "--timetable", "/nonexistent/timetable.txt")
        self.assert_one_clear_line(done, "/nonexistent/timetable.txt", "--timetable", code=1)

    def test_a_broken_one_is_told_with_its_line(self):
        done, path = self.serve("train 1 | One\nstop 25:00 | 0 | Nowhere\n")
        self.assert_one_clear_line(done, f"{path}:2", "stop HH:MM", code=1)
        done, path = self.serve("# comment\nstop 12:00 | 0 | Before any train\n")
        self.assert_one_clear_line(done, f"{path}:2", code=1)
        done, path = self.serve("train | \n")
        self.assert_one_clear_line(done, f"{path}:1", code=1)

    def test_an_empty_one_is_told(self):
        done, path = self.serve("# nothing\n")
        self.assert_one_clear_line(done, path, "no train", code=1)


class Targets(ProgramTest):
    def test_malformed_ones_are_told(self):
        for target in ("ipv4:not-an-address", "127.0.0.1:nan", "unix:", ""):
            with self.subTest(target=target):
                self.assert_one_clear_line(run("train_status_client", "--target", target), code=1)

    def test_nobody_there_is_unavailable(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.assert_one_clear_line(run("train_status_client", "--target", f"127.0.0.1:{port}"), "UNAVAILABLE", f"{port}", code=1)

    def test_a_peer_that_is_not_http2_is_unavailable(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"", bytes(64)):
            with self.subTest(answer=answer), Peer(answer) as peer:
                self.assert_one_clear_line(run("train_status_client", "--target", peer.address), "UNAVAILABLE", code=1)


class Clients(ProgramTest):
    """What is not HTTP/2 is closed at its first wrong byte, and harms nobody."""

    def test_that_do_not_speak_http2_are_closed(self):
        with RunningServer("train_status_server", "--listen", "127.0.0.1:0") as server:
            for opening in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nXX", b"\x00" * 100):
                with self.subTest(opening=opening), socket.create_connection(server.host_and_port, timeout=30) as connection:
                    connection.sendall(opening)
                    received = b""
                    try:
                        while chunk := connection.recv(4096):
                            received += chunk
                    except ConnectionResetError:
                        pass
                    self.assertNotIn(b"HTTP/1", received)
            done = run("train_status_client", "--target", server.address)
            self.assertEqual(done.returncode, 0, done.stderr)


class Protos(ProgramTest):
    def protoc(self, *arguments):
        plugin = f"--plugin=protoc-gen-farcall={program('protoc-gen-farcall')}"
        return subprocess.run(["protoc", plugin, *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_one_without_services_is_told_and_yields_its_messages(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/bare.proto", "w", encoding="utf-8") as file:
                file.write('syntax = "proto3";\nmessage Bare {}\n')
            done = self.protoc(f"-I{folder}", f"--farcall_out={folder}", "bare.proto")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            self.assertIn("bare.proto declares no service", done.stderr)
            self.assertTrue(os.path.exists(f"{folder}/bare.farcall.hpp"))

    def test_options_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/one.proto", "w", encoding="utf-8") as file:
                file.write('syntax = "proto3";\nmessage M {}\nservice One { rpc Ask(M) returns (M); }\n')
            done = self.protoc(f"-I{folder}", f"--farcall_out=fast:{folder}", "one.proto")
            self.assert_one_clear_line(done, "fast", "--farcall_opt")


if __name__ == "__main__":
    unittest.main()
