"""Figures as people read them."""

from harness.programs import FLOOR
from harness.results import METRICS
from harness.stats import summary

# By these a subject is compared with the floor.
COMPARED = ("cpu_us", "per_second", "instructions")


def number(value, digits=2):
    return f"{value:,.{digits}f}"


def with_unit(value, unit):
    """A target's figure: a factor below 1 is clearer with three digits."""
    if unit == "x":
        return f"{value:.3f} x" if value < 1 else f"{value:.2f} x"
    return f"{number(value, 0 if value >= 100 else 1)} {unit}"


def columns(rows):
    """Rows of text, the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return [(row[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))).rstrip()
            for row in rows]


def markdown(rows):
    """The same as a table of a document; the first row is its head."""
    head, *body = rows
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (head, ruler, *body)]


def heading_of(metric, per):
    unit = METRICS[metric].unit
    return f"{unit}/{per}" if metric in ("cpu_us", "instructions", "bytes", "seconds") else unit


def scenario_rows(results, scenario):
    """Head and one row a subject: median and spread of the first figure, medians of the others, and the first over the
    floor's."""
    subjects = results.series.get(scenario.name, {})
    metrics = [metric for metric in METRICS if any(metric in figures for figures in subjects.values())]
    if not metrics:
        return []
    first = metrics[0]
    rows = [["", heading_of(first, scenario.per), "least to most",
             *(heading_of(metric, scenario.per) for metric in metrics[1:]), "x floor"]]
    for subject, figures in subjects.items():
        row = [subject]
        for metric in metrics:
            digits = METRICS[metric].digits
            values = figures.get(metric)
            shown = summary(values) if values else None
            row.append(number(shown.median, digits) if shown else "-")
            if metric == first:
                row.append(f"{number(shown.low, digits)} to {number(shown.high, digits)}" if shown else "-")
        ratio = results.ratio(scenario.name, first, subject, FLOOR)
        row.append(number(ratio) if ratio is not None and first in COMPARED else "-")
        rows.append(row)
    if all(row[-1] == "-" for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    return rows


VERDICTS = {True: "reached", False: "NOT REACHED", None: "not measured"}


def target_rows(verdicts):
    rows = [["target", "measured", "bound", "", "what is measured"]]
    for verdict in verdicts:
        target = verdict.target
        measured = "-" if verdict.measured is None else with_unit(verdict.measured, target.unit)
        rows.append([target.name, measured, f"{target.relation} {with_unit(target.bound, target.unit)}",
                     VERDICTS[verdict.reached], target.meaning])
    return rows
