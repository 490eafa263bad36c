"""Short trainings of three recipes with 25,000 traced decisions each, for the tests of what is exported.

What counts is that copies decide alike, so the trainings are short. Widths are no multiples of 16.
"""

import tempfile
import unittest
from pathlib import Path

import numpy as np

import edgesweep

ROOT = Path(__file__).resolve().parents[2]
DATASET = ROOT / "experiments" / "datasets" / "imagenet_top5.npz"
SEQUENCES, IMAGES = 5, 5000
CLOSE = 2e-6  # another order of additions moves a value of about 1 by less

RECIPES = {
    "published": {"dqn": {"recipe": "published", "layers": 2, "width": 20, "history_metrics": 9}},
    "warm": {"dqn": {"layers": 3, "width": 24, "history_metrics": 7}},
    "warm_with_gaps": {
        "dqn": {"layers": 1, "width": 16, "history_metrics": 3, "history_gaps": 2},
        "arrivals": {"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.1, "p_21": 0.05},
    },
}


def config(recipe: dict) -> dict:
    dqn = recipe["dqn"] | {"schedule": [{"iterations": 30, "learning_rate": 3e-3}], "mini_batches": 4, "evaluate_every": 0}
    base = {
        "dataset": str(DATASET),
        "policies": ["dqn"],
        "rate": 0.1,
        "depth": 3,
        "test": {"sequences": SEQUENCES, "images": IMAGES},
        "store": {"weights": True, "traces": {"sequences": SEQUENCES, "images": IMAGES}},
    }
    return {"name": "exported", "base": base | recipe | {"dqn": dqn}}


class ExportedRuns(unittest.TestCase):
    """`results` has a results file of one run for each recipe."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.results = {}
        for name, recipe in RECIPES.items():
            cls.results[name] = edgesweep.run(config(recipe), output=cls.folder / f"{name}.h5", progress=False)

    def traced(self, name: str) -> tuple[edgesweep.Traces, np.ndarray, np.ndarray]:
        """Traces, and of each image its metric as in the dataset and the gap before it."""
        results = self.results[name]
        traces = results.traces(results.runs["id"][0])
        with np.load(DATASET) as file:
            metric = np.sort(file["metric_ts"].ravel())[traces.index]
        gap = np.ones_like(traces.gap)
        gap[:, 1:] = traces.gap[:, :-1]
        return traces, metric, gap
