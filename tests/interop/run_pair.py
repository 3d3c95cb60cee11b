#!/usr/bin/python3
"""Starts a server, runs a client against it, and passes on the client's verdict.

usage: run_pair.py SERVER [ARGUMENT]... -- CLIENT [ARGUMENT]...

The server must print "listening on HOST:PORT"; {port} in the client's arguments stands for that port, {address} for
HOST:PORT. The server is ended with SIGTERM and must then exit with 0.
"""

import re
import signal
import subprocess
import sys

CLIENT_SECONDS = 60
EXIT_SECONDS = 30


def start(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        found = re.match(r"listening on (\S+:(\d+))$", line.strip())
        if found:
            return server, found.group(1), found.group(2)
    sys.exit(f"the server did not start: {' '.join(command)} exited with {server.wait()}")


def main():
    split = sys.argv.index("--")
    server_command, client_command = sys.argv[1:split], sys.argv[split + 1:]
    server, address, port = start(server_command)
    try:
        client_command = [word.replace("{port}", port).replace("{address}", address) for word in client_command]
        client = subprocess.run(client_command, timeout=CLIENT_SECONDS, check=False)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            outcome = server.wait(timeout=EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            sys.exit("the server did not end after SIGTERM")
    if outcome != 0:
        sys.exit(f"the server ended with {outcome}")
    sys.exit(client.returncode)


if __name__ == "__main__":
    main()
