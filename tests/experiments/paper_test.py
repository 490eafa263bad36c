#!/usr/bin/env python3
"""The tables that `edgesweep compare` reads of the paper: what they hold, and that they are what experiments/paper.py makes.

    tests/experiments/paper_test.py build/edgesweep
"""

import csv
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))

from paper import (
    CONFIGS,
    DATASET,
    GOAL,
    PUBLISHED,
    TABLES,
    Published,
    column_name,
    flat,
    mean_weak_cost_of,
    read_csv,
)
from results_file import matches

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep"
SCRIPT = ROOT / "experiments" / "paper.py"
HEADER = (
    "figure,panel,r,b,spread,rprob,I1,I2,tprob1,tprob2,history_T,policy,x_name,x,average_top5_loss,not_stated_in_figure\n"
)
FIGURE_11 = "11,a,,,,,,,,,8,dqn,log2_T,3,0.25,r b spread rprob I1 I2 tprob1 tprob2\n"


def call(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-B", SCRIPT, *arguments], capture_output=True, text=True, check=False)


class Tables(unittest.TestCase):
    def test_the_committed_tables_are_what_the_module_makes(self):
        finished = call("--check")
        self.assertEqual(finished.returncode, 0, finished.stderr)

    def test_a_stale_table_is_named(self):
        with tempfile.TemporaryDirectory() as temporary:
            self.assertEqual(call("-o", temporary).returncode, 0)
            self.assertEqual(call("-o", temporary, "--check").returncode, 0)
            table = Path(temporary) / "fig6.csv"
            table.write_text(table.read_text().replace("0.0003", "0.0004"))
            finished = call("-o", temporary, "--check")
            self.assertEqual(finished.returncode, 1)
            self.assertIn("fig6.csv: not what paper.py makes now", finished.stderr)

    def test_every_published_loss_is_in_a_table_once_and_at_our_level(self):
        """Figure 5a, spread 0.2, reset 0.1: 0.2526121 published, weak loss 0.2991063."""
        level = mean_weak_cost_of(DATASET)
        for path in sorted(TABLES.glob("*.csv")):
            raw = [(row["panel"], float(row["x"]), row["policy"]) for row in read_csv(PUBLISHED / path.name)]
            made = [
                (row["panel"], float(row["x"]), column.removesuffix("_loss"))
                for row in read_csv(path)
                for column in row
                if column.endswith("_loss") and row[column]
            ]
            self.assertEqual(sorted(raw), sorted(made))
        (row,) = (row for row in read_csv(TABLES / "fig5a.csv") if (row["panel"], row["x"], row["in_all"]) == ("a", "0.2", "1"))
        self.assertAlmostEqual(float(row["dqn_loss"]), 0.2526121 - 0.2991063 + level, places=12)
        self.assertEqual(float(row["dqn_tolerance"]), GOAL)
        self.assertEqual(float(row["level_se"]), 4.3e-05)

    def test_every_row_is_a_run_of_the_figures_config(self):
        for path in sorted(TABLES.glob("*.csv")):
            config = CONFIGS / path.name.replace("fig", "figure_").replace(".csv", ".json")
            plan = subprocess.run([PROGRAM, "plan", config, "--json"], capture_output=True, text=True, check=True).stdout
            runs = [flat(run["config"]) for run in json.loads(plan)["runs"]]
            for row in read_csv(path):
                stated = {column_name(name): text for name, text in row.items() if name.split(".")[0] in
                          ("rate", "depth", "metric_sequence", "arrivals", "dqn") and text}  # fmt: skip
                settings = {name: text if name.endswith("_type") else float(text) for name, text in stated.items()}
                self.assertEqual(sum(matches(run, settings) for run in runs), 1, row)


class RawTables(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def table(self, rows: str) -> list[dict[str, str]]:
        (self.folder / "fig.csv").write_text(HEADER + rows)
        text = Published(self.folder).tables(mean_weak_cost=0.3)["fig.csv"]
        return list(csv.DictReader(text.splitlines()))

    def test_figure_11_is_at_the_setting_of_figure_e_and_t_counts_the_current_image(self):
        (row,) = self.table(FIGURE_11)
        wanted = {"rate": "0.1", "depth": "4", "metric_sequence.type": "local_reset", "metric_sequence.spread": "0.1",
                  "metric_sequence.reset_probability": "0.01", "arrivals.type": "markov_modulated", "arrivals.interval_2": "3",
                  "arrivals.p_21": "0.0005", "dqn.history_metrics": "7"}  # fmt: skip
        self.assertEqual({name: row[name] for name in wanted}, wanted)
        self.assertIn("Fig. 11 states no setting", row["note_settings"])

    def test_bounds_of_correlated_images_have_rows_of_their_own_at_the_level_of_figure_6(self):
        bound, dqn = "0.25,r b", "0.26,r b"
        rows = self.table(
            f"5a,a,0.1,4,0.5,0.01,,,,,,lower_bound,spread,0.5,{bound}\n5a,a,0.1,4,0.5,0.01,,,,,,dqn,spread,0.5,{dqn}\n"
        )
        self.assertEqual([row["in_all"] for row in rows], ["1", "0"])
        self.assertAlmostEqual(float(rows[1]["lower_bound_loss"]), 0.25 - 0.2997782 + 0.3, places=12)
        self.assertAlmostEqual(float(rows[0]["dqn_loss"]), 0.26 - 0.2996688 + 0.3, places=12)
        self.assertEqual((rows[0]["lower_bound_loss"], rows[1]["dqn_loss"]), ("", ""))

    def check_refused(self, rows: str, what: str):
        (self.folder / "fig.csv").write_text(HEADER + rows)
        finished = call("--published", self.folder)
        self.assertEqual(finished.returncode, 1)
        self.assertIn(what, finished.stderr)
        self.assertNotIn("Traceback", finished.stderr)

    def test_bad_rows_are_refused_by_file_line_and_column(self):
        self.check_refused(FIGURE_11.replace("0.25", "fast"), 'fig.csv: line 2, column average_top5_loss: found "fast"')
        self.check_refused(FIGURE_11 + FIGURE_11, "figure 11, panel a, x 3: two losses of dqn")
        self.check_refused("6,a,0.1,4,0.1,,,,,,,dqn,b,4,0.2,\n", "line 2: found spread; allowed: spread, rprob together")
        self.check_refused("6,a,,4,,,,,,,,dqn,b,4,0.2,\n", "line 2: found b; allowed: r, b together")

    def test_a_sequence_without_a_known_weak_loss_is_left_out_with_a_message(self):
        (self.folder / "fig.csv").write_text(HEADER + FIGURE_11 + "6,a,0.1,4,0.15,0.1,,,,,,dqn,b,4,0.2,\n")
        finished = call("--published", self.folder)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("line 3: left out", finished.stderr)
        self.assertEqual(len(read_csv(self.folder / "at_our_level" / "fig.csv")), 1)


if __name__ == "__main__":
    unittest.main()
