"""What the benchmarks' harness says: targets, tables, charts, JSON."""

import contextlib
import io
import json
import math
import unittest
import xml.etree.ElementTree as ElementTree

import bench_path  # noqa: F401

from harness import charts, options, record, report, scenarios, targets, text
from harness.bench import Bench, Effort, Scenario, Subject
from harness.processes import BenchError
from harness.programs import Programs
from harness.results import Results
from tree import TreeTest

SVG = "{http://www.w3.org/2000/svg}"
ONE = Scenario("get_sum_8x100", "GetSum <8> & more", lambda bench: [])


def figures():
    results = Results()
    for cpu in (2.0, 3.0, 4.0):
        results.add(ONE.name, "farcall", {"cpu_us": cpu, "per_second": 1e6})
        results.add(ONE.name, "floor", {"cpu_us": cpu / 2, "per_second": 2e6})
    results.add(ONE.name, "official callback", {"cpu_us": 100.0})
    return results


class Targets(unittest.TestCase):
    def verdict(self, name, results):
        return next(verdict for verdict in targets.verdicts(results) if verdict.target.name == name)

    def test_a_bound_is_at_most_or_at_least(self):
        def reached(relation, measured):
            target = targets.Target("", "", "", None, relation, 2)
            return targets.Verdict(target, measured).reached

        self.assertEqual([reached(targets.AT_MOST, value) for value in (1, 2, 3, None)], [True, True, False, None])
        self.assertEqual([reached(targets.AT_LEAST, value) for value in (1, 2, 3, None)], [False, True, True, None])

    def test_figures_come_from_the_series(self):
        results = figures()
        over_floor = self.verdict("server, 8x100, over the floor", results)
        self.assertEqual((over_floor.measured, over_floor.reached), (2.0, False))
        self.assertEqual(self.verdict("server, 8x100, of the official", results).measured, 0.02)
        self.assertIsNone(self.verdict("server, 64x100, over the floor", results).reached)

    def test_two_loops_are_judged_by_the_cpu_of_a_call(self):
        results = Results()
        results.add("loops", "farcall, 1 loop", {"cpu_us": 9.0})
        results.add("loops", "farcall, 2 loops", {"cpu_us": 10.0})
        self.assertEqual((self.verdict("two loops", results).measured, self.verdict("two loops", results).reached), (1.8, True))

    def test_each_has_a_name_of_its_own_and_a_scenario_that_exists(self):
        names = [target.name for target in targets.TARGETS]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({target.scenario for target in targets.TARGETS}, set(scenarios.NAMES))

    def test_each_looks_where_something_is_measured(self):
        # Every name that a figure asks for is one that its scenario gives.
        asked = []

        class Asked(Results):
            def values(self, scenario, subject, metric):
                asked.append((scenario, subject))
                return []

        targets.verdicts(Asked())
        bench = Bench(Programs("/nowhere", Results()), Results(), Effort(1, 1))
        bench.programs._present = lambda known, _side, names, _workload: [p for p in known if p.name in names]
        given = {(scenario.name, subject.name) for scenario in scenarios.SCENARIOS for subject in scenario.subjects(bench)}
        # Without the official generated code there is nothing to compile it from.
        not_here = {("compile_generated", "official callback")}
        # Without valgrind nothing is counted.
        not_here |= {(name, subject) for name, subject in asked if name.startswith("instructions_")}
        self.assertLessEqual(set(asked) - given, not_here)


class Tables(unittest.TestCase):
    def test_columns_are_aligned(self):
        self.assertEqual(text.columns([["a", "10"], ["bcd", "2"]]), ["a    10", "bcd   2"])

    def test_a_row_has_median_spread_and_the_ratio_to_the_floor(self):
        head, farcall, floor, official = text.scenario_rows(figures(), ONE)
        self.assertEqual(head, ["", "us CPU/call", "least to most", "/s", "x floor"])
        self.assertEqual(farcall, ["farcall", "3.00", "2.00 to 4.00", "1,000,000", "2.00"])
        self.assertEqual(floor[-1], "1.00")
        self.assertEqual(official, ["official callback", "100.00", "100.00 to 100.00", "-", "100.00"])

    def test_without_a_floor_there_is_no_such_column(self):
        results = Results()
        results.add(ONE.name, "farcall", {"cpu_us": 1.0})
        self.assertEqual(text.scenario_rows(results, ONE)[0][-1], "least to most")

    def test_the_terminal_says_what_is_missing(self):
        results = figures()
        results.skip("tonic server", "install cargo")
        results.skip("tonic server", "install cargo")
        results.fail(ONE.name, "nghttp2", "it broke")
        said = report.terminal(results, [ONE], targets.verdicts(results))
        self.assertEqual(said.count("skipped: tonic server: install cargo"), 1)
        self.assertIn("failed: nghttp2 in get_sum_8x100: it broke", said)
        self.assertIn("NOT REACHED", said)
        self.assertIn("not measured", said)

    def test_a_target_below_one_shows_enough_digits(self):
        self.assertEqual([text.with_unit(0.04, "x"), text.with_unit(1.5, "x"), text.with_unit(4096, "bytes"),
                          text.with_unit(33, "MiB")], ["0.040 x", "1.50 x", "4,096 bytes", "33.0 MiB"])


class Charts(unittest.TestCase):
    def drawn(self):
        return ElementTree.fromstring(charts.charts(figures(), [ONE])["server-cpu.svg"])

    def test_is_well_formed_whatever_the_text(self):
        self.assertIn("GetSum <8> & more", [element.text for element in self.drawn().iter(f"{SVG}text")])

    def test_bars_are_as_long_as_their_ratio_to_the_floor(self):
        bars = {bar.get("class"): float(bar.get("width")) for bar in self.drawn().iter(f"{SVG}rect")}
        self.assertEqual(set(bars), {"farcall", "floor", "peer"})
        self.assertAlmostEqual(bars["farcall"] / bars["floor"], 2, delta=0.1)
        self.assertGreater(bars["peer"], bars["farcall"])

    def test_stays_within_its_frame(self):
        svg = self.drawn()
        for element in [*svg.iter(f"{SVG}text"), *svg.iter(f"{SVG}rect")]:
            self.assertLess(float(element.get("y")), float(svg.get("height")))
            self.assertLess(float(element.get("x")) + float(element.get("width", 0)), float(svg.get("width")))

    def test_has_room_for_names_and_figures(self):
        character = 7.5  # of the font, in the mean; more than most have
        results = Results()
        longest = "farcall, 9,992 connections x 100"
        results.add(ONE.name, longest, {"cpu_us": 123456.0})
        results.add(ONE.name, "floor", {"cpu_us": 99.0})
        for scenario in scenarios.SCENARIOS:
            self.assertLess(len(scenario.title) * character, charts.WIDTH)
        svg = ElementTree.fromstring(charts.charts(results, [ONE])["server-cpu.svg"])
        for element in svg.iter(f"{SVG}text"):
            with self.subTest(text=element.text):
                x, width = float(element.get("x")), len(element.text) * character
                begin = x - width if element.get("text-anchor") == "end" else x
                self.assertGreaterEqual(begin, 0)
                self.assertLessEqual(begin + width, charts.WIDTH)

    def test_has_a_dark_side_and_nothing_from_outside(self):
        svg = charts.charts(figures(), [ONE])["server-cpu.svg"]
        self.assertIn("prefers-color-scheme: dark", svg)
        self.assertNotIn("href", svg)
        self.assertNotIn("url(", svg)

    def test_what_was_not_measured_has_none(self):
        self.assertEqual(list(charts.charts(figures(), [ONE])), ["server-cpu.svg"])


class Files(TreeTest):
    def test_json_has_series_and_targets(self):
        results = figures()
        file = self.root / "figures.json"
        report.write_json(file, results, targets.verdicts(results), {"cores": 2}, Effort(3, 1.0))
        document = json.loads(file.read_text(encoding="utf-8"))
        series = next(series for series in document["series"] if series["subject"] == "farcall")
        self.assertEqual((series["scenario"], series["metric"], series["median"], series["low"], series["high"]),
                         (ONE.name, "cpu_us", 3.0, 2.0, 4.0))
        self.assertEqual(document["targets"][0]["reached"], False)
        self.assertEqual(document["machine"], {"cores": 2})

    def test_the_document_has_targets_figures_and_charts(self):
        results = figures()
        results.skip("tonic server", "install cargo")
        written = record.document(results, [ONE], targets.verdicts(results), {"processor": "Fast One"}, Effort(3, 1.0),
                                  ["server-cpu.svg"])
        for part in ("- processor: Fast One", "| farcall | 3.00 | 2.00 to 4.00 |", "## Not measured", "(server-cpu.svg)"):
            self.assertIn(part, written)
        record.write(self.root / "a/b", {"results.md": written})
        self.assertEqual(self.read("a/b/results.md"), written)


class FindingPrograms(TreeTest):
    def found(self, workload, **how):
        results = Results()
        programs = Programs(self.root, results, **how)
        return [p.name for p in programs.servers(("farcall", "tonic"), workload)], dict(results.skips)

    def setUp(self):
        super().setUp()
        self.write("bin/bench_server", "")

    def test_what_is_missing_is_named_with_the_reason(self):
        self.assertEqual(self.found("get_sum"), (["farcall"], {"tonic server": "build it (./dev bench does)"}))
        self.assertEqual(self.found("get_sum", reasons={"tonic": "install cargo"})[1], {"tonic server": "install cargo"})

    def test_what_a_peer_refuses_is_named_though_it_is_there(self):
        self.write("bench/peers/tonic/release/tonic_server", "")
        self.assertEqual(self.found("get_sum")[0], ["farcall", "tonic"])
        names, skips = self.found("collect_sum")
        self.assertEqual((names, list(skips)), (["farcall"], ["tonic server in collect_sum"]))

    def test_what_is_not_wanted_is_not_missed(self):
        self.assertEqual(self.found("get_sum", wanted=("farcall",)), (["farcall"], {}))


class TakingTurns(unittest.TestCase):
    def run_rounds(self, subjects, rounds, slow=False, until=math.inf):
        bench = Bench(Programs("/nowhere", Results()), Results(), Effort(rounds, 1, slow_rounds=2))
        bench.run(Scenario("s", "S", lambda _: list(subjects), slow=slow), until)
        return bench.results

    def test_rounds_go_back_and_forth(self):
        order = []

        def subject(name):
            return Subject(name, lambda: order.append(name) or {"cpu_us": 1.0})

        self.run_rounds([subject("a"), subject("b")], 3)
        self.assertEqual(order, list("abbaab"))

    def test_what_fails_is_said_once_and_left_out(self):
        def broken():
            raise BenchError("no")

        results = self.run_rounds([Subject("a", broken), Subject("b", lambda: {"cpu_us": 1.0})], 3)
        self.assertEqual(results.failures, [("s", "a", "no")])
        self.assertEqual(results.values("s", "b", "cpu_us"), [1.0] * 3)

    def test_when_time_is_short_there_is_one_round_and_it_is_said(self):
        results = self.run_rounds([Subject("b", lambda: {"cpu_us": 1.0})], 3, until=0)
        self.assertEqual(results.values("s", "b", "cpu_us"), [1.0])
        self.assertIn("1 of 3 rounds", results.notes["s"])

    def test_what_is_slow_has_fewer_rounds(self):
        results = self.run_rounds([Subject("b", lambda: {"cpu_us": 1.0})], 3, slow=True)
        self.assertEqual(results.values("s", "b", "cpu_us"), [1.0] * 2)


class CommandLine(unittest.TestCase):
    def complaint(self, *arguments):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
            options.parse(list(arguments))
        self.assertEqual(end.exception.code, 2)
        return said.getvalue()

    def test_a_bad_flag_gets_one_clear_line(self):
        for arguments, wanted in ((["--nonsense"], "--nonsense"), (["--only", "x"], "no scenario 'x'"),
                                  (["--rounds", "0"], "less than 1"), (["--seconds", "much"], "'much' is not a number"),
                                  (["--qui"], "--qui"), (["--record", "--quick"], "whole run")):
            with self.subTest(arguments=arguments):
                said = self.complaint(*arguments)
                self.assertEqual(said.count("\n"), 1)
                self.assertTrue(said.startswith("./dev bench: "), said)
                self.assertIn(wanted, said)

    def test_quick_is_less_effort_and_flags_say_otherwise(self):
        self.assertEqual(options.parse([]).effort, options.FULL)
        self.assertEqual(options.parse(["--quick"]).effort, options.QUICK)
        self.assertEqual(options.parse(["--quick", "--rounds", "7", "--seconds", "2"]).effort, Effort(7, 2, 1, options.QUICK.budget))
        self.assertEqual(options.parse(["--rounds", "2"]).effort.slow_rounds, 2)

    def test_scenarios_are_chosen_by_name_or_all(self):
        self.assertEqual([s.name for s in scenarios.chosen(True, ["complex"])], ["complex"])
        self.assertEqual(len(scenarios.chosen(False, None)), len(scenarios.SCENARIOS))
        quick = scenarios.chosen(True, None)
        self.assertTrue(0 < len(quick) < len(scenarios.SCENARIOS))


if __name__ == "__main__":
    unittest.main()
