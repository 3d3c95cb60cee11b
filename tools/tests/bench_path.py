"""Lets the tests find the benchmarks' harness."""

import pathlib
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent.parent / "bench"
if str(BENCH) not in sys.path:
    sys.path.insert(0, str(BENCH))
