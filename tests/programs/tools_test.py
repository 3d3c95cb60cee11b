"""curl and h2load, which know nothing of gRPC, against the servers."""

import re
import subprocess
import tempfile
import unittest

from programs import ProgramTest, RunningServer, program

SUM_REQUEST = b"\x00\x00\x00\x00\x04\x08\x02\x10\x03"  # SumRequest{a=2, b=3} behind its length
SUM_REPLY = b"\x00\x00\x00\x00\x02\x08\x05"


def curl(*arguments, **options):
    return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "30", "--http2-prior-knowledge", *arguments],
                          capture_output=True, check=False, **options)


class Curl(ProgramTest):
    def test_calls_a_method(self):
        with RunningServer("bench_server", "--listen", "127.0.0.1:0") as server:
            url = f"http://{server.address}/benchmark.BenchmarkService/GetSum"
            done = curl("--include", "--raw", "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@-",
                        url, input=SUM_REQUEST)
            self.assertEqual(done.returncode, 0, done.stderr)
            head, _, rest = done.stdout.partition(b"\r\n\r\n")
            self.assertIn(b"HTTP/2 200", head)
            self.assertIn(b"content-type: application/grpc", head)
            self.assertTrue(rest.startswith(SUM_REPLY), rest)
            self.assertIn(b"grpc-status: 0", rest)

    def test_is_told_in_plain_text_what_is_not_grpc(self):
        with RunningServer("train_status_server", "--listen", "127.0.0.1:0") as server:
            url = f"http://{server.address}/enquiry.TrainStatus/Chat"
            for status, arguments in (("405", []), ("415", ["--data", "{}", "-H", "content-type: application/json"])):
                with self.subTest(status=status):
                    done = curl("--write-out", "\n%{http_code} %{content_type}", *arguments, url, text=True)
                    body, _, last = done.stdout.rpartition("\n")
                    self.assertTrue(last.startswith(f"{status} text/plain"), done.stdout + done.stderr)
                    self.assertTrue(0 < len(body.strip()) < 200 and "\n" not in body.strip(), body)

    def test_learns_of_an_unknown_method_by_grpc_status_12(self):
        with RunningServer("interop_server", "--port=0") as server:
            port = server.host_and_port[1]
            done = curl("--include", "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@-",
                        f"http://127.0.0.1:{port}/no.Service/Method", input=SUM_REQUEST)
            self.assertIn(b"grpc-status: 12", done.stdout)


class H2load(ProgramTest):
    def load(self, address, path, body, calls, connections, streams):
        with tempfile.NamedTemporaryFile() as data:
            data.write(body)
            data.flush()
            done = subprocess.run(["h2load", "-n", str(calls), "-c", str(connections), "-m", str(streams), "-d", data.name,
                                   "-H", "content-type: application/grpc", "-H", "te: trailers", f"http://{address}{path}"],
                                  capture_output=True, text=True, timeout=120, check=False)
        found = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", done.stdout)
        self.assertIsNotNone(found, done.stdout + done.stderr)
        self.assertEqual([int(count) for count in found.groups()], [calls, 0, 0], done.stdout)

    def test_gets_every_call_answered_by_each_server(self):
        with RunningServer("bench_server", "--listen", "127.0.0.1:0") as server:
            self.load(server.address, "/benchmark.BenchmarkService/GetSum", SUM_REQUEST, 20_000, 8, 100)
        with RunningServer("train_status_server", "--listen", "127.0.0.1:0") as server:
            number = b"\x0a\x07ICE 573"
            body = bytes(4) + bytes([len(number)]) + number
            self.load(server.address, "/enquiry.TrainStatus/ReturnTrainDetails", body, 5_000, 4, 50)
        with RunningServer("interop_server", "--port=0") as server:
            port = server.host_and_port[1]
            self.load(f"127.0.0.1:{port}", "/grpc.testing.TestService/EmptyCall", bytes(5), 5_000, 4, 50)


class Drain(ProgramTest):
    def test_on_sigterm_lets_a_call_under_way_end(self):
        with RunningServer("train_status_server", "--listen", "127.0.0.1:0", "--pace", "100") as server:
            client = subprocess.Popen([program("train_status_client"), "--target", server.address],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for line in client.stdout:
                if "reaches" in line:
                    break
            # SIGTERM follows now, while the train is on its way; its positions must all arrive.
        output, errors = client.communicate(timeout=60)
        self.assertIn("0 to go", output, errors)
        self.assertIn("drained", server.output)


if __name__ == "__main__":
    unittest.main()
