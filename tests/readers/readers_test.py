#!/usr/bin/env python3
"""Results files in the hands of other readers, as docs/results.md shows it.

    tests/readers/readers_test.py build/edgesweep

Runs every block of Python under the heading "Reading a file" on a fresh results file, in order, and looks at what it
leaves in its variables. h5py is the measure: it has HDF5's own library.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
import pyfive
import tables

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep").resolve()
NAME = "results/quickstart.h5"  # as the page has it
CONFIG = {
    "name": "figure_6",
    "base": {
        "dataset": str(ROOT / "experiments" / "datasets" / "imagenet_top5.npz"),
        "metric_sequence": {"type": "local_reset", "spread": 0.1, "reset_probability": 0.1},
        "dqn": {
            "history_metrics": 7,
            "width": 12,
            "batch": 16,
            "mini_batches": 4,
            "schedule": [{"iterations": 3, "learning_rate": 1e-3}],
            "evaluate_every": 1,
            "training_sequences": {"sequences": 2, "images": 500},
            "validation": {"sequences": 2, "images": 500},
        },
        "test": {"sequences": 4, "images": 2000},
        "store": {"weights": True, "statistics": True, "traces": {"sequences": 2, "images": 2000}},
    },
    "sweep": {"rate": [0.05, 0.1], "depth": [2, 4]},
}


def blocks(page: str, heading: str) -> list[str]:
    """The Python blocks of a section of a page."""
    page = (ROOT / page).read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Bit by bit, field by field."""
    if one.dtype.names is None:
        return one.shape == other.shape and one.tobytes() == np.ascontiguousarray(other, one.dtype).tobytes()
    return one.dtype.names == other.dtype.names and all(same(one[name], other[name]) for name in one.dtype.names)


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        (cls.folder / "config.json").write_text(json.dumps(CONFIG))
        cls.path = cls.folder / NAME
        cls.path.parent.mkdir()
        subprocess.run([PROGRAM, "run", "config.json", "-o", NAME], cwd=cls.folder, check=True, capture_output=True)
        shown = subprocess.run([PROGRAM, "show", NAME, "--json"], cwd=cls.folder, check=True, capture_output=True)
        cls.shown = json.loads(shown.stdout)

    def test_the_page_does_what_it_says(self):
        previous = Path.cwd()
        self.addCleanup(os.chdir, previous)
        os.chdir(self.folder)
        variables: dict = {}
        pieces = blocks("docs/results.md", "Reading a file")
        readers = ("pandas", "polars", "tables", "xarray", "pyfive")
        for reader in readers:
            imported = re.compile(rf"^import .*\b{reader}\b", re.MULTILINE)
            self.assertTrue(any(imported.search(piece) for piece in pieces), f"no block imports {reader}")
        with contextlib.redirect_stdout(io.StringIO()):
            for piece in pieces:
                exec(compile(piece, "docs/results.md", "exec"), variables)  # one after another, as a person would
        with h5py.File(self.path) as file:
            stored = file["runs"][:]
            index = file["traces"][stored["id"][0].decode()]["index"][:]
        runs = variables["runs"]
        self.assertEqual(list(runs["id"]), [text.decode() for text in stored["id"]])
        self.assertEqual(list(runs["dqn_loss"]), list(stored["dqn_loss"]))
        self.assertEqual(len(variables["figure"]), 4)
        self.assertEqual(variables["frame"]["id"].to_list(), list(runs["id"]))
        self.assertEqual(variables["frame"]["dqn_loss"].to_list(), list(stored["dqn_loss"]))
        self.assertEqual(list(variables["rows"]["dqn_loss"]), list(stored["dqn_loss"][stored["rate"] == 0.1]))
        loss = variables["loss"]
        self.assertEqual(loss.dims, ("rate", "depth"))
        for run in stored:
            self.assertEqual(loss.sel(rate=run["rate"], depth=run["depth"]).item(), run["dqn_loss"])
        self.assertTrue(np.array_equal(variables["trace"]["index"].values, index))
        self.assertTrue(same(stored, variables["table"]))

    def test_the_tables_are_those_that_show_prints(self):
        with h5py.File(self.path) as file:
            stored = file["runs"][:]
        text = json.dumps(self.shown)
        for run in stored:
            self.assertIn(run["id"].decode(), text)

    def test_a_reader_that_knows_only_old_chunk_indexes_reads_every_dataset_and_attribute(self):
        with h5py.File(self.path) as file, pyfive.File(str(self.path)) as other:
            found = datasets(file)
            self.assertGreater(len(found), 60)
            chunked = [name for name, item in found.items() if item.chunks is not None]
            self.assertGreater(len(chunked), 20)
            for name, item in found.items():
                self.assertTrue(same(item[:], other[name][:]), name)
                self.assert_attributes(item.attrs, other[name].attrs, name)
            self.assert_attributes(file.attrs, other.attrs, "/")

    def test_pytables_reads_every_dataset(self):
        with h5py.File(self.path) as file, tables.open_file(str(self.path)) as other:
            for name, item in datasets(file).items():
                self.assertTrue(same(item[:], other.get_node("/" + name).read()), name)

    def assert_attributes(self, expected, found, place):
        self.assertEqual(set(expected), set(found), place)
        for name, value in expected.items():
            self.assertEqual(np.asarray(value).tolist(), np.asarray(found[name]).tolist(), f"{place}: {name}")


if __name__ == "__main__":
    unittest.main()
