#!/usr/bin/env python3
"""gRPC's interoperability cases with other implementations, in both directions.

Usage: interop.py RESULTS [PEER]...

Appends a result for each case, peer and direction; PEER names the only ones to run (C++, grpc-go, ...).
"""

import concurrent.futures
import os
import sys
import time

import peers
from processes import Failed, Server, run_client
from results import Results

SUITE = "interop"


def we_call(peer, add):
    """Our client against the peer's server."""
    if not peer.server_cases:
        return
    command, port = peer.server()
    with Server(command, port, peer.environment) as server:
        for case in peer.server_cases:
            wrong = run_client([peers.BUILD / "bin/interop_client", *peers.official_flags(server.port, case)])
            add("client", case, wrong)


def we_are_called(peer, add):
    """The peer's client against our server, which must drain in the end."""
    server = Server([peers.BUILD / "bin/interop_server", "--port=0"])
    with server:
        for case in peer.client_cases:
            add("server", case, run_client(peer.client(server.port, case), peer.environment))
    if server.process.returncode != 0:
        raise Failed(f"interop_server ended with {server.process.returncode}")


def results_of(peer_type):
    """The peer's results, each as the arguments of Results.add."""
    peer = peer_type()
    found = []

    def add(direction, case, wrong, outcome="failed"):
        found.append((SUITE, peer.name, direction, case, outcome if wrong else "passed", wrong or "", peer.version))

    began = time.monotonic()
    try:
        peer.prepare()
        prepared = time.monotonic()
        for direction, exchange in (("client", we_call), ("server", we_are_called)):
            try:
                exchange(peer, add)
            except Failed as error:
                add(direction, "*", str(error))
    except peers.Missing as missing:
        for direction, cases in (("client", peer.server_cases), ("server", peer.client_cases)):
            if cases:
                add(direction, "*", str(missing), "skipped")
        return found
    except Failed as error:
        add("-", "*", str(error))
        return found
    print(f"   {peer.name} {peer.version}: installed in {prepared - began:.0f} s, "
          f"run in {time.monotonic() - prepared:.0f} s", flush=True)
    return found


def main():
    results = Results(sys.argv[1])
    wanted = [peer for peer in peers.PEERS if not sys.argv[2:] or peer.name in sys.argv[2:]]
    jobs = int(os.environ.get("FARCALL_JOBS", 0)) or os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(min(jobs, 3)) as pool:
        for found in pool.map(results_of, wanted):
            for result in found:
                results.add(*result)


if __name__ == "__main__":
    main()
