#!/usr/bin/env python3
"""Exported networks in other libraries, on 25,000 traced decisions a recipe.

    models_test.py onnx    needs onnx and onnxruntime
    models_test.py torch   needs torch

EDGESWEEP_PROGRAM and PYTHONPATH as for package_test.py.
"""

import json
import sys
import unittest
from collections.abc import Callable

import numpy as np

import edgesweep
from exported_runs import CLOSE, RECIPES, SEQUENCES, ExportedRuns

Rows = dict[str, np.ndarray]
Decide = Callable[[Rows], tuple[np.ndarray, np.ndarray]]


class Models(ExportedRuns):
    def compare(self, model_of: Callable[[edgesweep.Network], Decide]) -> None:
        """Every traced decision; only close ones may differ."""
        for name in RECIPES:
            with self.subTest(recipe=name):
                traces, metric, gap = self.traced(name)
                results = self.results[name]
                network = results.network(results.runs["id"][0])
                decide = model_of(network)
                policy = traces.policies["dqn"]
                different = 0
                for sequence in range(SEQUENCES):
                    units, offload = policy.units[sequence], policy.offload[sequence].astype(bool)
                    decided, gain = decide(network.rows(metric[sequence], gap[sequence], units))
                    wrong = decided != offload
                    self.assertTrue(
                        (np.abs(gain[wrong]) < CLOSE).all(), f"{name}: differs by {np.abs(gain[wrong]).max(initial=0)}"
                    )
                    different += int(wrong.sum())
                print(f"{name}: {different} of {policy.offload.size} decisions differ")
                self.assertLess(different, 5)


class Onnx(Models):
    def test_decisions(self) -> None:
        import onnx
        import onnxruntime

        def model_of(network: edgesweep.Network) -> Decide:
            model = network.to_onnx()
            onnx.checker.check_model(model, full_check=True)
            self.assertLessEqual(model.ir_version, 9)  # what onnxruntime 1.16 reads
            self.assertLessEqual(model.opset_import[0].version, 19)
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            example = json.loads(session.get_modelmeta().custom_metadata_map["example"])
            rows = network.rows(example["metric"], example["gap"], example["units"])
            self.assertEqual(session.run(["offload"], rows)[0].tolist(), [bool(value) for value in example["offload"]])
            return lambda rows: tuple(session.run(["offload", "gain"], rows))

        self.compare(model_of)


class Torch(Models):
    def test_decisions(self) -> None:
        import torch

        def model_of(network: edgesweep.Network) -> Decide:
            module = network.to_torch()

            def decide(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
                gap = torch.from_numpy(rows["gap"]) if "gap" in rows else None
                with torch.no_grad():
                    answers = module(torch.from_numpy(rows["metric"]), gap, torch.from_numpy(rows["units"]))
                return tuple(answer.numpy() for answer in answers)

            return decide

        self.compare(model_of)

    def test_a_wrong_state_dict_is_refused(self) -> None:
        results = self.results["warm"]
        module = results.network(results.runs["id"][0]).to_torch()
        state = module.state_dict()
        module.load_state_dict(state)
        state["reward"] = state["reward"] + 0.05
        with self.assertRaisesRegex(ValueError, "decisions of the example"):
            module.load_state_dict(state)


if __name__ == "__main__":
    library = sys.argv.pop(1)
    unittest.main(argv=[sys.argv[0], {"onnx": "Onnx", "torch": "Torch"}[library], *sys.argv[1:]], verbosity=2)
