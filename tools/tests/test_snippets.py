"""Documents and sources, and what becomes of the documents."""

import unittest

import snippets
from tree import TreeTest

SOURCE = """\
    int main() {
      // [snippet serve]
      serve(
          9000);
      // [/snippet]
    }
    """
DOCUMENT = """\
    Before.
    <!-- snippet: serve -->
    ```cpp
    ```
    After.
    """


class Snippets(TreeTest):
    def test_a_block_is_filled_without_the_common_indentation(self):
        self.write("examples/a.cpp", SOURCE)
        self.write("README.md", DOCUMENT.replace("```cpp\n", "```cpp\n    stale\n"))
        self.assertEqual(snippets.run(self.root, check=False), ["README.md"])
        self.assertEqual(self.read("README.md"),
                         "Before.\n<!-- snippet: serve -->\n```cpp\nserve(\n    9000);\n```\nAfter.\n")

    def test_filling_twice_changes_nothing(self):
        self.write("examples/a.cpp", SOURCE)
        self.write("README.md", DOCUMENT)
        snippets.run(self.root, check=False)
        self.assertEqual(snippets.run(self.root, check=False), [])
        self.assertEqual(snippets.run(self.root, check=True), [])

    def test_a_check_changes_nothing_and_fails(self):
        self.write("examples/a.cpp", SOURCE)
        self.write("README.md", DOCUMENT)
        before = self.read("README.md")
        with self.assertRaisesRegex(snippets.SnippetError, "README.md differ"):
            snippets.run(self.root, check=True)
        self.assertEqual(self.read("README.md"), before)

    def test_a_block_without_a_region_is_an_error(self):
        self.write("README.md", DOCUMENT)
        with self.assertRaisesRegex(snippets.SnippetError, "no source has a snippet 'serve'"):
            snippets.run(self.root, check=True)

    def test_a_region_that_nothing_shows_is_an_error(self):
        self.write("examples/a.cpp", SOURCE)
        with self.assertRaisesRegex(snippets.SnippetError, "no document shows: serve"):
            snippets.run(self.root, check=True)

    def test_a_region_must_end(self):
        self.write("docs/a.cpp", "// [snippet a]\n")
        with self.assertRaisesRegex(snippets.SnippetError, "does not end"):
            snippets.run(self.root, check=True)

    def test_regions_do_not_nest(self):
        self.write("docs/a.cpp", "// [snippet a]\n// [snippet b]\n// [/snippet]\n")
        with self.assertRaisesRegex(snippets.SnippetError, "inside the snippet 'a'"):
            snippets.run(self.root, check=True)

    def test_two_regions_do_not_share_a_name(self):
        self.write("docs/a.cpp", "// [snippet a]\n// [/snippet]\n// [snippet a]\n// [/snippet]\n")
        with self.assertRaisesRegex(snippets.SnippetError, "a second snippet 'a'"):
            snippets.run(self.root, check=True)

    def test_cmake_files_have_snippets_too(self):
        self.write("docs/CMakeLists.txt", "# [snippet serve]\nproject(x)\n# [/snippet]\n")
        self.write("docs/guide.md", DOCUMENT)
        snippets.run(self.root, check=False)
        self.assertIn("project(x)\n", self.read("docs/guide.md"))


if __name__ == "__main__":
    unittest.main()
