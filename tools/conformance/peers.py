"""The other implementations: how each is installed, started and called.

What is installed and built for them lies in FARCALL_CONFORMANCE_CACHE, where a second run finds it; what their package
managers download lies where these keep it.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading

from processes import Failed, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "tests/conformance"
BUILD = pathlib.Path(os.environ.get("FARCALL_BUILD", ROOT / "build/release"))
CACHE = pathlib.Path(os.environ.get("FARCALL_CONFORMANCE_CACHE", pathlib.Path.home() / ".cache/farcall-conformance"))
INSTALL_SECONDS = 600
# Two peers may want the same folder at once.
INSTALLING = threading.Lock()

CASES = ("empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
         "custom_metadata", "status_code_and_message", "special_status_message", "unimplemented_method",
         "unimplemented_service", "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server")
SOAK = ("rpc_soak", "channel_soak")
PICK_FIRST = "pick_first_unary"
# A server that misbehaves on purpose (http2.py).
HTTP2_CASES = ("goaway", "rst_after_header", "rst_during_data", "rst_after_data", "ping", "max_streams")
# The machine may be busy with another peer: what is asked for is that all of the calls succeed.
SOAK_FLAGS = ("--soak_iterations=10", "--soak_per_iteration_max_acceptable_latency_ms=30000",
              "--soak_overall_timeout_seconds=150")


class Missing(Exception):
    """The peer's toolchain is not there; the text says what."""


def need(*tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise Missing(f"{' and '.join(missing)} not installed")


def run(command, folder=None, environment=None):
    """Runs an installer; what it wrote to its standard output."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{' '.join(command[:3])} took more than {INSTALL_SECONDS} seconds") from late
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Failed(f"{' '.join(command[:3])}: {' / '.join(said[-3:])[:300]}")
    return done.stdout


def installed(name, manifests, install):
    """The folder of the cache into which `install(folder)` put what the manifests ask for, now or in an earlier run.
    A changed manifest gets another folder."""
    digest = hashlib.sha256(b"".join(manifest.read_bytes() for manifest in manifests)).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    complete = folder / "complete"
    with INSTALLING:
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for manifest in manifests:
                shutil.copy(manifest, folder)
            install(folder)
            complete.touch()
    return folder


def official_flags(port, case):
    flags = ["--server_host=127.0.0.1", f"--server_port={port}", f"--test_case={case}"]
    return flags + list(SOAK_FLAGS) if case in SOAK else flags


class Peer:
    """One implementation. `prepare` installs it and sets `version`; the rest works once that is done."""

    name = ""
    version = ""
    environment = {}
    # What its client can run against us, and what we can run against its server.
    client_cases = CASES
    server_cases = CASES + SOAK
    # What its client for servers that misbehave can judge; empty: it has none.
    http2_cases = ()

    def prepare(self):
        raise NotImplementedError

    def server(self):
        """The command and the port; None for a server that chooses and says it."""
        raise NotImplementedError

    def client(self, port, case):
        raise NotImplementedError

    def http2_client(self, port, case):
        raise NotImplementedError


class OfficialCxx(Peer):
    name = "C++"

    def prepare(self):
        if not (BUILD / "tests/interop_official_client").exists():
            raise Missing("libgrpc++-dev not installed when the release preset was configured")
        self.version = run(["pkg-config", "--modversion", "grpc++"]).strip()

    def server(self):
        return [BUILD / "tests/interop_official_server"], None

    def client(self, port, case):
        return [BUILD / "tests/interop_official_client", f"127.0.0.1:{port}", case]


class OfficialPython(Peer):
    name = "Python"
    environment = {"PYTHONPATH": str(BUILD / "tests/interop/python"), "PYTHONUNBUFFERED": "1"}

    def prepare(self):
        try:
            self.version = run(["/usr/bin/python3", "-c", "import grpc; print(grpc.__version__)"]).strip()
        except (Failed, OSError) as error:
            raise Missing("python3-grpcio not installed") from error

    def server(self):
        return ["/usr/bin/python3", ROOT / "tests/interop/official_server.py"], None

    def client(self, port, case):
        return ["/usr/bin/python3", ROOT / "tests/interop/official_client.py", f"127.0.0.1:{port}", case]


class Go(Peer):
    name = "grpc-go"
    client_cases = CASES + SOAK + (PICK_FIRST,)
    # In rst_during_data it wants UNKNOWN, where grpc-go itself and gRPC's table for RST_STREAM say INTERNAL.
    http2_cases = tuple(case for case in HTTP2_CASES if case != "rst_during_data")
    programs = CACHE / "go"

    def prepare(self):
        need("go")
        names = ("client", "server", "http2")
        if not all((self.programs / name).exists() for name in names):
            run(["go", "install", *(f"google.golang.org/grpc/interop/{name}@latest" for name in names)],
                environment={"GOBIN": str(self.programs)})
        described = run(["go", "version", "-m", self.programs / "client"])
        self.version = re.search(r"mod\s+google.golang.org/grpc\s+v(\S+)", described).group(1)

    def server(self):
        port = free_port()
        return [self.programs / "server", f"--port={port}"], port

    def client(self, port, case):
        return [self.programs / "client", "--use_tls=false", *official_flags(port, case)]

    def http2_client(self, port, case):
        return [self.programs / "http2", *official_flags(port, case)]


class Java(Peer):
    name = "grpc-java"
    client_cases = CASES + SOAK + (PICK_FIRST,)
    # In the cases of RST_STREAM it wants a text that grpc-java itself no longer gives.
    http2_cases = ("goaway", "ping", "max_streams")
    # Short runs: what the compiler would gain is less than what it costs.
    flags = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
    jars = None

    def prepare(self):
        need("java", "mvn")

        def install(folder):
            run(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"], folder)

        self.jars = installed("java", [SOURCES / "java/pom.xml"], install) / "jars"
        named = next(self.jars.glob("grpc-interop-testing-*.jar"))
        self.version = named.stem.removeprefix("grpc-interop-testing-")

    def program(self, name):
        return ["java", *self.flags, "-cp", f"{self.jars}/*", f"io.grpc.testing.integration.{name}"]

    def server(self):
        port = free_port()
        return [*self.program("TestServiceServer"), "--use_tls=false", f"--port={port}"], port

    def client(self, port, case):
        return [*self.program("TestServiceClient"), "--use_tls=false", *official_flags(port, case)]

    def http2_client(self, port, case):
        return [*self.program("Http2Client"), *official_flags(port, case)]


class JavaOkHttp(Java):
    """grpc-java's other transport, with an HTTP/2 of its own; only its client has a program."""

    name = "grpc-java (OkHttp)"
    server_cases = ()
    http2_cases = ()

    def client(self, port, case):
        return [*super().client(port, case), "--use_okhttp=true"]


class Node(Peer):
    name = "grpc-js"
    client_cases = CASES + SOAK

    def prepare(self):
        need("node", "npm")
        manifests = [SOURCES / "node/package.json", SOURCES / "node/package-lock.json"]
        folder = installed("node", manifests, lambda folder: run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder))
        self.environment = {"NODE_PATH": str(folder / "node_modules")}
        described = folder / "node_modules/@grpc/grpc-js/package.json"
        self.version = json.loads(described.read_text(encoding="utf-8"))["version"]

    def server(self):
        return ["node", SOURCES / "node/server.js", "--port=0"], None

    def client(self, port, case):
        return ["node", SOURCES / "node/client.js", *official_flags(port, case)]


class Tonic(Peer):
    name = "tonic"
    program = CACHE / "tonic/debug/tonic-interop"

    def prepare(self):
        need("cargo", "protoc")
        run(["cargo", "build", "--quiet", "--locked", "--target-dir", CACHE / "tonic"], SOURCES / "tonic")
        lock = (SOURCES / "tonic/Cargo.lock").read_text(encoding="utf-8")
        self.version = re.search(r'name = "tonic"\nversion = "(.*)"', lock).group(1)

    def server(self):
        return [self.program, "server", "--port=0"], None

    def client(self, port, case):
        return [self.program, "client", *official_flags(port, case)]


PEERS = (OfficialCxx, OfficialPython, Go, Java, JavaOkHttp, Node, Tonic)
