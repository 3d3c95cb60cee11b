#!/usr/bin/env python3
"""Sums up the results that ctest wrote (ctest --output-junit).

Prints "N passed, N failed, N skipped" over all files given. With --check, prints nothing and fails unless at least
one test ran and none failed. With CI=true in the environment a skipped or disabled test counts as failed.
"""

import argparse
import os
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """One of "passed", "failed", "skipped"."""
    status = case.get("status")
    if status == "run":
        return "passed"
    if status == "disabled":
        return "skipped"
    # ctest says "notrun" both of a test that skipped itself and of one whose program is not there.
    reason = case.find("skipped")
    if status == "notrun" and reason is not None and reason.get("message", "").startswith("SKIP_"):
        return "skipped"
    return "failed"


def count(paths, skips_fail):
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            result = outcome(case)
            totals["failed" if skips_fail and result == "skipped" else result] += 1
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print nothing; succeed only when tests ran and passed")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    try:
        totals = count(options.files, skips_fail=os.environ.get("CI") == "true")
    except (OSError, ElementTree.ParseError) as error:
        sys.exit(f"test_counts: {error}")
    if options.check:
        sys.exit(0 if totals["passed"] > 0 and totals["failed"] == 0 else 1)
    print(", ".join(f"{number} {name}" for name, number in totals.items()))


if __name__ == "__main__":
    main()
