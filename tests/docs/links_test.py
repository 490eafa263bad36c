#!/usr/bin/env python3
"""Every link of a page and every section that a source cites is there. Names file and line of those that are not.

    tests/docs/links_test.py
"""

import tempfile
import unittest
from pathlib import Path

from links import Repository, heading_anchor

ROOT = Path(__file__).resolve().parents[2]


class ThisRepository(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.repository = Repository(ROOT)

    def expect_none(self, findings):
        found = list(findings)
        if found:
            self.fail("\n" + "\n".join(found))

    def test_links_of_pages_lead_to_files_and_headings(self):
        self.expect_none(self.repository.dead_links())

    def test_cited_sections_exist(self):
        self.expect_none(self.repository.dead_citations())

    def test_nothing_cites_the_page_that_the_model_replaced(self):
        self.expect_none(self.repository.abandoned_citations())

    def test_pages_and_citations_were_seen(self):
        self.assertIn("token-bucket", self.repository.anchors["docs/model.md"])
        self.assertIn("README.md", self.repository.anchors)
        self.assertIn("docs/model.md#token-bucket", self.repository.texts["kernels/bucket.cuh"])


class Findings(unittest.TestCase):
    """The checks themselves, on small repositories with one fault each."""

    def repository(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in files.items():
            path = Path(folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Repository(folder.name)

    def test_links_that_lead_somewhere_are_no_finding(self):
        page = (
            "# Top\n[a](docs/a.md) [h](docs/a.md#two-words) [self](#top) [folder](docs) ![p](docs/p.svg)\n"
            '[web](https://example.org/none#x) `[code](none.md)` [t](docs/a.md "title") [label]\n\n'
            "[label]: docs/a.md#two-words\n\n```\n[fenced](none.md)\n```\n"
        )
        page_a = "## Two words\n\n## Two words\n[second](#two-words-1) [up](../README.md#top)\n"
        repository = self.repository({"README.md": page, "docs/a.md": page_a, "docs/p.svg": "<svg/>"})
        self.assertEqual(list(repository.dead_links()), [])

    def test_links_that_lead_nowhere_are_named_with_file_and_line(self):
        cases = {
            "[a](docs/none.md)": "there is no docs/none.md",
            "[a](docs/a.md#none)": "docs/a.md has no heading #none",
            "[a](#none)": "README.md has no heading #none",
            "![picture](none.svg)": "there is no none.svg",
            "[label]: docs/none.md": "there is no docs/none.md",
            '<a href="none.html">x</a>': "there is no none.html",
            "[a](../outside.md)": "leads out of the repository",
            "- [a](docs/a.md) and [b](docs/b.md)": "there is no docs/b.md",
        }
        for line, lack in cases.items():
            with self.subTest(line):
                repository = self.repository({"README.md": f"# Top\n\n{line}\n", "docs/a.md": "# A\n"})
                (finding,) = repository.dead_links()
                self.assertTrue(finding.startswith("README.md:3: "), finding)
                self.assertIn(lack, finding)

    def test_headings_in_code_are_no_headings(self):
        repository = self.repository({"a.md": "[x](#not-here)\n```\n# Not here\n```\n"})
        self.assertEqual(len(list(repository.dead_links())), 1)

    def test_citations_of_sections(self):
        source = "// docs/model.md#here.\n// docs/model.md#gone\n# (docs/none.md)\n// https://e.org/docs/other.md#x\n"
        repository = self.repository({"docs/model.md": "# Here\n", "host/a.h": source})
        self.assertEqual(
            list(repository.dead_citations()),
            [
                "host/a.h:2: cites docs/model.md#gone: docs/model.md has no heading #gone",
                "host/a.h:3: cites docs/none.md: there is no docs/none.md",
            ],
        )

    def test_citations_of_the_page_that_is_gone(self):
        repository = self.repository({"a.cpp": "int a;\n/// SPEC.md section 2\n", "b.py": "SPECIAL = 1\n"})
        (finding,) = repository.abandoned_citations()
        self.assertTrue(finding.startswith("a.cpp:2: "), finding)

    def test_anchors_are_those_of_github(self):
        self.assertEqual(heading_anchor("What `run` does, and why?"), "what-run-does-and-why")
        self.assertEqual(heading_anchor("[Linked](a.md) heading"), "linked-heading")
        self.assertEqual(heading_anchor("snake_case & more"), "snake_case--more")


if __name__ == "__main__":
    unittest.main()
