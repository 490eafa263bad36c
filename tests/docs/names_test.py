#!/usr/bin/env python3
"""What pages name exists: settings, options of commands, policies. (tests/gates/comments_test.py looks for files and names
of code.)

    tests/docs/names_test.py build/edgesweep
"""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

from pages import FENCE, ROOT, pages

PROGRAM = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep").resolve()
SCHEMA = json.loads((ROOT / "configs" / "schema.json").read_text())
SETTINGS = set(SCHEMA["definitions"]["setting_name"]["enum"])
MISTAKES = {"dqn.widht"}  # the page's example of one
GROUPS = {name.rsplit(".", 1)[0] for name in SETTINGS if "." in name}
COMMANDS = ("run", "plan", "show", "verify", "prepare", "sequences", "compare", "latency", "simulate", "devices")


def help_of(command: str) -> str:
    return subprocess.run([PROGRAM, command, "--help"], check=True, capture_output=True, text=True).stdout


def words_in_code(page: Path) -> list[tuple[int, str]]:
    """Line and text of each piece of `code`, and of each line of a block."""
    found = []
    inside = False
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if FENCE.match(line):
            inside = not inside
        elif inside:
            found.append((number, line))
        else:
            found += [(number, text) for text in re.findall(r"`([^`]+)`", line)]
    return found


class Names(unittest.TestCase):
    def check(self, wrong: list[str]) -> None:
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_settings_exist(self):
        wrong = []
        checked = 0
        for page in pages():
            for number, text in words_in_code(page):
                for name in re.findall(r"\b(?:dqn|mdp|test|store|devices|arrivals|metric_sequence)\.[a-z_0-9.]+[a-z0-9]", text):
                    if re.search(r"\.(h5|json|npz|md|py|svg|csv|html|cpp|cu|cuh)$", name):
                        continue
                    checked += 1
                    if name not in SETTINGS | GROUPS | MISTAKES:
                        wrong.append(f"{page.relative_to(ROOT)}:{number}: no setting {name}")
        self.check(wrong)
        self.assertGreater(checked, 50)

    def test_options_exist(self):
        helps = {command: help_of(command) for command in COMMANDS}
        wrong = []
        checked = 0
        for page in pages():
            for number, text in words_in_code(page):
                called = re.search(r"\bedgesweep (" + "|".join(COMMANDS) + r")\b(.*)", text)
                for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", called[2]) if called else []:
                    checked += 1
                    if not re.search(rf"{option}\b(?!-)", helps[called[1]]):
                        wrong.append(f"{page.relative_to(ROOT)}:{number}: edgesweep {called[1]} has no {option}")
        self.check(wrong)
        self.assertGreater(checked, 10)

    def test_every_page_is_linked_from_the_first(self):
        reached = {ROOT / "README.md"}
        waiting = list(reached)
        while waiting:
            page = waiting.pop()
            linked = {(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text())}
            waiting += linked - reached
            reached |= linked
        missing = [str(page.relative_to(ROOT)) for page in pages() if page not in reached]
        self.assertEqual(missing, [])

    def test_every_policy_has_its_row(self):
        page = (ROOT / "docs" / "config.md").read_text()
        table = page.split("\n## Policies\n")[1].split("\n## ")[0]
        named = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
        policies = SCHEMA["properties"]["base"]["properties"]["policies"]["items"]["enum"]
        self.assertEqual(sorted(named), sorted(policies))

    def test_folders_include_only_what_stands_above_them(self):
        page = (ROOT / "docs" / "architecture.md").read_text()
        wrong = []
        for top, heading in (("host/", "Inside host"), ("host/engine/", "And inside the engine:")):
            table = page.split(heading)[1].split("\n\n| folder")[1].split("\n\n")[0]
            rows = [re.findall(rf"`{top}(\w+)`", row.split("|")[1]) for row in table.splitlines() if row.startswith("| `")]
            self.assertEqual({name for row in rows for name in row} | {"no_cuda"}, self.folders(ROOT / top) | {"no_cuda"})
            for number, row in enumerate(rows):
                allowed = {name for above in rows[:number] for name in above}
                for name in row:
                    wrong += [f"{top}{name} includes {top}{other}" for other in self.included(top, name) - allowed - {name}]
        self.check(wrong)

    def folders(self, folder: Path) -> set[str]:
        return {path.name for path in folder.iterdir() if path.is_dir()}

    def included(self, top: str, name: str) -> set[str]:
        """Folders of `top` whose headers files of the folder `name` include."""
        files = [path for path in (ROOT / top / name).rglob("*") if path.suffix in (".h", ".cpp", ".cu", ".cuh")]
        return {found for path in files for found in re.findall(rf'#include "{top}(\w+)/', path.read_text())}


if __name__ == "__main__":
    unittest.main()
