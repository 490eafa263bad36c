#!/usr/bin/env python3
"""On the paper's own sequences our policies do what the published figures show.

    tests/experiments/published_test.py build/edgesweep

Baseline losses of figures 6 and 9 within 1e-5 (the dataset was drawn to meet them within 3e-6), MDP losses within 6e-4 (its
training rewards are drawn at random), and every MDP decision of the four published traces.
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "experiments"), str(ROOT / "tests" / "reference")]

from paper import Published
from released_generator import iid_indices, local_reset_indices, markov_gaps
from released_sequences import LOSSES, TRACES
from results_file import Results

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep"
DATASET = ROOT / "experiments" / "datasets" / "imagenet_top5.npz"
IMAGES = 16667
BURSTS = {"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.001, "p_21": 0.0005}
FIGURES = {
    "6": {"metric_sequence": {"type": "local_reset", "spread": 0.1, "reset_probability": 0.1}},
    "9": {"metric_sequence": {"type": "iid"}, "arrivals": BURSTS},
}


class PublishedValues(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def replay(self, name: str, table: np.ndarray) -> dict:
        """The table as a replay file, and the setting that names it."""
        path = self.folder / f"{name}_{len(list(self.folder.iterdir()))}.h5"
        with h5py.File(path, "w") as file:
            file[name] = table
        return {"type": "replay", "file": str(path)}

    def run_program(self, base: dict, sweep: dict) -> Results:
        config, results = self.folder / "config.json", self.folder / "results.h5"
        settings = {"dataset": str(DATASET), "rate": 0.1, "policies": ["weak", "baseline", "mdp"]}
        config.write_text(json.dumps({"base": settings | base, "sweep": sweep}))
        subprocess.run([PROGRAM, "run", config, "-o", results, "--force"], check=True, capture_output=True)
        return Results([results])

    def check_losses(self, figure: str, test: dict):
        depths = [2, 4, 9, 20]
        results = self.run_program(FIGURES[figure] | {"test": test}, {"depth": depths})
        level = results.runs[0]["weak_loss"]
        published = Published().curves(figure, "b", level)
        for policy, margin in (("baseline", 1e-5), ("mdp", 6e-4)):
            losses = dict(zip(*published[policy]))
            for run in results.runs:
                with self.subTest(policy=policy, depth=run["depth"]):
                    self.assertAlmostEqual(run[f"{policy}_loss"], losses[run["depth"]], delta=margin)

    def test_losses_of_figure_6(self):
        indices = local_reset_indices(IMAGES, *LOSSES, spread=0.1, reset_probability=0.1)
        self.check_losses("6", {"metric_sequence": self.replay("index", indices)})

    def test_losses_of_figure_9(self):
        gaps = markov_gaps(*LOSSES, 1, 3, 0.001, 0.0005)
        test = {
            "metric_sequence": self.replay("index", iid_indices(IMAGES, *LOSSES)),
            "arrivals": self.replay("gap", gaps),
        }
        self.check_losses("9", test)

    def check_decisions(self, figures: dict[str, int], base: dict, test: dict):
        base = base | {"test": test | {"sequences": 1, "images": 1000}}
        results = self.run_program(base | {"store": {"traces": {"sequences": 1}}}, {"depth": list(figures.values())})
        for figure, depth in figures.items():
            published = Published().trace(figure)
            (run,) = results.select({"depth": depth})
            trace = results.trace(run, ["mdp"])
            np.testing.assert_array_equal(trace["index"], published["test_metric_rank"])
            np.testing.assert_array_equal(trace["mdp/offload"], published["offloaded_by_mdp"])

    def test_decisions_of_figure_7(self):
        sequence = {"type": "local_reset", "spread": 0.1, "reset_probability": 0.01}
        row = local_reset_indices(IMAGES, *TRACES, spread=0.1, reset_probability=0.01)[362:363]
        self.check_decisions(
            {"7a": 4, "7b": 20}, {"metric_sequence": sequence}, {"metric_sequence": self.replay("index", row)}
        )

    def test_decisions_of_figure_10(self):
        test = {
            "metric_sequence": self.replay("index", iid_indices(IMAGES, *TRACES)[394:395]),
            "arrivals": self.replay("gap", markov_gaps(*TRACES, 1, 3, 0.001, 0.0005)[394:395]),
        }
        self.check_decisions({"10a": 4, "10b": 20}, FIGURES["9"], test)


if __name__ == "__main__":
    unittest.main()
