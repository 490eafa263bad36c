#!/usr/bin/env python3
"""The released test sequences, number by number: against the paper's traces and gaps of the released code.

    tests/experiments/released_test.py build/edgesweep
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "experiments"))

import released_sequences
from paper import Published
from released_generator import iid_indices, local_reset_indices, markov_gaps

PROGRAM = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep").resolve()
TEST_IMAGES, SEQUENCES, IMAGES = 16667, 500, 3000


class PublishedTraces(unittest.TestCase):
    """Every one of the 1000 images of each published trace, and every gap between them."""

    def check(self, figure: str, indices: np.ndarray) -> None:
        published = Published().trace(figure)
        self.assertEqual(len(published["test_metric_rank"]), 1000)
        np.testing.assert_array_equal(indices[:1000], published["test_metric_rank"])

    def test_figure_7_and_e_are_row_362_of_correlated_images(self):
        rows = local_reset_indices(TEST_IMAGES, SEQUENCES, IMAGES, spread=0.1, reset_probability=0.01)
        for figure in ("7a", "7b", "E"):
            self.check(figure, rows[362])

    def test_figure_10_is_row_394_of_independent_images(self):
        rows = iid_indices(TEST_IMAGES, SEQUENCES, IMAGES)
        for figure in ("10a", "10b"):
            self.check(figure, rows[394])

    def test_gaps_of_figure_10_and_e_are_row_394(self):
        gaps = markov_gaps(SEQUENCES, IMAGES, 1, 3, 0.001, 0.0005)[394]
        for figure in ("10a", "10b", "E"):
            np.testing.assert_array_equal(gaps[:999], np.diff(Published().trace(figure)["time"]))


class ReleasedGaps(unittest.TestCase):
    def test_gaps_are_those_of_the_released_code(self):
        with h5py.File(ROOT / "tests" / "data" / "golden.h5") as golden:
            for case in golden["arrivals"].values():
                settings = [case[name][()].item() for name in ("int1", "int2", "tprob1", "tprob2")]
                gaps = markov_gaps(*case["gaps"].shape, *settings, seed=3)
                np.testing.assert_array_equal(gaps, case["gaps"][:])

    def test_mean_gaps_of_the_full_test_set(self):
        """experiments/published/README.md states them, from the published lower bounds."""
        self.assertAlmostEqual(markov_gaps(100, 100_000, 1, 3, 0.001, 0.0005).mean(), 1.8155135, places=7)
        self.assertAlmostEqual(markov_gaps(100, 100_000, 1, 6, 0.001, 0.00025).mean(), 3.039986, places=6)


class Configs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = Path(self.folder.name)
        config = {
            "base": {"dataset": str(released_sequences.DATASET), "metric_sequence": {"type": "local_reset", "spread": 0.1}},
            "sweep": {"metric_sequence.reset_probability": [0.1, 0.01], "depth": [2, 4]},
        }
        (path / "paper.json").write_text(json.dumps({"include": ["figure_6.json"]}))
        (path / "figure_6.json").write_text(json.dumps(config))
        (path / "recipes.json").write_text(json.dumps({"base": {"seed": 3}, "include": ["points.json"]}))
        config["sweep"] = {"zip": [{"depth": [2, 9], "metric_sequence.reset_probability": [0.01, 0.1]}], "seed": [1, 2]}
        (path / "points.json").write_text(json.dumps(config))
        sizes = released_sequences.LOSSES
        released_sequences.LOSSES = (3, 50)
        self.addCleanup(setattr, released_sequences, "LOSSES", sizes)
        self.output = path / "out"
        released_sequences.write_all(PROGRAM, self.output, path)

    def test_every_run_keeps_its_settings_and_tests_on_its_file(self):
        config = json.loads((self.output / "figure_6.json").read_text())
        (group,) = config["sweep"]["zip"]
        self.assertEqual(group["metric_sequence.reset_probability"], [0.1, 0.1, 0.01, 0.01])
        self.assertEqual(group["depth"], [2, 4, 2, 4])
        files = group["test.metric_sequence.file"]
        self.assertEqual([files[0], files[2]], [files[1], files[3]])
        with h5py.File(self.output / files[2]) as file:
            wanted = local_reset_indices(TEST_IMAGES, 3, 50, spread=0.1, reset_probability=0.01)
            np.testing.assert_array_equal(file["index"][:], wanted)
            self.assertEqual(file["index"].dtype, np.dtype("<i4"))

    def test_a_test_of_its_own_goes_before_what_a_run_is_trained_on(self):
        path = Path(self.folder.name) / "figure_own.json"
        own = {"metric_sequence": {"type": "local_reset", "spread": 0.5}}
        base = {"dataset": str(released_sequences.DATASET), "metric_sequence": {"type": "iid"}, "test": own}
        sweep = {"test.metric_sequence.spread": {"from": 0.1, "to": 0.4, "step": 0.1}}
        path.write_text(json.dumps({"base": base, "sweep": sweep}))
        folder = released_sequences.SequenceFolder(self.output)
        (group,) = released_sequences.released_config(folder, PROGRAM, path, TEST_IMAGES)["sweep"]["zip"]
        files = [f"index_spread_{spread}_reset_0.1.h5" for spread in (0.1, 0.2, 0.3, 0.4)]
        self.assertEqual(group["test.metric_sequence.file"], files)

    def test_every_collection_is_written_and_shares_the_files(self):
        self.assertEqual(json.loads((self.output / "recipes.json").read_text())["base"], {"seed": 3})
        config = json.loads((self.output / "points.json").read_text())
        (group,) = config["sweep"]["zip"]
        self.assertEqual(group["depth"], [2, 2, 9, 9])
        self.assertEqual(group["seed"], [1, 2, 1, 2])
        files = group["test.metric_sequence.file"]
        self.assertEqual(files, ["index_spread_0.1_reset_0.01.h5"] * 2 + ["index_spread_0.1_reset_0.1.h5"] * 2)
        self.assertEqual(len(json.loads((self.output / "manifest.json").read_text())), 2)

    def test_the_manifest_has_the_hash_of_the_values_and_files_stay(self):
        manifest = json.loads((self.output / "manifest.json").read_text())
        (name, entry), *_ = manifest.items()
        path = self.output / name
        before = path.stat().st_mtime_ns
        self.assertEqual(entry["shape"], [3, 50])
        self.assertEqual(len(entry["sha256"]), 64)
        released_sequences.write_all(PROGRAM, self.output, Path(self.folder.name))
        self.assertEqual(path.stat().st_mtime_ns, before)
        path.write_bytes(b"cut off")
        released_sequences.write_all(PROGRAM, self.output, Path(self.folder.name))
        self.assertEqual(path.stat().st_size, entry["bytes"])


if __name__ == "__main__":
    unittest.main()
