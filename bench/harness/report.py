"""The report on the terminal, and as JSON."""

import json

from harness.text import columns, scenario_rows, target_rows


def left_out(results):
    """What was not measured and why, a line each."""
    return [*(f"skipped: {what}: {why}" for what, why in results.skips),
            *(f"failed: {subject} in {scenario}: {why}" for scenario, subject, why in results.failures)]


def terminal(results, scenarios, verdicts):
    lines = []
    for scenario in scenarios:
        rows = scenario_rows(results, scenario)
        if rows:
            note = results.notes.get(scenario.name)
            lines += ["", scenario.title + (f" ({note})" if note else "") + f"  [{scenario.name}]",
                      *("  " + line for line in columns(rows))]
    # Left-aligned text after the numbers reads badly: the meaning goes last, unpadded.
    rows = target_rows(verdicts)
    table = columns([row[:-1] for row in rows])
    if verdicts:
        width = max(len(line) for line in table)
        lines += ["", "Targets", *(f"  {line.ljust(width)}  {row[-1]}" for line, row in zip(table, rows))]
    missing = left_out(results)
    return "\n".join([*lines, *([""] + missing if missing else [])])


def write_json(file, results, verdicts, machine, effort):
    document = {
        "machine": machine, "rounds": effort.rounds, "seconds": effort.seconds, **results.as_json(),
        "targets": [{"name": verdict.target.name, "meaning": verdict.target.meaning, "scenario": verdict.target.scenario,
                     "measured": verdict.measured, "relation": verdict.target.relation, "bound": verdict.target.bound,
                     "unit": verdict.target.unit, "reached": verdict.reached} for verdict in verdicts]}
    with open(file, "w", encoding="utf-8") as out:
        json.dump(document, out, indent=2)
        out.write("\n")
