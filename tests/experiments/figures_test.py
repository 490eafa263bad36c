#!/usr/bin/env python3
"""What the figures show: level of published losses, points of curves, the replayed testbed, trace marks."""

import sys
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))

from edgeml_mdp_points import by_cost, cost_of  # noqa: E402
from edgeml_mdp_points import curve as fold_curve  # noqa: E402
from figure_losses import curve, one_recipe  # noqa: E402
from figure_style import spread_out  # noqa: E402
from figure_traces import Trace, fall  # noqa: E402
from needed_packages import message, need  # noqa: E402
from paper import LOSS_FIGURES, Published  # noqa: E402
from report_tables import number, table  # noqa: E402
from results_file import matches  # noqa: E402
from testbed_replay import check_published, replay  # noqa: E402

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


class FakeResults:
    def summary_of(self, run, policy):
        return None


class Curves(unittest.TestCase):
    @staticmethod
    def run_row(depth: int, loss: float, seed: int = 1, schedule: str = "long") -> dict:
        return {"depth": depth, "seed": seed, "dqn_loss": loss, "dqn_schedule": schedule}

    def test_a_point_is_the_mean_over_seeds_and_the_band_holds_all(self):
        rows = [self.run_row(2, 0.3), self.run_row(1, 0.5), self.run_row(1, 0.7, seed=2)]
        line = curve(rows, FIGURE_6, "dqn", FakeResults())
        np.testing.assert_allclose(line.x, [1, 2])
        np.testing.assert_allclose(line.loss, [0.6, 0.3])
        np.testing.assert_allclose([line.low[0], line.high[0]], [0.5, 0.7])

    def test_another_way_to_train_is_left_out_with_a_message(self):
        rows = [self.run_row(1, 0.5), self.run_row(2, 0.4), self.run_row(1, 0.9, schedule="short")]
        told = []
        self.assertEqual(one_recipe(rows, "depth", told.append), rows[:2])
        self.assertIn("dqn_schedule", told[0])

    def test_settings_match_up_to_the_last_digits(self):
        self.assertTrue(matches({"p": 0.0031622776601683794}, {"p": 0.00316228}))
        self.assertFalse(matches({"p": 0.0031}, {"p": 0.00316228}))
        self.assertFalse(matches({"p": ""}, {"p": 0.1}))


class CostsAndFolds(unittest.TestCase):
    ROWS = np.array(
        [(b"../data/top1_fold0.h5", 0.1, 0.2), (b"../data/top1_fold1.h5", 0.1, 0.4), (b"rank10_fold0.h5", 0.1, 3.0),
         (b"../data/top1_fold0.h5", 0.05, 0.6), (b"../data/top1_fold1.h5", 0.05, 0.6)],
        dtype=[("dataset", "S30"), ("rate", float), ("mdp_loss", float)],
    )  # fmt: skip

    def test_the_cost_is_the_name_without_folder_ending_and_fold(self):
        for name in (b"a/top1_fold2.h5", "top1-fold-12.npz", "top1fold0.h5", "top1.h5"):
            self.assertEqual(cost_of(name), "top1")
        self.assertEqual(cost_of("../datasets/imagenet_top5.npz"), "imagenet_top5")

    def test_folds_of_one_cost_are_together_in_the_order_of_the_file(self):
        self.assertEqual([(cost, len(rows)) for cost, rows in by_cost(self.ROWS)], [("top1", 4), ("rank10", 1)])

    def test_a_point_is_the_mean_over_folds_and_the_band_holds_all(self):
        line = fold_curve(by_cost(self.ROWS)[0][1], "rate", "mdp_loss")
        np.testing.assert_allclose(line.x, [0.05, 0.1])
        np.testing.assert_allclose([line.mean, line.low, line.high], [[0.6, 0.3], [0.6, 0.2], [0.6, 0.4]])


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

    def test_numbers_of_a_table_sort_as_numbers(self):
        html = table([("x", "")], [[number(-0.5, ".2f")], [number(2, ".2f")]])
        self.assertIn('data-value="-0.5"', html)
        self.assertNotIn("class=text", html)
        self.assertIn("&lt;b&gt;", table([("x", "")], [[("<b>", None)]]))


if __name__ == "__main__":
    unittest.main()
