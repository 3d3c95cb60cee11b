"""What ctest reports, and how it is counted."""

import unittest

import test_counts
from tree import TreeTest

REPORT = """\
    <testsuite>
      <testcase name="good" status="run"/>
      <testcase name="bad" status="fail"><failure message=""/></testcase>
      <testcase name="skips itself" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>
      <testcase name="turned off" status="disabled"/>
      <testcase name="never built" status="notrun"><skipped message="Unable to find executable"/></testcase>
      <testcase name="of a kind unknown today" status="odd"/>
    </testsuite>
    """


class Counting(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("ctest.xml", REPORT)

    def test_a_missing_program_and_an_unknown_status_are_failures(self):
        self.assertEqual(test_counts.count([self.root / "ctest.xml"], skips_fail=False),
                         {"passed": 1, "failed": 3, "skipped": 2})

    def test_in_ci_a_skip_is_a_failure(self):
        self.assertEqual(test_counts.count([self.root / "ctest.xml"], skips_fail=True),
                         {"passed": 1, "failed": 5, "skipped": 0})

    def test_several_reports_are_summed(self):
        self.assertEqual(test_counts.count([self.root / "ctest.xml"] * 2, skips_fail=False)["failed"], 6)


if __name__ == "__main__":
    unittest.main()
