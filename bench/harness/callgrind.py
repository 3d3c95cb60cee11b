"""User-space instructions, as callgrind counts them: the same on a busy machine, and nearly the same each time."""

import re
import tempfile

from harness.processes import BenchError, Server, last_words


def collected(errors):
    """The number in callgrind's last words."""
    found = re.search(r"Collected : (\d+)", errors)
    if not found:
        raise BenchError(f"callgrind counted nothing: {last_words(errors)}")
    return int(found.group(1))


def instructions_per_call(name, command, tool, load, few, many):
    """The count for `many` calls less that for `few`: start, connections and end cancel out."""
    counts, calls_served = [], []
    for calls in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
            server = Server(name, [*prefix, *command])
            with server:
                calls_served.append(tool.run(server.address, load, calls).total)
            counts.append(collected(server.errors))
    return (counts[1] - counts[0]) / (calls_served[1] - calls_served[0])
