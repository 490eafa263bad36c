#!/usr/bin/env python3
"""The study of networks: its arithmetic, what it keeps, and that each of its variants is a config.

    tests/experiments/network_study_test.py build/edgesweep
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

from network_study import REFERENCE, VARIANTS, Measured, front

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep"
DATASET = ROOT / "experiments" / "datasets" / "imagenet_top5.npz"
SCRIPT = ROOT / "experiments" / "network_study.py"


def measured(name: str, core_seconds: float, *losses: list[float]) -> Measured:
    return Measured(name, core_seconds, {(number,): np.array(seeds) for number, seeds in enumerate(losses)})


class Arithmetic(unittest.TestCase):
    def test_losses_are_compared_point_by_point(self):
        reference = measured("reference", 10, [0.20, 0.22], [0.30, 0.30])
        other = measured("other", 5, [0.20, 0.20], [0.33, 0.31])
        np.testing.assert_allclose(other.above(reference), [-0.01, 0.02])
        # Variances of the means: 2e-4 / 2 of the reference's first point, 2e-4 / 2 of the other's second.
        self.assertAlmostEqual(other.error(reference), np.sqrt(2e-4) / 2)

    def test_the_front_joins_what_nothing_cheaper_equals(self):
        cheap, dear, worse = measured("cheap", 1, [0.2]), measured("dear", 9, [0.1]), measured("worse", 5, [0.3])
        means = {"cheap": 0.2, "dear": 0.1, "worse": 0.3}
        self.assertEqual([one.name for one in front([dear, worse, cheap], means)], ["cheap", "dear"])


class Study(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "study.json"
        base = {
            "dataset": str(DATASET),
            "policies": ["mdp", "dqn"],
            "dqn": {"evaluate_every": 0, "mini_batches": 1},
            "test": {"sequences": 1, "images": 1000},
        }
        self.config.write_text(json.dumps({"base": base, "sweep": {"depth": [2, 4], "seed": [1, 2]}}))

    def study(self, *arguments) -> subprocess.CompletedProcess:
        command = [sys.executable, "-B", SCRIPT, "--edgesweep", PROGRAM, "--config", self.config, "--scale", "0.01"]
        return subprocess.run([*command, "--folder", self.folder, *arguments], capture_output=True, text=True, check=False)

    def test_variants_beside_the_reference_and_once_only(self):
        picture = self.folder / "out.svg"
        finished = self.study("--only", "default", "--variant", "mine", "dqn.width=8", "-o", picture)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        names = [line.split()[0] for line in finished.stdout.splitlines()]
        self.assertEqual(names, ["variant", REFERENCE, "mine", "default", str(picture)])
        self.assertIn("</svg>", picture.read_text())
        written = (self.folder / "default.h5").stat().st_mtime_ns
        again = self.study("--only", "default")
        self.assertEqual(again.stdout.splitlines()[1], finished.stdout.splitlines()[1])
        self.assertEqual((self.folder / "default.h5").stat().st_mtime_ns, written)

    def test_every_variant_is_a_config_of_its_own(self):
        ids = set()
        for name, settings in VARIANTS.items():
            command = [PROGRAM, "plan", self.config, "--json", *(word for setting in settings for word in ("--set", setting))]
            planned = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(planned.returncode, 0, f"{name}: {planned.stderr}")
            ids.add(json.loads(planned.stdout)["runs"][0]["id"])
        self.assertEqual(len(ids), len(VARIANTS))

    def test_an_unknown_variant_is_refused(self):
        finished = self.study("--only", "defualt")
        self.assertEqual(finished.returncode, 2)
        self.assertIn("defualt", finished.stderr)


if __name__ == "__main__":
    unittest.main()
