"""The last recorded run, as a document beside its charts."""

import os

from harness.report import left_out
from harness.text import markdown, scenario_rows, target_rows

HEAD = """\
# Recorded figures

Written by `./dev bench --record`; [bench/README.md](../../bench/README.md) says how each is measured. Machines differ:
compare the ratios, not the microseconds. Medians of {rounds} rounds.

"""


def document(results, scenarios, verdicts, machine, effort, charts):
    lines = [HEAD.format(rounds=effort.rounds), *(f"- {what}: {value}" for what, value in machine.items()),
             "", "## Targets", "", *markdown(target_rows(verdicts)), "", "## Figures"]
    for scenario in scenarios:
        rows = scenario_rows(results, scenario)
        if rows:
            note = results.notes.get(scenario.name)
            lines += ["", f"### {scenario.title}", "", *([note, ""] if note else []), *markdown(rows)]
    missing = left_out(results)
    if missing:
        lines += ["", "## Not measured", "", *(f"- {line}" for line in missing)]
    if charts:
        lines += ["", "## Charts", "", *(f"![{file}]({file})" for file in charts)]
    return "\n".join(lines) + "\n"


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
