#!/usr/bin/env python3
"""gRPC's negative HTTP/2 cases: our client against a server of ours that misbehaves on purpose.

Usage: http2.py RESULTS

A case passes when the client is satisfied and the server has seen nothing wrong. The peers that have a client for
these cases run it against the same server: it shows that the server does what the cases' description says.
"""

import sys

import peers
from processes import Failed, Server, last_line, run_client
from results import Results

SUITE = "http2"
# What gRPC's test server knows beyond its description, and the peers' clients do not.
OWN_CASES = peers.HTTP2_CASES + ("data_frame_padding", "no_df_padding_sanity_test")


def run_case(case, client_command):
    """What is wrong, or None. `client_command(port, case)` is the client's command."""
    try:
        with Server([peers.BUILD / "tests/http2_bad_server", "--port=0", f"--test_case={case}"]) as server:
            wrong = run_client(client_command(server.port, case))
            outcome = server.stop()
            if wrong or outcome == 0:
                return wrong
            return f"the server says: {last_line(server.said(), f'exit status {outcome}')}"
    except Failed as error:
        return str(error)


def run_ours(results):
    def command(port, case):
        return [peers.BUILD / "bin/interop_client", *peers.official_flags(port, case)]

    for case in OWN_CASES:
        wrong = run_case(case, command)
        results.add(SUITE, "farcall", "client", case, "failed" if wrong else "passed", wrong or "")


def run_peer(results, peer):
    try:
        peer.prepare()
    except peers.Missing as missing:
        results.add(SUITE, peer.name, "server", "*", "skipped", str(missing))
        return
    except Failed as error:
        results.add(SUITE, peer.name, "server", "*", "failed", str(error))
        return
    for case in peer.http2_cases:
        wrong = run_case(case, peer.http2_client)
        results.add(SUITE, peer.name, "server", case, "failed" if wrong else "passed", wrong or "", peer.version)


def main():
    results = Results(sys.argv[1])
    run_ours(results)
    for peer_type in peers.PEERS:
        if peer_type.http2_cases:
            run_peer(results, peer_type())


if __name__ == "__main__":
    main()
