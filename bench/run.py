#!/usr/bin/python3
"""Measures what a call costs, beside peers in the same run. See bench/README.md."""

import os
import sys
import time

sys.dont_write_bytecode = True

from harness import charts, machine, options, record, report  # noqa: E402
from harness.bench import Bench, say  # noqa: E402
from harness.building import ROOT  # noqa: E402
from harness.peers import build_peers  # noqa: E402
from harness.processes import BenchError  # noqa: E402
from harness.programs import QUICK, Programs  # noqa: E402
from harness.results import Results  # noqa: E402
from harness.scenarios import SCENARIOS, chosen  # noqa: E402
from harness.targets import verdicts  # noqa: E402


def measure(bench, scenarios):
    """On a slow machine with a budget: fewer rounds of each rather than none of the last ones, which are the slow ones."""
    start = time.monotonic()
    budget = bench.effort.budget
    for number, scenario in enumerate(sorted(scenarios, key=lambda each: each.slow), 1):
        began = time.monotonic()
        if began - start > budget:
            bench.results.skip(scenario.name, "no time was left: leave out --quick, or ask for it with --only")
            continue
        try:
            bench.run(scenario, until=start + budget * number / len(scenarios))
        except BenchError as error:
            bench.results.fail(scenario.name, "all", str(error))
        say(f"== {scenario.name}: {time.monotonic() - began:.0f} s")


def write_files(wanted, results, scenarios, judged, described):
    drawn = charts.charts(results, scenarios)
    if wanted.json:
        report.write_json(wanted.json, results, judged, described, wanted.effort)
    if wanted.svg:
        record.write(wanted.svg, drawn)
    if wanted.record:
        text = record.document(results, scenarios, judged, described, wanted.effort, list(drawn))
        record.write(os.path.join(ROOT, "docs/bench"), {"results.md": text})


def main():
    wanted = options.parse(sys.argv[1:])
    if wanted.check:
        return 0
    if wanted.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:20} {scenario.title}{' (quick)' if scenario.quick else ''}")
        return 0
    results = Results()
    if wanted.quick:
        programs = Programs(wanted.build, results, wanted=QUICK)
    else:
        programs = Programs(wanted.build, results, reasons=build_peers(wanted.build))
    bench = Bench(programs, results, wanted.effort)
    scenarios = chosen(wanted.quick, wanted.only)
    measure(bench, scenarios)
    judged = verdicts(results, wanted.only)
    print(report.terminal(results, scenarios, judged))
    try:
        write_files(wanted, results, scenarios, judged, machine.describe(wanted.build))
    except OSError as error:
        sys.exit(f"./dev bench: cannot write {error.filename}: {error.strerror}")
    return 1 if results.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
