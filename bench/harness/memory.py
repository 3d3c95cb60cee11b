"""The memory of a process."""

import re
import time

from harness.processes import BenchError

SETTLE_SECONDS = 0.2


def field_bytes(text, name):
    """The value of a line "Name:   123 kB"."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if not found:
        raise BenchError(f"the kernel does not say {name}")
    return int(found.group(1)) * 1024


def _read(pid, file):
    with open(f"/proc/{pid}/{file}", encoding="ascii", errors="replace") as text:
        return text.read()


def anonymous_bytes(pid):
    """Resident memory that is no file's: heap and stacks. Counted page by page, where RssAnon is a counter that lags."""
    time.sleep(SETTLE_SECONDS)
    return field_bytes(_read(pid, "smaps_rollup"), "Anonymous")


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_bytes(pid):
    """The most that was resident since `forget_peak`."""
    return field_bytes(_read(pid, "status"), "VmHWM")
