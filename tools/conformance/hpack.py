#!/usr/bin/env python3
"""hpack-test-case, the stories of many HPACK encoders: test_hpack_oracles decodes them, and encodes their headers.

Usage: hpack.py RESULTS
       hpack.py --fetch   only installs the suite, and prints its folder

FARCALL_HPACK_TEST_CASE names a copy of the suite. Without it, the one that the crate httlib-hpack holds is used: all
encoders, and for raw-data the headers of one of them, which are the same.
"""

import json
import os
import pathlib
import sys
import tempfile

import peers
import suites
from processes import Failed

SUITE = "hpack-test-case"
VARIABLE = "FARCALL_HPACK_TEST_CASE"
CRATE = ("httlib-hpack", "0.1.3")
MANIFEST = f"""\
[package]
name = "hpack-test-case"
version = "0.0.0"
edition = "2021"

[dependencies]
{CRATE[0]} = "={CRATE[1]}"
"""
ENCODERS = 14


def fetched():
    """The suite from the crate, arranged as the suite itself is."""
    peers.need("cargo")
    folder = peers.CACHE / "hpack-test-case"
    stories = folder / "stories"
    if not stories.exists():
        (folder / "src").mkdir(parents=True, exist_ok=True)
        (folder / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
        (folder / "src/lib.rs").touch()
        peers.run(["cargo", "vendor", "--quiet", "vendor"], folder)
        arranged = pathlib.Path(tempfile.mkdtemp(dir=folder))
        encoders = [entry for entry in (folder / "vendor" / CRATE[0] / "fixtures").iterdir() if entry.is_dir()]
        for encoder in encoders:
            (arranged / encoder.name).symlink_to(encoder)
        (arranged / "raw-data").symlink_to("nghttp2")
        arranged.rename(stories)
    return stories, f"crate {CRATE[0]} {CRATE[1]}"


def located():
    if folder := os.environ.get(VARIABLE):
        return pathlib.Path(folder), folder
    return fetched()


def sentence(name):
    """IsDecodedBlockByBlock: is decoded block by block."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def step(add):
    folder, origin = located()
    encoders = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name != "raw-data")
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        suites.run([peers.BUILD / "tests/test_hpack_oracles", "--gtest_filter=HpackTestCase.*",
                    f"--gtest_output=json:{report.name}"], {VARIABLE: str(folder)})
        try:
            tests = [test for group in json.load(report)["testsuites"] for test in group["testsuite"]]
        except (json.JSONDecodeError, KeyError) as error:
            raise Failed("test_hpack_oracles wrote no report") from error
    for test in tests:
        measured = ", ".join(f"{test[key]} {key}" for key in ("blocks", "octets") if key in test)
        print(f"   {sentence(test['name'])}: {measured}")
        if "failures" in test or test["result"] != "COMPLETED":
            said = test.get("failures", [{"failure": test["result"]}])[0]["failure"]
            add("-", sentence(test["name"]), "failed", " ".join(said.split())[:300])
        else:
            add("-", sentence(test["name"]), "passed", measured, origin)
    if not tests:
        raise Failed("test_hpack_oracles has no such tests")
    if len(encoders) < ENCODERS:
        add("-", "the other encoders", "skipped", f"{origin} holds {len(encoders)} encoders of {ENCODERS}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--fetch"]:
        print(fetched()[0])
    else:
        suites.main(SUITE, ("-",), step)
