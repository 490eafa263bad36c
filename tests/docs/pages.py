"""The pages of the documentation as their tests see them: fenced blocks, and what is said of them in comments before them.

    <!-- file: my.json -->          the block is saved under this name in the reader's folder
    <!-- output -->                 the block is what the commands before it print; a line `...` stands for any lines,
                                    `...` within a line for any text
    <!-- exit: 2 -->                the exit code of the block's commands, 0 if nothing is said
    <!-- not run: a reason -->      why the block cannot be run by a test
    <!-- setup: commands -->        (anywhere in the page) what the reader has done before; run first, not shown

Markdown shows none of these to a reader.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[A-Za-z0-9+-]*)\s*$")
MARKER = re.compile(r"^ *<!-- (?P<name>file|output|exit|not run)(?:: (?P<value>.*?))? -->$")
SETUP = re.compile(r"<!-- setup: (.*?) -->", re.DOTALL)


@dataclass
class Block:
    """A fenced block."""

    page: Path
    line: int  # of its first fence, from 1
    language: str
    text: str
    markers: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page whose blocks are examples."""
    first = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*first, *sorted((ROOT / "docs").glob("*.md")), ROOT / "results" / "README.md", ROOT / "kernels" / "README.md"]


def setups(page: Path) -> list[str]:
    return SETUP.findall(page.read_text())


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order. Raises ValueError where a fence is not closed."""
    found: list[Block] = []
    markers: dict[str, str] = {}
    lines = page.read_text().splitlines()
    number = 0
    while number < len(lines):
        marker = MARKER.match(lines[number])
        fence = FENCE.match(lines[number])
        if marker:
            markers[marker["name"]] = marker["value"] or ""
        elif fence:
            first = number
            indent = fence["indent"]
            number += 1
            while number < len(lines) and lines[number] != indent + "```":
                number += 1
            if number == len(lines):
                raise ValueError(f"{page.relative_to(ROOT)}:{first + 1}: this block is not closed")
            text = "".join(line.removeprefix(indent) + "\n" for line in lines[first + 1 : number])
            found.append(Block(page, first + 1, fence["language"], text, markers))
            markers = {}
        elif lines[number].strip():
            markers = {}
        number += 1
    return found


def indented_blocks(page: Path) -> list[int]:
    """Lines that begin a block of code by four spaces after an empty line (outside lists and fences)."""
    found = []
    inside = False
    in_list = False
    previous = ""
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if FENCE.match(line):
            inside = not inside
        if not inside:
            if re.match(r"^ *([-*]|\d+\.) ", line):
                in_list = True
            elif line and not line.startswith(" "):
                in_list = False
            if line.startswith("    ") and not previous.strip() and not in_list:
                found.append(number)
        previous = line
    return found
