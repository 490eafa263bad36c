#!/usr/bin/env python3
"""What the figures show: level of published losses, points of curves, the replayed testbed, trace marks."""

import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))

from curves import at, curve, mean_and_range
from edgeml_mdp_points import by_cost, cost_of, depths_of
from figure_losses import loss_curve, one_recipe
from figure_style import spread_out
from figure_traces import Trace, fall
from needed_packages import message, need
from paper import LOSS_FIGURES, TRACE_FIGURES, Published
from plot_sweep import point
from report import TEMPLATES
from report_tables import Cell, Heading, Table, number
from results_file import matches
from testbed_replay import check_published, replay

FIGURE_6 = next(figure for figure in LOSS_FIGURES if figure.name == "6")


class Level(unittest.TestCase):
    def test_published_losses_get_the_mean_weak_loss_for_that_of_their_sequence(self):
        """Figure 5a, spread 0.2, reset 0.1: 0.2526121 published, weak loss 0.2991063."""
        x, loss = Published().curves("5a", "a", mean_weak_cost=0.3)["dqn"]
        place = np.flatnonzero(np.isclose(x, 0.2))[0]
        self.assertAlmostEqual(loss[place], 0.2526121 - 0.2991063 + 0.3, places=9)

    def test_independent_images_have_one_weak_loss(self):
        _, loss = Published().curves("9", "a", mean_weak_cost=0.3)["dqn"]
        self.assertAlmostEqual(loss[0], 0.2635002 - 0.2993997 + 0.3, places=9)

    def test_the_bound_of_correlated_images_is_one_value(self):
        bounds = [Published().curves("5a", panel, 0.3)["lower_bound"][1] for panel in "abc"]
        self.assertLess(np.ptp(np.concatenate(bounds)), 1e-9)


class PaperFigures(unittest.TestCase):
    """Settings of figures are those of configs/paper."""

    def test_panels_are_the_first_axis_in_its_order(self):
        panels = {figure.name: [panel.title for panel in figure.panels] for figure in LOSS_FIGURES}
        self.assertEqual(panels["5a"], ["reset probability 0.1", "reset probability 0.01", "reset probability 0.001"])
        self.assertEqual(panels["8"], ["intervals 1 and 3", "intervals 1 and 6"])
        self.assertEqual(FIGURE_6.panels[2].settings, {"rate": 0.25})

    def test_settings_are_what_the_runs_have_in_common(self):
        self.assertEqual(
            FIGURE_6.settings,
            {"metric_sequence_type": "local_reset", "metric_sequence_spread": 0.1, "metric_sequence_reset_probability": 0.1,
             "arrivals_type": "periodic", "dqn_history_gaps": -1},
        )  # fmt: skip

    def test_figure_e_has_two_trainings(self):
        first, second = next(figure for figure in TRACE_FIGURES if figure.name == "E").settings
        self.assertEqual((first["metric_sequence_type"], second["metric_sequence_type"]), ("local_reset", "iid"))
        self.assertEqual((first["metric_sequence_spread"], first["depth"], second["depth"]), (0.1, 4, 4))


class FakeResults:
    summary = None

    def summary_of(self, run, policy):
        return self.summary


class Curves(unittest.TestCase):
    @staticmethod
    def run_row(depth: int, loss: float, seed: int = 1, schedule: str = "long") -> dict:
        return {"depth": depth, "seed": seed, "dqn_loss": loss, "dqn_schedule": schedule, "mdp_converged": depth % 2}

    def test_a_point_is_the_mean_over_seeds_and_the_band_holds_all(self):
        rows = [self.run_row(2, 0.3), self.run_row(1, 0.5), self.run_row(1, 0.7, seed=2)]
        line = loss_curve(rows, FIGURE_6, "dqn", FakeResults())
        np.testing.assert_allclose(line.x, [1, 2])
        np.testing.assert_allclose(line.mean, [0.6, 0.3])
        np.testing.assert_allclose([line.low[0], line.high[0]], [0.5, 0.7])
        self.assertTrue(line.has_band)
        self.assertFalse(loss_curve(rows[:2], FIGURE_6, "dqn", FakeResults()).has_band)

    def test_the_interval_over_seeds_is_that_of_the_summary(self):
        results = FakeResults()
        results.summary = {"loss_interquartile_mean": 0.61, "loss_low": 0.55, "loss_high": 0.66}
        line = loss_curve([self.run_row(1, 0.5), self.run_row(1, 0.7, seed=2)], FIGURE_6, "dqn", results)
        self.assertEqual((line.mean[0], line.low[0], line.high[0]), (0.61, 0.55, 0.66))

    def test_a_policy_without_losses_has_no_curve(self):
        self.assertIsNone(curve([self.run_row(1, 0.5)], "depth", "mdp_loss"))
        self.assertIsNone(curve([self.run_row(1, float("nan"))], "depth", "dqn_loss"))

    def test_another_way_to_train_is_left_out_with_a_message(self):
        rows = [self.run_row(1, 0.5), self.run_row(2, 0.4), self.run_row(1, 0.9, schedule="short")]
        told = []
        self.assertEqual(one_recipe(rows, "depth", ["depth", "seed", "dqn_schedule"], told.append), rows[:2])
        self.assertIn("dqn_schedule", told[0])

    def test_settings_match_up_to_the_last_digits(self):
        self.assertTrue(matches({"p": 0.0031622776601683794}, {"p": 0.00316228}))
        self.assertFalse(matches({"p": 0.0031}, {"p": 0.00316228}))
        self.assertFalse(matches({"p": ""}, {"p": 0.1}))

    def test_the_mean_of_equal_values_is_not_outside_their_range(self):
        mean, low, high = mean_and_range([0.1, 0.1, 0.1])
        self.assertTrue(low <= mean <= high)
        self.assertEqual(mean_and_range([1, 2, 6]), (3, 1, 6))

    def test_one_run_has_its_interval_over_sequences_and_several_their_range(self):
        run = {"dqn_loss": 0.5, "dqn_loss_se": 0.01}
        np.testing.assert_allclose(point([run], "dqn_loss"), [0.5, 0.5 - 0.0196, 0.5 + 0.0196])
        np.testing.assert_allclose(point([run, run | {"dqn_loss": 0.7}], "dqn_loss"), [0.6, 0.5, 0.7])


class CostsAndFolds(unittest.TestCase):
    ROWS = tuple(
        {"dataset": dataset, "rate": rate, "mdp_loss": loss, "depth": 2}
        for dataset, rate, loss in (
            ("../data/top1_fold0.h5", 0.1, 0.2), ("../data/top1_fold1.h5", 0.1, 0.4), ("rank10_fold0.h5", 0.1, 3.0),
            ("../data/top1_fold0.h5", 0.05, 0.6), ("../data/top1_fold1.h5", 0.05, 0.6),
        )
    )  # fmt: skip

    def test_the_cost_is_the_name_without_folder_ending_and_fold(self):
        for name in ("a/top1_fold2.h5", "top1-fold-12.npz", "top1fold0.h5", "top1.h5"):
            self.assertEqual(cost_of(name), "top1")
        self.assertEqual(cost_of("../datasets/imagenet_top5.npz"), "imagenet_top5")

    def test_folds_of_one_cost_are_together_in_the_order_of_the_file(self):
        self.assertEqual([(cost, len(rows)) for cost, rows in by_cost(self.ROWS)], [("top1", 4), ("rank10", 1)])

    def test_a_point_is_the_mean_over_folds_and_the_band_holds_all(self):
        line = curve(by_cost(self.ROWS)[0][1], "rate", "mdp_loss")
        np.testing.assert_allclose(line.x, [0.05, 0.1])
        np.testing.assert_allclose([line.mean, line.low, line.high], [[0.6, 0.3], [0.6, 0.2], [0.6, 0.4]])

    def test_rows_are_found_by_settings_and_depths_are_those_of_the_reference(self):
        self.assertEqual(len(at(self.ROWS, rate=0.05)), 2)
        self.assertEqual(depths_of(self.ROWS), [2])
        self.assertEqual(depths_of([{"depth": depth} for depth in (9, 7, 8)]), [7, 8, 9])


class NeededPackages(unittest.TestCase):
    def test_what_is_missing_is_one_line_that_says_how_to_get_it(self):
        need("sys", "numpy")
        with self.assertRaises(SystemExit) as ended:
            need("numpy", "nosuchpackage")
        self.assertIn("nosuchpackage; install", str(ended.exception))
        self.assertNotIn("numpy", str(ended.exception))
        self.assertNotIn("\n", message("script.py", ["h5py", "sklearn"]))
        self.assertIn("python3-h5py python3-sklearn", message("script.py", ["h5py", "sklearn"]))
        self.assertIn("pip install h5py scikit-learn", message("script.py", ["h5py", "sklearn"]))

    def test_every_script_says_so_before_it_imports_them(self):
        scripts = ("edgeml_mdp_figures", "figures", "plot_metric_fit", "plot_sweep", "recipes", "released_sequences", "report")
        for script in scripts:
            command = [sys.executable, "-S", "-B", ROOT / "experiments" / f"{script}.py", "--help"]  # -S: no packages
            finished = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(finished.returncode, 1, script)
            self.assertIn(f"{script}.py: ", finished.stderr)
            self.assertRegex(finished.stderr, "has no (h5py|numpy)")
            self.assertNotIn("Traceback", finished.stderr)


class Testbed(unittest.TestCase):
    def test_published_decisions_never_overdraw_and_tokens_agree_but_for_the_clock(self):
        overdrawn, difference = check_published(Published().testbed())
        self.assertEqual(overdrawn, 0)
        self.assertLess(difference, 0.001)

    def test_a_full_bucket_of_four_and_a_tenth_an_image(self):
        """Before each image, in tenths: 40, 31, 22, 13, 4 (no token), 5, ..., 10, then every tenth image."""
        always = replay(lambda image, units: True, 31, first_units=40)
        np.testing.assert_array_equal(np.flatnonzero(always.offload), [0, 1, 2, 3, 10, 20, 30])
        np.testing.assert_allclose(always.tokens[:5], [4, 3.1, 2.2, 1.3, 0.4])


class FigureE(unittest.TestCase):
    def test_the_fall_of_the_offloaded_metric_is_the_one_the_notebook_prints(self):
        rows = Published().trace("E")
        decisions = [rows[f"offloaded_by_dqn_{kind}"].astype(bool) for kind in ("correlated", "iid")]
        trace = Trace(rows["time"], rows["offloading_metric"], *decisions, None)
        self.assertEqual([f"{fall(trace, chosen, 711):.2%}" for chosen in decisions], ["19.34%", "20.27%"])


class Labels(unittest.TestCase):
    def test_labels_keep_apart_and_in_order(self):
        places = spread_out([0.5, 0.5, 0.52, 0.9], 0.1, 0.0, 1.0)
        self.assertTrue(np.all(np.diff(places) >= 0.0999), places)

    def test_numbers_of_a_table_sort_as_numbers_and_texts_are_escaped(self):
        macros = TEMPLATES.get_template("macros.html").module
        numbers = Table([Heading("x", "")], [[number(-0.5, ".2f")], [number(2, ".2f")._replace(error="0.1")]])
        self.assertIn('data-value="-0.5"', macros.table(numbers))
        self.assertIn('2.00<span class="error"> ± 0.1</span>', macros.table(numbers))
        self.assertNotIn("class=text", macros.table(numbers))
        texts = macros.table(Table([Heading("<x>", '"y"')], [[Cell("<b>")]]))
        self.assertIn("<td class=text>&lt;b&gt;</td>", texts)
        self.assertIn('title="&#34;y&#34;"', texts)


if __name__ == "__main__":
    unittest.main()
