#!/usr/bin/env python3
"""What `edgesweep export` writes decides as the simulation did: 25,000 traced decisions a recipe, in C and in NumPy.

Needs a C compiler; EDGESWEEP_PROGRAM and PYTHONPATH as for package_test.py.
"""

import os
import subprocess
import unittest
from pathlib import Path

import numpy as np

import edgesweep
from exported_runs import CLOSE, DATASET, IMAGES, RECIPES, SEQUENCES, ExportedRuns, config

MAIN = """
#include <stdio.h>
#include "camera.h"
int main(void) {
  camera_state state;
  double metric;
  int gap, first;
  if (camera_check() != 0) return 1;
  while (scanf("%d %d %la", &first, &gap, &metric) == 3) {
    if (first) camera_start(&state);
    putchar(camera_decide(&state, metric, gap) ? '1' : '0');
  }
  return 0;
}
"""


def compiled(folder: Path) -> Path:
    (folder / "main.c").write_text(MAIN, encoding="utf-8")
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    subprocess.run(["cc", *flags, "main.c", "-o", "decide", "-lm"], cwd=folder, check=True)
    return folder / "decide"


class ExportTest(ExportedRuns):
    def export(self, name: str, output: str) -> Path:
        path = self.folder / output
        command = [os.environ["EDGESWEEP_PROGRAM"], "export", str(self.results[name].path), "-o", str(path), "--force"]
        subprocess.run(command, check=True, capture_output=True)
        return path

    def test_c_has_the_engines_bits(self) -> None:
        for name in RECIPES:
            with self.subTest(recipe=name):
                traces, metric, gap = self.traced(name)
                self.export(name, "camera.h")
                lines = [
                    f"{int(image == 0)} {gap[sequence, image]} {metric[sequence, image].hex()}"
                    for sequence in range(SEQUENCES)
                    for image in range(IMAGES)
                ]
                done = subprocess.run([compiled(self.folder)], input="\n".join(lines), text=True, capture_output=True, check=True)
                decided = np.array([int(letter) for letter in done.stdout]).reshape(SEQUENCES, IMAGES)
                expected = traces.policies["dqn"].offload
                self.assertEqual(int((decided != expected).sum()), 0)
                self.assertGreater(int(expected.sum()), IMAGES * SEQUENCES // 20)

    def test_the_example_finds_a_wrong_copy(self) -> None:
        path = self.export("warm", "camera.h")
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("0.2f * y[o]", "0.3f * y[o]"), encoding="utf-8")
        self.assertNotEqual(subprocess.run([compiled(self.folder)], input="", text=True, check=False).returncode, 0)

    def test_numpy_decides_alike_but_for_close_values(self) -> None:
        for name in RECIPES:
            with self.subTest(recipe=name):
                traces, metric, gap = self.traced(name)
                results = self.results[name]
                network = results.network(results.runs["id"][0][:5])
                policy = traces.policies["dqn"]
                different = 0
                for sequence in range(SEQUENCES):
                    gains = network.gains(metric[sequence], gap[sequence])
                    units, offload = policy.units[sequence], policy.offload[sequence]
                    self.assertFalse(offload[units < network.cost].any())
                    paid = np.flatnonzero(units >= network.cost)
                    gain = gains[paid, units[paid] - network.cost]
                    wrong = (gain >= 0) != offload[paid]
                    self.assertTrue(
                        (np.abs(gain[wrong]) < CLOSE).all(), f"{name}: differs by {np.abs(gain[wrong]).max(initial=0)}"
                    )
                    different += int(wrong.sum())
                self.assertLess(different, 5)
                example = network.example
                self.assertEqual(list(network.decide(example.metric, example.gap)), list(example.offload))

    def test_the_promised_reward_decides(self) -> None:
        """Without it many decisions would be others: the comparison above would notice."""
        results = self.results["warm"]
        network = results.network(results.runs["id"][0])
        _, metric, _ = self.traced("warm")
        normalised = (metric[0] - network.metric_mean) / network.metric_deviation
        self.assertGreater(float(np.ptp(network.promised(normalised))), 0.1)
        self.assertEqual(len(self.results["published"].network(self.results["published"].runs["id"][0]).reward), 1)

    def test_bad_input_is_refused(self) -> None:
        program = os.environ["EDGESWEEP_PROGRAM"]
        path = str(self.results["warm"].path)
        plain = edgesweep.run(
            config(RECIPES["warm"]), set={"store.weights": False}, output=self.folder / "plain.h5", progress=False
        )
        (self.folder / "there.npz").touch()
        cases = {
            "no such file": ["none.h5", "-o", "a.npz"],
            "ends with .npz": [path, "-o", "a.txt"],
            "0 runs with stored weights": [str(plain.path), "-o", "a.npz"],
            "a file that is there": [path, "-o", "there.npz"],
        }
        for words, arguments in cases.items():
            done = subprocess.run([program, "export", *arguments], cwd=self.folder, text=True, capture_output=True, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
        with self.assertRaises(edgesweep.InputError):
            edgesweep.Network.load(DATASET)


if __name__ == "__main__":
    unittest.main(verbosity=2)
