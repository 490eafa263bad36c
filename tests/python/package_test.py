#!/usr/bin/env python3
"""The Python package, on the built program: EDGESWEEP_PROGRAM names it, PYTHONPATH has python/ of the source tree.

package_test.py runs all tests; unittest's options choose some.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

import edgesweep

ROOT = Path(__file__).resolve().parents[2]
DATASET = str(ROOT / "experiments" / "datasets" / "imagenet_top5.npz")
SMALL = {
    "name": "small",
    "base": {
        "dataset": DATASET,
        "policies": ["baseline", "mdp", "dqn"],
        "metric_sequence": {"type": "iid"},
        "rate": 0.1,
        "depth": 2,
        "dqn": {
            "width": 8,
            "layers": 2,
            "history_metrics": 3,
            "mini_batches": 2,
            "schedule": [{"iterations": 4, "learning_rate": 1e-3}],
            "training_sequences": {"images": 200},
            "validation": {"images": 200},
            "evaluate_every": 2,
        },
        "test": {"sequences": 3, "images": 300},
        "store": {"weights": True, "traces": {"sequences": 2, "images": 50}},
    },
    "sweep": {"rate": [0.1, 0.25], "depth": [2, 4]},
}


# Trains for minutes.
LONG = SMALL | {"sweep": {}, "base": SMALL["base"] | {"dqn": {"schedule": [{"iterations": 100000, "learning_rate": 1e-3}]}}}


def stop(event: dict) -> None:
    """A listener that ends the run as Ctrl-C does."""
    if event["event"] == "progress":
        raise KeyboardInterrupt


class InFolder(unittest.TestCase):
    """Every test has an empty folder of its own as current folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)


class PlanTest(InFolder):
    def test_a_dict_is_planned_like_the_file(self) -> None:
        shipped = edgesweep.plan(ROOT / "configs" / "quickstart.json", set={"rate": [0.1, 0.2], "dqn.width": 16})
        self.assertEqual(shipped.swept, ["rate", "depth"])
        self.assertEqual(sorted(set(shipped.runs["rate"])), [0.1, 0.2])
        self.assertEqual(set(shipped.runs["dqn_width"]), {16})
        self.assertEqual(list(shipped.configs), list(shipped.runs["id"]))
        self.assertTrue((shipped.runs["training_flop"] > 0).all())
        self.assertEqual(len(edgesweep.plan(SMALL).runs), 4)

    def test_paths_of_a_dict_start_here(self) -> None:
        Path("here.npz").symlink_to(DATASET)
        moved = SMALL | {"base": SMALL["base"] | {"dataset": "here.npz"}}
        self.assertEqual(edgesweep.run(moved, output="a.h5", progress=False).attributes["dataset"], "here.npz")

    def test_bad_input_arrives_with_its_parts(self) -> None:
        with self.assertRaises(edgesweep.InputError) as caught:
            edgesweep.plan(SMALL, set={"ratee": 0.1})
        self.assertEqual((caught.exception.place, caught.exception.nearest), ("--set", "rate"))
        self.assertIn("ratee", caught.exception.found)
        with self.assertRaises(edgesweep.InputError) as caught:
            edgesweep.plan("no such.json")
        self.assertEqual((caught.exception.file, caught.exception.found), ("no such.json", "no such file"))
        self.assertIsInstance(caught.exception, ValueError)

    def test_a_config_from_standard_input_needs_an_output(self) -> None:
        done = subprocess.run([os.environ["EDGESWEEP_PROGRAM"], "run", "-"], input="{}", text=True, capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("found no", done.stderr)


class RunTest(InFolder):
    def test_events_come_in_order_and_the_results_are_the_programs(self) -> None:
        events: list[dict] = []
        results = edgesweep.run(SMALL, output="python.h5", progress=events.append, threads=2)
        kinds = [event["event"] for event in events if event["event"] != "progress"]
        self.assertEqual(kinds, ["begin"] + ["run"] * 4 + ["end"])
        self.assertEqual({event["run"] for event in events if event["event"] == "run"}, set(results.runs["id"]))
        last = [event for event in events if event["event"] == "progress"][-1]
        self.assertEqual((last["runs"], last["runs_finished"]), (4, 4))
        program = os.environ["EDGESWEEP_PROGRAM"]
        Path("small.json").write_text(json.dumps(SMALL), encoding="utf-8")
        subprocess.run([program, "run", "small.json", "-o", "program.h5", "--quiet"], check=True, capture_output=True)
        self.assertEqual(edgesweep.open("program.h5").attributes["digest"], results.attributes["digest"])

    def test_a_second_call_continues(self) -> None:
        edgesweep.run(SMALL, set={"rate": [0.1]}, output="a.h5", progress=False)
        events: list[dict] = []
        results = edgesweep.run(SMALL, output="a.h5", progress=events.append)
        begin = next(event for event in events if event["event"] == "begin")
        self.assertEqual((begin["runs"], begin["to_do"]), (4, 2))
        self.assertEqual(len(results.runs), 4)

    def test_the_default_output_is_named_after_the_dict(self) -> None:
        self.assertEqual(edgesweep.run(SMALL, progress=False).path, Path("results/small.h5"))

    def test_a_progress_bar_shows_runs(self) -> None:
        script = f"import edgesweep; edgesweep.run({SMALL!r}, output='a.h5')"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        self.assertIn("small: 100%", done.stderr)
        self.assertIn("4/4", done.stderr)

    def test_failed_runs_are_a_warning_and_in_the_results(self) -> None:
        # Twelve layers whose weights move by 1 a step soon leave single precision.
        settings = {"dqn.schedule": [{"iterations": 40, "learning_rate": 1}], "dqn.layers": 12, "rate": [0.1], "depth": [2]}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            results = edgesweep.run(SMALL, set=settings, output="a.h5", progress=False)
        self.assertEqual([warning.category for warning in caught], [edgesweep.FailedRunsWarning])
        self.assertEqual(len(results.failures), 1)
        self.assertIn("iteration", results.failures["failure"].iloc[0])

    def test_a_results_file_of_another_config_is_refused(self) -> None:
        edgesweep.run(SMALL, output="a.h5", progress=False)
        with self.assertRaises(edgesweep.InputError):
            edgesweep.run(SMALL, set={"seed": 5}, output="a.h5", progress=False)

    def test_ctrl_c_leaves_checkpoints_and_the_next_call_continues(self) -> None:
        with self.long_run() as process:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        self.assertIn("interrupted", rest)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(any(path.suffix == ".h5" for path in Path("a.h5.checkpoints").iterdir()))
        starts = []
        with self.assertRaises(KeyboardInterrupt):
            edgesweep.run(LONG, output="a.h5", progress=lambda event: starts.append(event) or stop(event))
        self.assertEqual(starts[0]["event"], "begin")

    def test_another_writer_is_busy(self) -> None:
        with self.long_run() as process:
            with self.assertRaises(edgesweep.BusyError):
                edgesweep.run(LONG, output="a.h5", progress=False)
            process.send_signal(signal.SIGINT)
            process.stdout.read()

    def test_the_program_ends_with_the_interpreter(self) -> None:
        with self.long_run() as process:
            process.kill()
        for _ in range(300):
            if not Path("a.h5.lock").exists():
                return
            time.sleep(0.1)
        self.fail("the program still writes a.h5 after 30 s")

    @contextmanager
    def long_run(self) -> Iterator[subprocess.Popen[str]]:
        """An interpreter that runs LONG, and has begun to train."""
        script = f"""
import edgesweep
try:
    edgesweep.run({LONG!r}, output="a.h5", progress=lambda event: print(event["event"], flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = ""
            while said != "progress":
                said = process.stdout.readline().strip()
                self.assertTrue(said, "the interpreter ended early")
            yield process

    def test_a_program_that_dies_is_an_exception(self) -> None:
        Path("dies").write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
        Path("dies").chmod(0o755)
        program = os.environ["EDGESWEEP_PROGRAM"]
        os.environ["EDGESWEEP_PROGRAM"] = os.path.abspath("dies")
        self.addCleanup(os.environ.__setitem__, "EDGESWEEP_PROGRAM", program)
        with self.assertRaisesRegex(edgesweep.MachineError, "SIGKILL"):
            edgesweep.run(SMALL, output="a.h5", progress=False)


class ImportTest(unittest.TestCase):
    def test_the_console_script_loads_little(self) -> None:
        script = "import sys; from edgesweep import _program; assert not {'pandas', 'h5py', 'numpy'} & set(sys.modules)"
        subprocess.run([sys.executable, "-c", script], check=True)

    def test_every_public_name_is_there(self) -> None:
        for name in edgesweep.__all__:
            self.assertTrue(callable(getattr(edgesweep, name)), name)
        self.assertIs(edgesweep.open, edgesweep.Results)
        with self.assertRaises(AttributeError):
            edgesweep.nothing  # noqa: B018

    def test_a_console_script_without_program_says_so(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "edgesweep"
            shutil.copytree(ROOT / "python" / "edgesweep", package, ignore=shutil.ignore_patterns("__pycache__"))
            script = Path(folder) / "bin" / "edgesweep"
            script.parent.mkdir()
            script.write_text(f"#!{sys.executable}\nfrom edgesweep._program import main\nmain()\n", encoding="utf-8")
            script.chmod(0o755)
            environment = {"PATH": str(script.parent), "PYTHONPATH": folder}
            done = subprocess.run([script], env=environment, capture_output=True, text=True, timeout=60, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("no program edgesweep", done.stderr)


class ResultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = Path(folder.name) / "a.h5"
        cls.results = edgesweep.run(SMALL, output=cls.path, progress=False)

    def test_columns_are_typed(self) -> None:
        for table in ("runs", "summary", "curves", "policies", "experiments"):
            frame = getattr(self.results, table)
            self.assertFalse(frame.empty, table)
            for name, column in frame.items():
                text = all(isinstance(value, str) for value in column)
                self.assertTrue(text or pd.api.types.is_numeric_dtype(column), f"{table}.{name}: {column.dtype}")
        runs = self.results.runs
        self.assertTrue(np.isnan(runs["metric_sequence_spread"]).all())  # of independent images
        self.assertEqual(set(runs["status"]), {"done"})
        self.assertTrue({"rate", "depth", "seed", "dqn_width"} <= set(self.results.settings))

    def test_rows_are_those_of_the_file(self) -> None:
        with h5py.File(self.path) as file:
            rows = file["runs"][:]
        self.assertEqual([name.decode() for name in rows["id"]], list(self.results.runs["id"]))
        np.testing.assert_array_equal(rows["dqn_loss"], self.results.runs["dqn_loss"])

    def test_experiment(self) -> None:
        self.assertEqual(list(self.results.experiment("small")["id"]), list(self.results.runs["id"]))
        with self.assertRaises(edgesweep.InputError):
            self.results.experiment("another")

    def test_weights_are_layers(self) -> None:
        run = self.results.runs["id"][2]
        layers = self.results.weights(run[:6])
        self.assertEqual([layer.weight.shape for layer in layers][:2], [(4, 8), (8, 8)])
        flat = np.concatenate([part.ravel() for layer in layers for part in (layer.weight, layer.bias)])
        with h5py.File(self.path) as file:
            np.testing.assert_array_equal(flat, file[f"weights/{run}/last"][:])
        with self.assertRaises(edgesweep.InputError):
            self.results.weights(run, "worst")
        with self.assertRaises(edgesweep.InputError):
            self.results.weights("")

    def test_traces_follow_the_bucket(self) -> None:
        run = self.results.runs.iloc[0]
        traces = self.results.traces(run["id"])
        policy = traces.policies["mdp"]
        self.assertEqual(policy.offload.shape, (2, 50))
        refilled = policy.units - policy.offload * run["bucket_cost"] + traces.gap * run["bucket_refill"]
        np.testing.assert_array_equal(policy.units[:, 1:], np.minimum(refilled, run["bucket_capacity"])[:, :-1])
        self.assertEqual(traces.units_per_token, run["bucket_cost"])

    def test_config_has_every_setting(self) -> None:
        run = self.results.runs.iloc[1]
        config = self.results.config(run["id"])
        self.assertEqual((config["rate"], config["dqn"]["width"]), (run["rate"], 8))

    def test_polars_and_xarray(self) -> None:
        frame = self.results.to_polars("summary")
        self.assertEqual(list(frame["loss_mean"]), list(self.results.summary["loss_mean"]))
        array = self.results.to_xarray("dqn_loss")
        self.assertEqual(dict(array.sizes), {"rate": 2, "depth": 2})
        run = self.results.runs.iloc[3]
        self.assertEqual(float(array.sel(rate=run["rate"], depth=run["depth"])), run["dqn_loss"])
        self.assertIn("loss", array.attrs["long_name"])

    def test_other_files_are_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "other.h5"
            with h5py.File(other, "w") as file:
                file["runs"] = [1]
            for path in (other, Path(__file__), Path(folder) / "none.h5"):
                with self.assertRaises(edgesweep.InputError) as caught:
                    edgesweep.open(path)
                self.assertEqual(caught.exception.file, str(path))


if __name__ == "__main__":
    unittest.main(verbosity=2)
