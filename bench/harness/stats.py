"""Medians, spreads and ratios of figures that were measured in rounds."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Summary:
    median: float
    low: float
    high: float


def summary(values):
    return Summary(statistics.median(values), min(values), max(values))


def ratio(over, under):
    """The median of the rounds' ratios: what disturbed one round disturbed both programs in it."""
    rounds = [a / b for a, b in zip(over, under) if b > 0]
    return statistics.median(rounds) if rounds else None
