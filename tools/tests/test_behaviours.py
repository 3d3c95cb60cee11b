"""The table of behaviours, held against the tests."""

import unittest

import behaviours
from tree import TreeTest


class TheTable(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("tests/behaviours/some_test.cpp", "TEST(Suite, Shows) {\n}\nTEST_P(Each,\n       Way) {\n}\n")
        self.write("tests/client/other_test.cpp", "TEST_F(Other, Thing) {\n}\n")

    def findings(self, rows, asked=(1,)):
        self.write("docs/behaviours.md", "| Item | Behaviour | Shown by |\n|---|---|---|\n" + "\n".join(rows) + "\n")
        known, behaviours.ASKED = behaviours.ASKED, set(asked)
        self.addCleanup(setattr, behaviours, "ASKED", known)
        return behaviours.check(self.root)

    ALL = "| 1 | x | `behaviours: Suite.Shows` `behaviours: Each.Way` `client: Other.Thing` |"

    def test_is_complete_when_every_item_names_tests_that_exist(self):
        self.assertEqual(self.findings([self.ALL]), [])

    def test_must_have_every_item_asked_for(self):
        self.assertEqual(self.findings([self.ALL], asked=(1, 2)), ["docs/behaviours.md: item 2 is missing"])

    def test_must_name_a_test_for_an_item(self):
        self.assertEqual(self.findings([self.ALL, "| 2 | nothing to show | |"]),
                         ["docs/behaviours.md:4: item 2 names no test"])

    def test_must_not_name_a_test_that_does_not_exist(self):
        self.assertEqual(self.findings([self.ALL, "| 2 | x | `client: Other.Gone` |", "| 3 | x | `net: Suite.Shows` |"]),
                         ["docs/behaviours.md:4: there is no test Other.Gone in tests/client",
                          "docs/behaviours.md:5: there is no test Suite.Shows in tests/net"])

    def test_must_have_every_test_of_the_folder(self):
        self.assertEqual(self.findings(["| 1 | x | `client: Other.Thing` `behaviours: Each.Way` |"]),
                         ["docs/behaviours.md: Suite.Shows is in no row"])


if __name__ == "__main__":
    unittest.main()
