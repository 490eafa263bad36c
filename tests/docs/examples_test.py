#!/usr/bin/env python3
"""Runs the examples of a page from the folder where a reader would be, and compares what they print with what the page shows.

    tests/docs/examples_test.py build/edgesweep README.md
    tests/docs/examples_test.py build/edgesweep docs/*.md

Each page starts from a fresh copy of the repository whose build/ holds the program; its blocks run in order. A block of JSON
is saved and, if it is a config, planned. Blocks that are not run are listed with the reason that the page gives.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pages import ROOT, Block, blocks, indented_blocks, setups

COPIED = ("configs", "experiments")  # what commands may write into
LINKED = ("CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cmake", "docs", "findings", "host",
          "kernels", "tests")
LANGUAGES = ("bash", "json", "python", "c", "cpp", "cmake", "yaml", "math", "text")
SECONDS = 120


class ExampleError(Exception):
    """What is wrong with an example."""


class Reader:
    """A reader's machine: a copy of the repository in which the program is built, and a python3 with the packages of this one."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder / "edgesweep"
        self.program = program
        self.tools = folder / "tools"
        for name in COPIED:
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in LINKED:
            if (ROOT / name).exists():
                (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "results").mkdir()
        (self.folder / "build").mkdir()
        (self.folder / "build" / "edgesweep").symlink_to(program)
        self.tools.mkdir()
        (self.tools / "python3").symlink_to(sys.executable)

    def run(self, commands: str, place: str, expected: int = 0) -> str:
        """What the commands print."""
        path = f"{self.tools}:{self.program.parent}:{os.environ['PATH']}"
        environment = dict(os.environ, PATH=path, TERM="dumb", PYTHONDONTWRITEBYTECODE="1")
        try:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder, env=environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                                  check=False)
        except subprocess.TimeoutExpired as late:
            raise ExampleError(f"{place}: not done after {SECONDS} s") from late
        if done.returncode != expected:
            raise ExampleError(f"{place}: exit code {done.returncode}, expected {expected}\n{done.stdout}")
        return done.stdout

    def save(self, block: Block) -> None:
        """Writes the block into a file; a config is planned too."""
        path = self.folder / block.markers["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
        if block.language == "json" and {"base", "include"} & json.loads(block.text).keys():
            self.run(f"build/edgesweep plan '{block.markers['file']}'", block.place)


def plain(text: str) -> list[str]:
    """Lines in which the width of columns does not count."""
    return [" ".join(line.split()) for line in text.rstrip("\n").split("\n")]


def pattern_of(shown: str) -> re.Pattern[str]:
    """What a page shows as a pattern: `...` is any text, alone in a line any lines."""
    parts = [
        r"(?:.*\n)*?" if line == "..." else ".*?".join(re.escape(piece) for piece in line.split("...")) + "\n"
        for line in plain(shown)
    ]
    return re.compile(r"(?:.*\n)*?" + "".join(parts))


def check_output(block: Block, printed: str | None) -> None:
    if printed is None:
        raise ExampleError(f"{block.place}: output of no commands")
    if not pattern_of(block.text).match("".join(line + "\n" for line in plain(printed))):
        last = "\n".join(printed.splitlines()[-40:])
        raise ExampleError(f"{block.place}: the commands print something else, at last:\n{last}")


def check_block(block: Block, reader: Reader, printed: str | None) -> str | None:
    """Returns what the block printed, for the next one."""
    if block.language not in LANGUAGES:
        raise ExampleError(f"{block.place}: a block of \"{block.language}\"; allowed: {', '.join(LANGUAGES)}")
    if "not run" in block.markers:
        if len(block.markers["not run"]) < 10:
            raise ExampleError(f"{block.place}: not run, and no reason given")
        print(f"{block.place}: not run: {block.markers['not run']}")
        return None
    if "file" in block.markers:
        reader.save(block)
        return None
    if "output" in block.markers:
        check_output(block, printed)
        return printed
    if block.language == "bash":
        return reader.run(block.text, block.place, int(block.markers.get("exit", "0")))
    if block.language != "math":  # formulas
        raise ExampleError(f"{block.place}: say in a comment what the block is: file, output or not run (tests/docs/pages.py)")
    return None


def check_page(page: Path, program: Path) -> None:
    for line in indented_blocks(page):
        raise ExampleError(f"{page.relative_to(ROOT)}:{line}: a block by indentation: write ``` and a language")
    with tempfile.TemporaryDirectory() as name:
        reader = Reader(Path(name), program)
        for commands in setups(page):
            reader.run(commands, f"{page.relative_to(ROOT)}: setup")
        printed = None
        for block in blocks(page):
            printed = check_block(block, reader, printed)


def main() -> int:
    program = Path(sys.argv[1]).resolve()
    status = 0
    for argument in sys.argv[2:]:
        try:
            check_page(Path(argument).resolve(), program)
        except (ExampleError, ValueError) as wrong:
            print(wrong, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
