#!/usr/bin/env python3
"""Sums up what the conformance steps found.

Usage: matrix.py RESULTS [--write FILE]

Prints what failed and "N passed, N failed, N skipped (why)", and fails when anything failed or nothing passed. With
--write, the matrix of case, peer and direction and the scores of the suites go into FILE, as Markdown.
"""

import argparse
import pathlib
import sys
from typing import NamedTuple

import results


class Table(NamedTuple):
    """A suite whose cases are few and the same for every peer: a table of case and peer."""

    title: str
    text: str
    # By direction, what heads the column of a peer.
    columns: dict


TABLES = {
    "interop": Table("gRPC's interoperability cases", """\
The cases of [gRPC's description](https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md) that need
neither TLS, compression nor cloud credentials. The programs of grpc-go and grpc-java are their own. The packages of the
others have none: theirs are in `tests/interop` (C++, Python) and `tests/conformance` (grpc-js, tonic). tonic cancels a
call by dropping it, so its client's two cases of cancellation see no status, only that the connection serves on; and
it may call its own timeout CANCELLED. No server but farcall's says its id, which `pick_first_unary` asks for.""", {"client": "farcall calls {}", "server": "{} calls farcall"}),
    "http2": Table("Servers that misbehave", """\
The cases of [gRPC's negative HTTP/2
description](https://github.com/grpc/grpc/blob/master/doc/negative-http2-interop-test-descriptions.md), and the two of
padding that its test server has besides. The server is `tests/conformance/bad_server`. The peers' own clients of these
cases confirm that it does what the description says, where they can judge it: for `rst_during_data` grpc-go's wants
UNKNOWN, where grpc-go gives INTERNAL as gRPC's table says, and for all three resets grpc-java's wants a text that
grpc-java no longer gives.""",
                   {"client": "farcall's client", "server": "{}'s client"}),
}
MARKS = {"passed": "✓", "failed": "**failed**", "skipped": "skipped"}


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


def heading(suite, peer, direction):
    """Who calls whom."""
    if suite in TABLES and direction in TABLES[suite].columns:
        return TABLES[suite].columns[direction].format(peer)
    return peer


def table(suite, records):
    """Case by (peer, direction). What was skipped as a whole is not in the table, but named beneath."""
    cells = {(record["case"], record["peer"], record["direction"]): MARKS[record["outcome"]]
             for record in records if record["case"] != "*"}
    columns = unique((peer, direction) for _, peer, direction in cells)
    yield row(["Case", *(heading(suite, *column) for column in columns)])
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
    yield "Written by `./dev conformance`; do not edit. ✓ passed · – not a case of that peer"
    yield ""
    yield f"{summary(records)}."
    yield ""
    yield from versions(records)
    for suite, about in TABLES.items():
        own = [record for record in records if record["suite"] == suite]
        if not own:
            continue
        yield from (f"## {about.title}", "", about.text, "", *table(suite, own), "")
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
            print(f"FAILED: {record['suite']}: {heading(record['suite'], record['peer'], record['direction'])}: "
                  f"{record['case']}: {record['note']}")
    print(summary(records))
    counts = count(records)
    sys.exit(0 if counts["passed"] > 0 and counts["failed"] == 0 else 1)


if __name__ == "__main__":
    main()
