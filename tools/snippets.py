#!/usr/bin/env python3
"""Fills the code blocks of the documentation from code that is compiled.

Usage: snippets.py [--check]

A region of a source file

    // [snippet serve]
    ...
    // [/snippet]

(with # instead of // in CMake files) fills the fenced block that follows <!-- snippet: serve --> in any *.md file.
Regions may not nest; a region's common indentation is removed. --check changes nothing and fails when a block
differs from its region, names no region, or a region is used nowhere.
"""

import argparse
import pathlib
import re
import sys
import textwrap

SOURCE_FOLDERS = ("docs", "examples")
SOURCE_SUFFIXES = {".cpp", ".hpp", ".proto", ".py", ".cmake"}
BEGIN = re.compile(r"^\s*(?://|#) \[snippet ([a-z0-9-]+)\]\s*$")
END = re.compile(r"^\s*(?://|#) \[/snippet\]\s*$")
BLOCK = re.compile(r"(<!-- snippet: ([a-z0-9-]+) -->\n```[a-z]*\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)
NOT_OURS = {"build", ".git", ".cache"}


class SnippetError(Exception):
    pass


def regions_of(path, text):
    """Yields (name, content) of each region of one source file."""
    name, content = None, []
    for number, line in enumerate(text.splitlines(), 1):
        begin = BEGIN.match(line)
        if begin and name:
            raise SnippetError(f"{path}:{number}: a snippet inside the snippet '{name}'")
        if END.match(line):
            if not name:
                raise SnippetError(f"{path}:{number}: the end of a snippet that did not begin")
            yield name, textwrap.dedent("\n".join(content)).strip("\n") + "\n"
            name, content = None, []
        elif begin:
            name = begin.group(1)
        elif name:
            content.append(line.rstrip())
    if name:
        raise SnippetError(f"{path}: the snippet '{name}' does not end")


def files_under(root, folders, suffixes):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = set(path.relative_to(root).parts)
            wanted = path.suffix in suffixes or (path.name == "CMakeLists.txt" and ".cmake" in suffixes)
            if wanted and path.is_file() and not parts & NOT_OURS:
                yield path


def collect(root):
    snippets = {}
    for path in files_under(root, SOURCE_FOLDERS, SOURCE_SUFFIXES):
        for name, content in regions_of(path.relative_to(root), path.read_text(encoding="utf-8")):
            if name in snippets:
                raise SnippetError(f"{path.relative_to(root)}: a second snippet '{name}'")
            snippets[name] = content
    return snippets


def filled(path, text, snippets, used):
    def fill(match):
        name = match.group(2)
        if name not in snippets:
            raise SnippetError(f"{path}: no source has a snippet '{name}'")
        used.add(name)
        return match.group(1) + snippets[name] + match.group(4)

    return BLOCK.sub(fill, text)


def run(root, check):
    snippets = collect(root)
    used, stale = set(), []
    for path in files_under(root, (".",), {".md"}):
        text = path.read_text(encoding="utf-8")
        wanted = filled(path.relative_to(root), text, snippets, used)
        if wanted != text:
            stale.append(str(path.relative_to(root)))
            if not check:
                path.write_text(wanted, encoding="utf-8")
    unused = sorted(set(snippets) - used)
    if unused:
        raise SnippetError(f"snippets that no document shows: {', '.join(unused)}")
    if check and stale:
        raise SnippetError(f"run tools/snippets.py: {', '.join(stale)} differ from the code")
    return stale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        changed = run(pathlib.Path(__file__).resolve().parent.parent, options.check)
    except SnippetError as error:
        sys.exit(f"snippets: {error}")
    print(f"snippets: {'filled ' + ', '.join(changed) if changed else 'the documents show what is compiled'}")


if __name__ == "__main__":
    main()
