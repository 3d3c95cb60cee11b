"""The command line of ./dev bench."""

import argparse
import os
import sys

from harness.bench import Effort
from harness.building import ROOT
from harness.scenarios import NAMES

FULL = Effort(rounds=5, seconds=1.5, slow_rounds=3)
QUICK = Effort(rounds=3, seconds=0.3, slow_rounds=1, budget=125)


class Parser(argparse.ArgumentParser):
    """One line for a bad flag instead of the whole usage."""

    def error(self, message):
        sys.stderr.write(f"{self.prog}: {message} (see ./dev bench --help)\n")
        sys.exit(2)


def _at_least(kind, least):
    def parsed(text):
        try:
            value = kind(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number") from error
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return parsed


def _scenario(text):
    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"no scenario '{text}'; ./dev bench --list names them")
    return text


def parse(arguments):
    parser = Parser(prog="./dev bench", description="Measures what a call costs, beside peers in the same run. See "
                                                    "bench/README.md.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="the main figures, at most 3 minutes")
    parser.add_argument("--only", metavar="SCENARIO", type=_scenario, action="append",
                        help="this scenario; may be given several times")
    parser.add_argument("--list", action="store_true", help="names the scenarios, and ends")
    parser.add_argument("--rounds", type=_at_least(int, 1), help="instead of what --quick or its absence says")
    parser.add_argument("--seconds", type=_at_least(float, 0.01), help="of load in each measurement")
    parser.add_argument("--json", metavar="FILE", help="writes the figures there, too")
    parser.add_argument("--svg", metavar="FOLDER", help="writes the charts there")
    parser.add_argument("--record", action="store_true", help="writes docs/bench/: the charts (unless --svg says "
                                                              "elsewhere) and the tables")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # the flags alone, before a build
    parser.add_argument("--build", metavar="FOLDER", default=os.path.join(ROOT, "build/release"),
                        help="where the programs are (default: build/release)")
    options = parser.parse_args(arguments)
    if options.record and (options.quick or options.only):
        parser.error("--record is for a whole run, without --quick and --only")
    effort = QUICK if options.quick else FULL
    rounds = options.rounds or effort.rounds
    options.effort = Effort(rounds, options.seconds or effort.seconds, min(rounds, effort.slow_rounds), effort.budget)
    if options.record and options.svg is None:
        options.svg = os.path.join(ROOT, "docs/bench")
    return options
