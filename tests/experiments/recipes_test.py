#!/usr/bin/env python3
"""The table and picture of training recipes.

    tests/experiments/recipes_test.py build/edgesweep
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))

from recipes import POLICIES, Training, line_of, point_name, point_of, read_recipe, sequence_levels

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep"
DATASET = ROOT / "experiments" / "datasets" / "imagenet_top5.npz"
SCRIPT = ROOT / "experiments" / "recipes.py"


def training(losses, published=0.2) -> Training:
    evaluations = len(losses[0])
    return Training(
        iterations=np.arange(evaluations) * 10.0,
        seconds=np.arange(evaluations) * 0.5,
        losses=np.array(losses),
        tests=np.array([0.2001, 0.2003]),
        way=np.array([0.25, 0.75]),
        published=published,
    )


class Convergence(unittest.TestCase):
    def test_reached_is_where_the_mean_of_the_seeds_stays_low(self):
        once_low = training([[0.3, 0.2, 0.3, 0.20005, 0.2], [0.3, 0.2, 0.3, 0.20005, 0.2]])
        self.assertEqual(once_low.reached(0.2), 3)
        one_seed_late = training([[0.3, 0.2, 0.2], [0.3, 0.2003, 0.2]])
        self.assertEqual(one_seed_late.reached(0.2), 2)

    def test_an_end_above_the_other_recipe_is_never_as_good(self):
        self.assertIsNone(training([[0.3, 0.2], [0.3, 0.2003]]).reached(0.2))

    def test_a_line_has_the_excess_and_the_distance_from_the_published_loss(self):
        line = line_of("warm", training([[0.3, 0.21, 0.2], [0.3, 0.21, 0.2]]), lowest=0.2)
        self.assertIn("+2.00 (+1.00..+3.00)", line)
        self.assertIn("20 in 1.0 s", line)
        self.assertIn("50 %", line)
        self.assertIn(" 100.00  100.00  100.00    0.00    0.00", line, "at 10, 25, 50, 75 and 100 %")

    def test_the_level_of_a_seed_is_what_its_sequences_add_to_every_recipe(self):
        warm = training([[0.3, 0.25, 0.21], [0.3, 0.25, 0.23]])
        published = training([[0.3, 0.21], [0.4, 0.22]])
        np.testing.assert_allclose(sequence_levels([warm, published]), [-0.0075, 0.0075])

    def test_settings_that_do_not_apply_make_no_point_of_their_own(self):
        run = {"rate": 0.1, "depth": 4.0, "metric_sequence_type": "iid", "metric_sequence_spread": float("nan")}
        self.assertEqual(point_of(run), point_of(dict(run, metric_sequence_spread=float("nan"))))
        self.assertEqual(point_name(point_of(run)), "rate 0.1, depth 4, independent, bursts")


class Files(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def run_recipe(self, recipe: str, evaluate_every: int = 2, policies=POLICIES, **axes) -> Path:
        dqn = {
            "recipe": recipe,
            "layers": 1,
            "width": 8,
            "mini_batches": 2,
            "schedule": [{"iterations": 4, "learning_rate": 0.001}],
            "evaluate_every": evaluate_every,
            "training_sequences": {"sequences": 1, "images": 100},
            "validation": {"sequences": 2, "images": 1000},
        }
        base = {
            "dataset": str(DATASET),
            "rate": 0.1,
            "policies": list(policies),
            "dqn": dqn,
            "test": {"sequences": 2, "images": 1000},
        }
        config, results = self.folder / f"{recipe}.json", self.folder / f"{recipe}.h5"
        config.write_text(json.dumps({"base": base, "sweep": {"depth": [2, 4], "seed": [1, 2]} | axes}))
        subprocess.run([PROGRAM, "run", config, "-o", results, "--force"], check=True, capture_output=True)
        return results

    def compare(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-B", SCRIPT, *arguments], capture_output=True, text=True, check=False)

    def test_two_recipes_side_by_side(self):
        picture = self.folder / "out.svg"
        paths = [self.run_recipe("warm"), self.run_recipe("published")]
        finished = self.compare(*paths, "-o", picture)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(finished.stdout.count("  warm "), 2, finished.stdout)
        self.assertEqual(finished.stdout.count("  published "), 2, finished.stdout)
        self.assertIn("</svg>", picture.read_text())

        name, trained = read_recipe(paths[0])
        self.assertEqual((name, len(trained)), ("warm", 2))
        for one in trained.values():
            np.testing.assert_array_equal(one.iterations, [0, 2, 4])
            self.assertEqual(one.losses.shape, (2, 3))
            self.assertGreater(one.seconds[2], one.seconds[1])

    def check_refused(self, path: Path, cause: str):
        finished = self.compare(path)
        self.assertNotEqual(finished.returncode, 0)
        self.assertIn(cause, finished.stderr)
        self.assertNotIn("Traceback", finished.stderr)

    def test_a_file_without_evaluations_is_refused(self):
        self.check_refused(self.run_recipe("warm", evaluate_every=0), "evaluate_every")

    def test_a_file_without_a_bound_is_refused(self):
        self.check_refused(self.run_recipe("warm", policies=["mdp", "dqn"]), "no clairvoyant_metric")

    def test_runs_that_differ_in_more_than_the_seed_are_no_seeds(self):
        self.check_refused(self.run_recipe("warm", **{"dqn.width": [8, 12]}), "more than the seed")


if __name__ == "__main__":
    unittest.main()
