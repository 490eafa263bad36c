#!/usr/bin/env python3
"""The released test sequences, number by number: `edgesweep sequences` against NumPy, the paper's traces and the released code.

    tests/experiments/released_test.py build/edgesweep
"""

import hashlib
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

import released_sequences
from paper import Published
from released_generator import iid_indices, local_reset_indices, markov_gaps

PROGRAM = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep").resolve()
TEST_IMAGES, SEQUENCES, IMAGES = 16667, 500, 3000


BURSTS = {"type": "markov_modulated", "interval_1": 1, "interval_2": 3, "p_12": 0.001, "p_21": 0.0005}


class Drawing(unittest.TestCase):
    """Tests that draw tables by the program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def draw(self, *tables: dict, **common) -> list[np.ndarray]:
        """The values of each table. Also: what the program says of a file is true."""
        asked = [{"file": f"{i}.h5"} | table for i, table in enumerate(tables)]
        (self.folder / "tables.json").write_text(json.dumps({"image_count": TEST_IMAGES} | common | {"tables": asked}))
        command = [PROGRAM, "sequences", "tables.json", "--force", "--json"]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=self.folder).stdout)["tables"]
        self.assertEqual(len(said), len(tables))
        drawn = []
        for told in said:
            path = self.folder / told["file"]
            self.assertEqual(path.stat().st_size, told["bytes"])
            with h5py.File(path) as file:
                self.assertEqual(list(file), [told["dataset"]])
                drawn.append(file[told["dataset"]][:].astype("<i4"))
            self.assertEqual(list(drawn[-1].shape), told["shape"])
            self.assertEqual(hashlib.sha256(drawn[-1].tobytes()).hexdigest(), told["sha256"])
        return drawn


def near(spread: float, reset_probability: float) -> dict:
    return {"metric_sequence": {"type": "local_reset", "spread": spread, "reset_probability": reset_probability}}


class PlainRule(Drawing):
    """Against the same rule in NumPy, at sizes and settings where something begins or ends."""

    def test_independent_images(self):
        tables = [
            {"sequences": rows, "images": images, "image_count": count, "seed": seed, "metric_sequence": {"type": "iid"}}
            for rows, images in ((1, 1), (3, 7), (5, 1001))
            for count in (1, 2, 256, 257, 65536, 65537, 2097152)
            for seed in (0, 2**32 - 1)
        ]
        for table, found in zip(tables, self.draw(*tables)):
            wanted = iid_indices(table["image_count"], table["sequences"], table["images"], table["seed"])
            np.testing.assert_array_equal(found, wanted, str(table))

    def test_images_near_a_location(self):
        tables = [
            {"sequences": rows, "images": images, "image_count": count, "seed": 5} | near(spread, reset)
            for rows, images, count in ((1, 1, 9), (4, 2, 1), (3, 777, 17), (2, 1500, 16667))
            for spread in (0, 0.1, 0.29, 1)
            for reset in (0, 0.001, 0.5, 1)
        ]
        for table, found in zip(tables, self.draw(*tables)):
            law = table["metric_sequence"]
            size = (table["image_count"], table["sequences"], table["images"])
            wanted = local_reset_indices(*size, law["spread"], law["reset_probability"], seed=5)
            np.testing.assert_array_equal(found, wanted, str(table))

    def test_gaps(self):
        laws = [
            (1, 3, 0.001, 0.0005), (3, 1, 0.3, 0.25), (1, 1, 1, 1), (2, 5, 0.5, 0.9), (7, 300, 0.2, 0.004),
            (1, 10000, 1, 0.0001), (400, 90, 0.01, 0.02), (1, 2, 0.33, 1 / 3),
        ]  # fmt: skip
        tables = [
            {"sequences": rows, "images": images, "seed": seed}
            | {"arrivals": {"type": "markov_modulated"} | dict(zip(("interval_1", "interval_2", "p_12", "p_21"), law))}
            for rows, images in ((1, 1), (3, 2), (9, 1237))
            for seed in (0, 11)
            for law in laws
        ]
        for table, found in zip(tables, self.draw(*tables)):
            law = [table["arrivals"][name] for name in ("interval_1", "interval_2", "p_12", "p_21")]
            wanted = markov_gaps(table["sequences"], table["images"], *law, seed=table["seed"])
            np.testing.assert_array_equal(found, wanted, str(table))

    def test_defaults_are_those_of_a_config_and_rows_turn(self):
        tables = ({"metric_sequence": {}, "first_row": 3}, {"arrivals": {"type": "markov_modulated"}}, near(0.1, 0.1))
        turned, gaps, indices = self.draw(*tables, sequences=5, images=40, seed=2)
        np.testing.assert_array_equal(turned, np.roll(local_reset_indices(TEST_IMAGES, 5, 40, 0.1, 0.1, 2), -3, axis=0))
        np.testing.assert_array_equal(indices, np.roll(turned, 3, axis=0))
        np.testing.assert_array_equal(gaps, markov_gaps(5, 40, 1, 3, 0.001, 0.0005, seed=2))

    def test_each_type_holds_its_values(self):
        """One byte up to 255, two up to 65535; threads draw the same bytes."""
        tables = [{"image_count": count, "metric_sequence": {"type": "iid"}} for count in (256, 257, 65536, 65537)]
        self.draw(*tables, sequences=9, images=100_000)
        types = []
        for number in range(4):
            with h5py.File(self.folder / f"{number}.h5") as file:
                types.append(file["index"].dtype.str)
                self.assertIsNone(file["index"].chunks)
        self.assertEqual(types, ["|u1", "<u2", "<u2", "<i4"])
        before = [(self.folder / f"{number}.h5").read_bytes() for number in range(4)]
        command = [PROGRAM, "sequences", "tables.json", "--force", "--threads", "1"]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)
        self.assertEqual(before, [(self.folder / f"{number}.h5").read_bytes() for number in range(4)])


class FullSize(Drawing):
    """The SHA-256 of three tables of the paper's test, as Python drew them with NumPy 1.24."""

    def test_values(self):
        bursts = BURSTS | {"interval_2": 6, "p_12": 0.31622776601683794, "p_21": 0.07905694150420949}
        tables = ({"metric_sequence": {"type": "iid"}}, near(0.1, 0.31622776601683794), {"arrivals": bursts})
        found = [hashlib.sha256(table.tobytes()).hexdigest() for table in self.draw(*tables, sequences=100, images=100_000)]
        self.assertEqual(found, [
            "c89d26e3098b3e5c2f6c950dac6ea7843cf295be1019396bbb51dde8f296cef2",
            "4ceba261663ffac8e03dcb4b042ad96f47fdfd0d0507e261f957601ed7d2b3a0",
            "0fc9a40b9472afc7f303e08457ed753eb7bd0f2c086ac3983b38ba421a1abf65",
        ])


class PublishedTraces(Drawing):
    """Every one of the 1000 images of each published trace, and every gap between them."""

    def check(self, figure: str, indices: np.ndarray) -> None:
        published = Published().trace(figure)
        self.assertEqual(len(published["test_metric_rank"]), 1000)
        np.testing.assert_array_equal(indices[:1000], published["test_metric_rank"])

    def test_figure_7_and_e_are_row_362_of_correlated_images(self):
        (rows,) = self.draw(near(0.1, 0.01) | {"first_row": 362}, sequences=SEQUENCES, images=IMAGES)
        for figure in ("7a", "7b", "E"):
            self.check(figure, rows[0])

    def test_figure_10_is_row_394_of_independent_images(self):
        (rows,) = self.draw({"metric_sequence": {"type": "iid"}}, sequences=SEQUENCES, images=IMAGES)
        for figure in ("10a", "10b"):
            self.check(figure, rows[394])

    def test_gaps_of_figure_10_and_e_are_row_394(self):
        (gaps,) = self.draw({"arrivals": BURSTS}, sequences=SEQUENCES, images=IMAGES)
        for figure in ("10a", "10b", "E"):
            np.testing.assert_array_equal(gaps[394, :999], np.diff(Published().trace(figure)["time"]))


class ReleasedGaps(Drawing):
    def test_gaps_are_those_of_the_released_code(self):
        with h5py.File(ROOT / "tests" / "data" / "golden.h5") as golden:
            for case in golden["arrivals"].values():
                names = {"interval_1": "int1", "interval_2": "int2", "p_12": "tprob1", "p_21": "tprob2"}
                law = {"type": "markov_modulated"} | {ours: case[theirs][()].item() for ours, theirs in names.items()}
                sequences, images = case["gaps"].shape
                (gaps,) = self.draw({"arrivals": law}, sequences=sequences, images=images, seed=3)
                np.testing.assert_array_equal(gaps, case["gaps"][:])

    def test_mean_gaps_of_the_full_test_set(self):
        """experiments/published/README.md states them, from the published lower bounds."""
        bursts = ({"arrivals": BURSTS}, {"arrivals": BURSTS | {"interval_2": 6, "p_21": 0.00025}})
        short, long = (gaps.mean() for gaps in self.draw(*bursts, sequences=100, images=100_000))
        self.assertAlmostEqual(short, 1.8155135, places=7)
        self.assertAlmostEqual(long, 3.039986, places=6)


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
