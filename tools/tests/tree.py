"""A tree of small files in a folder of its own, for testing tools that look at trees."""

import pathlib
import tempfile
import textwrap
import unittest


class TreeTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = pathlib.Path(self._folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")
