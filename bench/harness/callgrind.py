"""User-space instructions, as callgrind counts them: the same on a busy machine, and nearly the same each time."""

import concurrent.futures
import re
import tempfile

from harness.processes import LOAD_CORE, SERVER_CORE, BenchError, Server, last_words


def collected(errors):
    """The number in callgrind's last words."""
    found = re.search(r"Collected : (\d+)", errors)
    if not found:
        raise BenchError(f"callgrind counted nothing: {last_words(errors)}")
    return int(found.group(1))


def instructions_per_call(name, command, tool, load, few, many):
    """The count for `many` calls less that for `few`: start, connections and end cancel out."""

    def counted(calls, cores):
        """The instructions and the calls served."""
        with tempfile.TemporaryDirectory() as folder:
            prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
            server = Server(name, [*prefix, *command], cores)
            with server:
                served = tool.run(server.address, load, calls).total
            return collected(server.errors), served

    # Time does not matter here: both at once.
    with concurrent.futures.ThreadPoolExecutor() as both:
        shorter, longer = both.map(counted, (few, many), (SERVER_CORE, LOAD_CORE))
    return (longer[0] - shorter[0]) / (longer[1] - shorter[1])
