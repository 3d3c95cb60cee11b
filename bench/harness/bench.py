"""What every scenario is given, and how its subjects take turns."""

import dataclasses
import math
import sys
import time
from typing import Callable

from harness.load import BenchLoad, H2load
from harness.processes import BenchError


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long is measured."""

    rounds: int
    seconds: float  # of load, of one subject in one round
    slow_rounds: int = 1  # of what takes long, and hardly changes from round to round
    budget: float = math.inf  # seconds in all, after which nothing more is begun


@dataclasses.dataclass(frozen=True)
class Subject:
    """One thing that is measured: `measure` gives its figures of one round, metric → value."""

    name: str
    measure: Callable[[], dict]


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    # Bench → its subjects; may be none, when what it needs is missing.
    subjects: Callable
    quick: bool = False
    slow: bool = False
    # What the figures are of.
    per: str = "call"


class Bench:
    """The programs, the effort and the results of one run."""

    def __init__(self, programs, results, effort):
        self.programs = programs
        self.results = results
        self.effort = effort
        self.bench_load = BenchLoad(programs.path("bin/bench_load"))
        self.h2load = H2load() if programs.has_tool("h2load", "install nghttp2-client; bench_load stands in") else None

    def tool_for(self, load):
        """Neutral load where there is any."""
        return self.h2load if self.h2load and load.workload == "get_sum" and not load.metadata else self.bench_load

    def run(self, scenario, until=math.inf):
        """Rounds interleaved over the subjects, so that a noisy minute hits all of them; back and forth, so that none is
        always the first. What fails is left out of the rounds that follow, and said. No second round begins after
        `until`."""
        subjects = scenario.subjects(self)
        rounds = self.effort.slow_rounds if scenario.slow else self.effort.rounds
        for turn in range(rounds):
            if turn > 0 and time.monotonic() > until:
                self.results.notes[scenario.name] = f"{turn} of {rounds} rounds, for want of time"
                break
            for subject in reversed(subjects) if turn % 2 else list(subjects):
                try:
                    self.results.add(scenario.name, subject.name, subject.measure())
                except BenchError as error:
                    self.results.fail(scenario.name, subject.name, str(error))
                    subjects.remove(subject)


def say(text):
    """Progress, which is no part of the report."""
    print(text, file=sys.stderr, flush=True)
