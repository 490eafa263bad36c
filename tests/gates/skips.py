#!/usr/bin/env python3
"""Fails where a test skipped that the list of allowed skips does not name.

    skips.py RESULTS.xml [--condition NAME ...] [--all] [--list FILE]

RESULTS.xml is what ctest --output-junit wrote. --all: every test was asked for, so a name of the list that is no test is a
failure too. Prints nothing where all is well, so that ctest's summary stays the last word.
"""

import argparse
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).resolve().parents[1] / "allowed_skips.txt"
CONDITIONS = frozenset({"always", "without_nvcc", "asan", "tsan"})


@dataclass(frozen=True)
class Allowed:
    conditions: frozenset[str]
    name: str
    reason: str


def read_list(path: Path) -> list[Allowed]:
    allowed = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        conditions = frozenset(words[0].split(","))
        if len(words) != 3 or not conditions <= CONDITIONS:
            sys.exit(f"{path}:{number}: expected CONDITIONS NAME REASON; the conditions are {', '.join(sorted(CONDITIONS))}")
        allowed.append(Allowed(conditions, words[1], words[2]))
    return allowed


def reason_to_skip(case: ElementTree.Element) -> str | None:
    """The test's own words, or None if it ran, or failed to start (which ctest counts as a failure already)."""
    if case.get("status") == "disabled":
        return "disabled"
    skipped = case.find("skipped")
    if skipped is None or not skipped.get("message", "").startswith("SKIP_"):
        return None
    lines = [line for line in case.findtext("system-out", "").splitlines() if line and not line.startswith("[")]
    return " ".join(lines[-3:])


def faults(results: Path, allowed: list[Allowed], all_ran: bool, name_of_list: str) -> list[str]:
    cases = {case.get("name"): reason_to_skip(case) for case in ElementTree.parse(results).getroot().iter("testcase")}
    allowed_names = {entry.name for entry in allowed}
    found = [
        f"{name} skipped, and {name_of_list} does not name it: {reason}"
        for name, reason in cases.items()
        if reason is not None and name not in allowed_names
    ]
    if all_ran:
        found += [f"{name_of_list} names {entry.name}, which is no test" for entry in allowed if entry.name not in cases]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--condition", action="append", default=["always"], choices=sorted(CONDITIONS))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", type=Path, default=LIST)
    arguments = parser.parse_args()
    allowed = [entry for entry in read_list(arguments.list) if not entry.conditions.isdisjoint(arguments.condition)]
    found = faults(arguments.results, allowed, arguments.all, arguments.list.name)
    for fault in found:
        print(f"FAILED: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
