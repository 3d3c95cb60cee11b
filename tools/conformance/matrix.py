#!/usr/bin/env python3
"""Sums up what the conformance steps found.

Usage: matrix.py RESULTS [--write FILE]

Prints what failed and "N passed, N failed, N skipped (why)", and fails when anything failed or nothing passed. With
--write, the matrix of case, peer and direction and the scores of the suites go into FILE, as Markdown.
"""

import argparse
import pathlib
import sys

import results

# Their cases are few and the same for every peer: a table of case and peer. Of other suites, the scores.
TABLES = {
    "interop": ("gRPC's interoperability cases", """\
The cases of [gRPC's description](https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md) that need
neither TLS, compression nor cloud credentials."""),
    "http2": ("Servers that misbehave", """\
The cases of [gRPC's negative HTTP/2
description](https://github.com/grpc/grpc/blob/master/doc/negative-http2-interop-test-descriptions.md). The server is
`tests/conformance/http2_bad_server`, which breaks off on purpose; the peers' own clients of these cases confirm that
it does what the description says."""),
}
MARKS = {"passed": "✓", "failed": "**failed**", "skipped": "skipped"}
SIDES = {"client": "farcall calls {}", "server": "{} calls farcall"}


def unique(items):
    return list(dict.fromkeys(items))


def count(records):
    return {outcome: sum(record.get("count", 1) for record in records if record["outcome"] == outcome)
            for outcome in results.OUTCOMES}


def reasons(records):
    """Of the skipped, each reason once, with whom it kept from running."""
    skipped = [record for record in records if record["outcome"] == "skipped"]
    return unique(f"{record['peer']}: {record['note']}" for record in skipped)


def summary(records):
    counts = count(records)
    text = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    return text + (f" ({'; '.join(reasons(records))})" if counts["skipped"] else "")


def row(cells):
    return "| " + " | ".join(cells) + " |"


def side(peer, direction):
    return SIDES.get(direction, "{}").format(peer)


def table(records):
    """Case by (peer, direction). What was skipped as a whole is not in the table, but named beneath."""
    cells = {(record["case"], record["peer"], record["direction"]): MARKS[record["outcome"]]
             for record in records if record["case"] != "*"}
    columns = unique((peer, direction) for _, peer, direction in cells)
    yield row(["Case", *(side(*column) for column in columns)])
    yield row(["---"] + [":-:"] * len(columns))
    for case in unique(case for case, _, _ in cells):
        yield row([f"`{case}`", *(cells.get((case, *column), "–") for column in columns)])


def versions(records):
    found = {record["peer"]: record["version"] for record in records if record.get("version")}
    if not found:
        return
    yield "## Peers"
    yield ""
    yield row(["Peer", "Version"])
    yield row(["---", "---"])
    for peer, version in found.items():
        yield row([peer, version])
    yield ""


def scores(records):
    yield "## Suites"
    yield ""
    yield row(["Suite", "Against", "farcall is", "Passed", "Failed", "Skipped"])
    yield row(["---", "---", "---", "--:", "--:", "--:"])
    for key in unique((record["suite"], record["peer"], record["direction"]) for record in records):
        counts = count([record for record in records
                        if (record["suite"], record["peer"], record["direction"]) == key])
        yield row([*key, *(str(counts[outcome]) for outcome in results.OUTCOMES)])
    yield ""
    for record in records:
        if record["note"]:
            yield f"- {record['suite']}, {record['case']}, {record['outcome']}: {record['note']}"
    yield ""


def document(records):
    yield "# Interoperability"
    yield ""
    yield "Written by `./dev conformance`; do not edit. ✓ passed · – the peer has no such case"
    yield ""
    yield f"{summary(records)}."
    yield ""
    yield from versions(records)
    for suite, (title, text) in TABLES.items():
        own = [record for record in records if record["suite"] == suite]
        if not own:
            continue
        yield from (f"## {title}", "", text, "", *table(own), "")
        yield from (f"- Skipped: {reason}" for reason in reasons(own))
        yield ""
    others = [record for record in records if record["suite"] not in TABLES]
    if others:
        yield from scores(others)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--write", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    records = results.read(options.results)
    if options.write:
        text = "\n".join(document(records))
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
        options.write.write_text(text.rstrip() + "\n", encoding="utf-8")
        print(f"wrote {options.write}")
    for record in records:
        if record["outcome"] == "failed":
            print(f"FAILED: {record['suite']}: {side(record['peer'], record['direction'])}: {record['case']}: "
                  f"{record['note']}")
    print(summary(records))
    counts = count(records)
    sys.exit(0 if counts["passed"] > 0 and counts["failed"] == 0 else 1)


if __name__ == "__main__":
    main()
