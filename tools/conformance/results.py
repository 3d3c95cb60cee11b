#!/usr/bin/env python3
"""The results of the conformance steps: a file with a line of JSON a case.

Usage: results.py FILE SUITE PEER DIRECTION CASE OUTCOME [NOTE] [--version VERSION]

Appends one result. SUITE is what the case belongs to (interop, h2spec, ...). PEER is the other implementation.
DIRECTION is "client" or "server": what we are in this case; "-" where that means nothing. OUTCOME is passed, failed
or skipped; NOTE says why it is not passed. VERSION is the peer's. Steps in Python use the class.
"""

import argparse
import json
import os
import pathlib

OUTCOMES = ("passed", "failed", "skipped")


class Results:
    """Appends to the file as the cases end, so that what ran before a crash is not lost."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def add(self, suite, peer, direction, case, outcome, note="", version="", count=1):
        """`count`: how many of the suite's cases this stands for, when the suite does not name them."""
        if outcome not in OUTCOMES:
            raise ValueError(f"the outcome is one of {', '.join(OUTCOMES)}, not {outcome!r}")
        record = {"suite": suite, "peer": peer, "direction": direction, "case": case, "outcome": outcome,
                  "note": note}
        if version:
            record["version"] = version
        if count != 1:
            record["count"] = count
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def read(path):
    """All records of the file. In CI, where everything must have run, a skip is a failure."""
    records = [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line]
    if os.environ.get("CI") == "true":
        for record in records:
            if record["outcome"] == "skipped":
                record["outcome"] = "failed"
                record["note"] = f"skipped: {record['note']}"
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("file", "suite", "peer", "direction", "case"):
        parser.add_argument(name)
    parser.add_argument("outcome", choices=OUTCOMES)
    parser.add_argument("note", nargs="?", default="")
    parser.add_argument("--version", default="")
    options = vars(parser.parse_args())
    Results(options.pop("file")).add(**options)


if __name__ == "__main__":
    main()
