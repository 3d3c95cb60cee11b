#!/usr/bin/env python3
"""Checks docs/behaviours.md: every behaviour asked for is shown by a test, and every test it names exists.

Usage: behaviours.py [ROOT]

Rows of the table begin with an item's number, and their last column names tests as `folder: Suite.Name`, where folder
is one of tests/. Prints one line a finding and fails when there is one.
"""

import argparse
import pathlib
import re
import sys

# The items that the project has undertaken to show.
ASKED = {*range(1, 16), *range(22, 61), *range(66, 75), 76, 77, 78, 80, 82}

ROW = re.compile(r"^\|\s*(\d+|[A-Z])\s*\|(.*)\|\s*$")
NAMED = re.compile(r"`([a-z0-9_]+): ([A-Za-z0-9_]+\.[A-Za-z0-9_]+)`")
DEFINED = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)

TABLE = "docs/behaviours.md"
# Every test of this folder shows a behaviour: none may be missing from the table.
FOLDER = "behaviours"


def defined_tests(root):
    """{(folder, "Suite.Name")} of all C++ tests."""
    return {(path.parent.name, f"{suite}.{name}")
            for path in (root / "tests").glob("*/*.cpp")
            for suite, name in DEFINED.findall(path.read_text(encoding="utf-8"))}


def check(root):
    """The findings, as lines."""
    defined = defined_tests(root)
    findings = []
    shown, named = set(), set()
    for number, line in enumerate((root / TABLE).read_text(encoding="utf-8").splitlines(), start=1):
        row = ROW.match(line)
        if not row:
            continue
        tests = NAMED.findall(row[2].rsplit("|", 1)[-1])
        if not tests:
            findings.append(f"{TABLE}:{number}: item {row[1]} names no test")
            continue
        shown.add(row[1])
        for test in tests:
            named.add(test)
            if test not in defined:
                findings.append(f"{TABLE}:{number}: there is no test {test[1]} in tests/{test[0]}")
    findings += [f"{TABLE}: item {item} is missing" for item in sorted(ASKED) if str(item) not in shown]
    findings += [f"{TABLE}: {test} is in no row" for folder, test in sorted(defined - named) if folder == FOLDER]
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parent.parent, type=pathlib.Path)
    try:
        findings = check(parser.parse_args().root)
    except OSError as error:
        sys.exit(f"behaviours: {error}")
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
