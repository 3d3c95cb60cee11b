"""The peers that have toolchains of their own are built here; CMake builds the others."""

import dataclasses
import os
import shutil
import subprocess

from harness.building import ROOT
from harness.processes import last_words
from harness.programs import GO, TONIC

BUILD_SECONDS = 900


@dataclasses.dataclass(frozen=True)
class Toolchain:
    peer: str
    tool: str
    folder: str  # below bench/peers
    # The folder for what is built → the command.
    command: tuple


TOOLCHAINS = (
    Toolchain(GO, "go", "go", ("go", "build", "-o", "{out}/", "./server", "./client")),
    Toolchain(TONIC, "cargo", "tonic", ("cargo", "build", "--quiet", "--release", "--locked", "--target-dir", "{out}")),
)


def why_not_built(toolchain, build):
    """Builds the peer, anew if something has changed; None when it is there."""
    folder = os.path.join(ROOT, "bench/peers", toolchain.folder)
    if not os.path.isdir(folder):
        return f"bench/peers/{toolchain.folder} is not there"
    if shutil.which(toolchain.tool) is None:
        return f"install {toolchain.tool}"
    out = os.path.join(os.path.abspath(build), "bench/peers", toolchain.folder)
    os.makedirs(out, exist_ok=True)
    command = [word.format(out=out) for word in toolchain.command]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{toolchain.tool} build took more than {BUILD_SECONDS} seconds"
    return f"{toolchain.tool} build failed: {last_words(done.stderr)}" if done.returncode else None


def build_peers(build):
    """Peer → why it is not there, for those that are not."""
    reasons = {toolchain.peer: why_not_built(toolchain, build) for toolchain in TOOLCHAINS}
    return {peer: why for peer, why in reasons.items() if why}
