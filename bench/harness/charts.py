"""Bar charts as SVG, by hand: readable on a light and on a dark page, with the reader's own font."""

from xml.sax.saxutils import escape

from harness.programs import FARCALL, FLOOR
from harness.stats import summary
from harness.text import COMPARED

WIDTH = 900
NAME_WIDTH = 290
VALUE_WIDTH = 210
ROW = 22
BAR = 14
TITLE = 34
GAP = 16

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .heading { font-weight: 600; }
  .farcall { fill: #1a7f5a; }
  .floor { fill: #8c959f; }
  .peer { fill: #b58a3c; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .farcall { fill: #3fb68b; }
    .floor { fill: #6e7681; }
    .peer { fill: #d4a72c; }
  }
"""


def kind_of(subject):
    return {FARCALL: "farcall", FLOOR: "floor"}.get(subject.split(",")[0], "peer")


def chart(title, groups):
    """`groups`: heading and its bars, (name, length, what is written behind it); lengths of one group share a scale."""
    parts = [f'<text class="title" x="0" y="16">{escape(title)}</text>']
    top = TITLE
    room = WIDTH - NAME_WIDTH - VALUE_WIDTH
    for heading, bars in groups:
        parts.append(f'<text class="heading" x="0" y="{top + 12}">{escape(heading)}</text>')
        top += ROW
        longest = max((length for _, length, _ in bars), default=0) or 1
        for name, length, label in bars:
            width = max(length / longest * room, 1)
            parts += [f'<text x="{NAME_WIDTH - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>',
                      f'<rect class="{kind_of(name)}" x="{NAME_WIDTH}" y="{top + 1}" width="{width:.1f}" height="{BAR}"/>',
                      f'<text x="{NAME_WIDTH + width + 6:.1f}" y="{top + 12}">{escape(label)}</text>']
            top += ROW
        top += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">\n<style>{STYLE}</style>\n'
            + "\n".join(parts) + "\n</svg>\n")


def relative_bars(results, scenario, metric, unit):
    """Each subject's figure as a multiple of the floor's, or as it is where there is no floor."""
    bars = []
    for subject in results.series.get(scenario.name, {}):
        values = results.values(scenario.name, subject, metric)
        if not values:
            continue
        median = summary(values).median
        ratio = results.ratio(scenario.name, metric, subject, FLOOR) if metric in COMPARED else None
        behind = f"{median:,.2f} {unit}" if median < 100 else f"{median:,.0f} {unit}"
        bars.append((subject, ratio if ratio is not None else median,
                     f"{ratio:.1f} x floor, {behind}" if ratio is not None else behind))
    return bars


# File → what it shows: title, metric, unit, and the scenarios by the beginning of their names.
CHARTS = {
    "server-cpu": ("Server CPU, relative to the floor", "cpu_us", "us",
                   ("get_sum_", "complex", "metadata", "stream_sum", "collect_sum", "echo_", "handlers")),
    "client-cpu": ("Client CPU, relative to the floor", "cpu_us", "us", ("client_",)),
    "instructions": ("User-space instructions of a call, server", "instructions", "instructions", ("instructions_",)),
    "latency": ("Latency under the same fixed rate, p99", "p99_us", "us", ("latency",)),
    "memory": ("Memory of what lies idle, server", "bytes", "bytes", ("memory_",)),
    "growth": ("Server CPU of a GetSum, by what lies around it", "cpu_us", "us",
               ("methods", "connections", "idle_", "loops")),
}


def charts(results, scenarios):
    """File name → SVG, for what was measured."""
    drawn = {}
    for file, (title, metric, unit, prefixes) in CHARTS.items():
        groups = [(scenario.title, relative_bars(results, scenario, metric, unit)) for scenario in scenarios
                  if scenario.name.startswith(prefixes)]
        groups = [(heading, bars) for heading, bars in groups if bars]
        if groups:
            drawn[f"{file}.svg"] = chart(title, groups)
    return drawn
