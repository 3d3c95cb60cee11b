"""The processor time that the kernel accounts to a process."""

import time

# clock_getcpuclockid(3) for another process, as the kernel builds it: the complement of the id, and the kind of clock.
# In nanoseconds, user and system time, of all threads, those that have ended included; /proc/PID/stat counts in ticks of
# 10 ms, and /proc/PID/schedstat knows of the first thread only.
CPUCLOCK_SCHED = 2
QUIET_SECONDS = 0.01
PATIENCE_SECONDS = 1


def cpu_seconds(pid):
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def settled_cpu_seconds(pid):
    """The same once the process has come to rest, so that the end of one load (connections closing) is not accounted to
    the next."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = cpu_seconds(pid)
    while True:
        time.sleep(QUIET_SECONDS)
        now = cpu_seconds(pid)
        if now - before < QUIET_SECONDS / 50 or time.monotonic() > deadline:
            return now
        before = now
