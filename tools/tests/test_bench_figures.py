"""What the benchmarks' harness computes and reads."""

import os
import threading
import time
import unittest

import bench_path  # noqa: F401

from harness import callgrind, cpu, load, machine, memory, processes, servers, sizing, stats
from harness.processes import BenchError


class Statistics(unittest.TestCase):
    def test_a_summary_is_the_median_and_the_spread(self):
        self.assertEqual(stats.summary([3, 1, 10]), stats.Summary(3, 1, 10))

    def test_a_ratio_is_taken_round_by_round(self):
        # The second round was twice as slow for both.
        self.assertEqual(stats.ratio([2, 40, 2], [1, 20, 1]), 2)
        self.assertEqual(stats.ratio([1, 2, 30], [1, 1, 1]), 2)

    def test_a_ratio_needs_both_sides(self):
        self.assertIsNone(stats.ratio([], [1]))
        self.assertIsNone(stats.ratio([1], [0]))


class Sizing(unittest.TestCase):
    def test_as_many_calls_as_fill_the_time(self):
        tried = []

        def run(calls):
            tried.append(calls)
            return calls * 0.001  # 1,000 calls a second

        self.assertEqual(sizing.calls_for(run, 10, 2), 2000)
        self.assertEqual(tried, [10, 40, 160])

    def test_never_fewer_than_the_least(self):
        self.assertEqual(sizing.calls_for(lambda calls: calls * 1.0, 5, 0.1), 5)


class Reading(unittest.TestCase):
    def test_h2load(self):
        said = "finished in 12.50ms, 8000.00 req/s, 1MB/s\nrequests: 100 total, 100 started, 100 done, 100 succeeded, 0 failed"
        self.assertAlmostEqual(load.h2load_seconds(said, 100), 0.0125)
        self.assertAlmostEqual(load.h2load_seconds(said.replace("ms,", "us,", 1), 100), 12.5e-6)
        with self.assertRaisesRegex(BenchError, "did not get 101 answers, but 100"):
            load.h2load_seconds(said, 101)
        with self.assertRaisesRegex(BenchError, "but none"):
            load.h2load_seconds("", 1)

    def test_callgrind(self):
        self.assertEqual(callgrind.collected("==1== \n==1== Collected : 27241251\n"), 27241251)
        with self.assertRaisesRegex(BenchError, "counted nothing: no such tool"):
            callgrind.collected("valgrind: \nno such tool\n")

    def test_memory(self):
        text = "Rss:  1780 kB\nAnonymous:     116 kB\n"
        self.assertEqual(memory.field_bytes(text, "Anonymous"), 116 * 1024)
        with self.assertRaises(BenchError):
            memory.field_bytes(text, "nymous")

    def test_a_programs_report(self):
        line = '{"calls": 1, "messages": 2, "seconds": 0.5, "cpu_seconds": 0.1}'
        self.assertEqual(processes.report_of("x", f"chatter\n{line}\n")["messages"], 2)
        for bad in ("", "no json", '{"calls": 1}', "[1]"):
            with self.subTest(bad=bad), self.assertRaises(BenchError):
                processes.report_of("x", bad)

    def test_a_programs_complaint_is_its_last_line(self):
        self.assertEqual(processes.last_words("a\nb\n\n"), "b")
        self.assertEqual(processes.last_words(" \n"), "it said nothing")

    def test_the_machine(self):
        self.assertEqual(machine.processor("processor : 0\nmodel name\t: Fast One\n"), "Fast One")
        self.assertEqual(machine.compiler_of("A:STRING=1\nCMAKE_CXX_COMPILER:FILEPATH=/usr/bin/c++\n"), "/usr/bin/c++")
        self.assertEqual(machine.without_path("/usr/bin/g++ (Debian 12) 12.2"), "g++ (Debian 12) 12.2")
        self.assertEqual(machine.without_path("g++ (a/b)"), "g++ (a/b)")

    def test_latency(self):
        self.assertEqual(servers.latency_figures({"p50": 1, "p99.9": 3, "max": 4}), {"p50_us": 1, "p999_us": 3})

    def test_a_rate_for_people(self):
        self.assertEqual([servers.rounded(rate) for rate in (0.2, 9, 123, 45678)], [1, 9, 120, 45000])


class ProcessorTime(unittest.TestCase):
    def test_that_of_all_threads_counts(self):
        def work():
            end = time.thread_time() + 0.05
            while time.thread_time() < end:
                pass

        before = cpu.cpu_seconds(os.getpid())
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertGreaterEqual(cpu.cpu_seconds(os.getpid()) - before, 0.05)


if __name__ == "__main__":
    unittest.main()
