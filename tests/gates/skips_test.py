#!/usr/bin/env python3
"""What skips.py makes of real results of ctest: tests that pass, fail, skip by exit code or by words, are disabled or missing."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import skips

TESTS = """\
add_test(Good.Passes sh -c "echo good")
add_test(Bad.Fails sh -c "exit 1")
add_test(Skips.ByExitCode sh -c "echo 'no nvcc'; exit 77")
set_tests_properties(Skips.ByExitCode PROPERTIES SKIP_RETURN_CODE 77)
add_test(Skips.ByWords sh -c "echo '[ RUN      ] Skips.ByWords'; echo 'one processor'; echo '[  SKIPPED ] Skips.ByWords'")
set_tests_properties(Skips.ByWords PROPERTIES SKIP_REGULAR_EXPRESSION "[[]  SKIPPED []]")
add_test(Skips.Disabled true)
set_tests_properties(Skips.Disabled PROPERTIES DISABLED ON)
add_test(Bad.IsMissing /nonexistent)
"""
ALL = {
    "always Skips.ByExitCode there may be no nvcc",
    "always Skips.ByWords there may be one processor",
    "always Skips.Disabled nobody wants it",
}


class SkipsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "CTestTestfile.cmake").write_text(TESTS)
        self.results = self.folder / "tests.xml"
        ran = subprocess.run(["ctest", "--output-junit", self.results], cwd=self.folder, capture_output=True, text=True)
        self.assertIn("2 tests failed out of 5", ran.stdout)

    def skips(self, lines, *options):
        allowed = self.folder / "allowed.txt"
        allowed.write_text("# a comment\n\n" + "\n".join(lines) + "\n")
        command = [sys.executable, "-B", skips.__file__, self.results, "--list", allowed, *options]
        return subprocess.run(command, capture_output=True, text=True)

    def test_a_list_of_all_that_skip_leaves_nothing_to_say(self):
        result = self.skips(ALL, "--all")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_a_skip_that_the_list_does_not_name_fails_with_its_reason(self):
        for missing, reason in (("ByExitCode", "no nvcc"), ("ByWords", "one processor"), ("Disabled", "disabled")):
            result = self.skips({line for line in ALL if missing not in line})
            self.assertEqual(result.returncode, 1)
            self.assertEqual(result.stdout, f"FAILED: Skips.{missing} skipped, and allowed.txt does not name it: {reason}\n")

    def test_a_line_holds_under_its_conditions_alone(self):
        lines = {line.replace("always", "without_nvcc,tsan") if "nvcc" in line else line for line in ALL}
        self.assertEqual(self.skips(lines).returncode, 1)
        self.assertEqual(self.skips(lines, "--condition", "asan").returncode, 1)
        self.assertEqual(self.skips(lines, "--condition", "tsan").returncode, 0)

    def test_a_name_that_is_no_test_fails_where_all_tests_ran(self):
        lines = {*ALL, "always Skips.Gone it was here once"}
        self.assertEqual(self.skips(lines).returncode, 0)
        result = self.skips(lines, "--all")
        self.assertEqual((result.returncode, result.stdout), (1, "FAILED: allowed.txt names Skips.Gone, which is no test\n"))

    def test_a_line_needs_known_conditions_and_a_reason(self):
        for line in ("always Skips.ByWords", "sometimes Skips.ByWords there may be one processor"):
            result = self.skips({line})
            self.assertEqual(result.returncode, 1)
            self.assertIn("allowed.txt:3: expected CONDITIONS NAME REASON", result.stderr)

    def test_the_committed_list_reads(self):
        self.assertGreater(len(skips.read_list(skips.LIST)), 0)


if __name__ == "__main__":
    unittest.main()
