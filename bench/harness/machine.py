"""What the figures were measured on: no names of hosts, no paths."""

import os
import re
import subprocess


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else None


def processor(cpuinfo):
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found.group(1).strip() if found else "unknown processor"


def compiler_of(cache):
    """The compiler that a build folder's CMakeCache.txt names."""
    found = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, re.MULTILINE)
    return found.group(1) if found else "g++"


def without_path(version):
    """What a compiler says of itself may begin with where it lies."""
    return re.sub(r"^\S*/", "", version)


def describe(build):
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = processor(file.read())
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8", errors="replace") as file:
            compiler = compiler_of(file.read())
    except OSError:
        compiler = "g++"
    machine = {"processor": model, "cores": os.cpu_count(), "kernel": f"Linux {'.'.join(os.uname().release.split('.')[:2])}",
               "compiler": without_path(first_line([compiler, "--version"]) or "unknown compiler")}
    official = first_line(["pkg-config", "--modversion", "grpc++"])
    if official:
        machine["official library"] = official
    return machine
