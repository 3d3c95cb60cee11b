"""What a run has measured so far."""

import dataclasses

from harness.stats import ratio, summary


@dataclasses.dataclass(frozen=True)
class Metric:
    name: str
    unit: str
    digits: int = 2


METRICS = {metric.name: metric for metric in (
    Metric("cpu_us", "us CPU"),
    Metric("per_second", "/s", 0),
    Metric("mib_per_second", "MiB/s", 0),
    Metric("p50_us", "us p50", 1),
    Metric("p99_us", "us p99", 1),
    Metric("p999_us", "us p99.9", 1),
    Metric("instructions", "instructions", 0),
    Metric("bytes", "bytes", 0),
    Metric("peak_mib", "MiB", 1),
    Metric("seconds", "s"),
)}


class Results:
    """Series of figures, one value a round: scenario → subject → metric → values, each in the order of arrival."""

    def __init__(self):
        self.series = {}
        self.failures = []  # (scenario, subject, why)
        self.skips = []     # (what, why)
        self.notes = {}     # scenario → what else is to be said

    def add(self, scenario, subject, figures):
        row = self.series.setdefault(scenario, {}).setdefault(subject, {})
        for metric, value in figures.items():
            row.setdefault(METRICS[metric].name, []).append(value)

    def fail(self, scenario, subject, why):
        self.failures.append((scenario, subject, why))

    def skip(self, what, why):
        if (what, why) not in self.skips:
            self.skips.append((what, why))

    def values(self, scenario, subject, metric):
        return self.series.get(scenario, {}).get(subject, {}).get(metric, [])

    def median(self, scenario, subject, metric):
        values = self.values(scenario, subject, metric)
        return summary(values).median if values else None

    def ratio(self, scenario, metric, over, under):
        """None when one of them was not measured."""
        return ratio(self.values(scenario, over, metric), self.values(scenario, under, metric))

    def as_json(self):
        return {"series": [{"scenario": scenario, "subject": subject, "metric": metric, "unit": METRICS[metric].unit,
                            "values": values, **dataclasses.asdict(summary(values))}
                           for scenario, subjects in self.series.items()
                           for subject, metrics in subjects.items()
                           for metric, values in metrics.items()],
                "notes": self.notes,
                "skipped": [{"what": what, "why": why} for what, why in self.skips],
                "failed": [{"scenario": scenario, "subject": subject, "why": why}
                           for scenario, subject, why in self.failures]}
