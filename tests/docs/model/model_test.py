#!/usr/bin/env python3
"""The program computes what docs/model.md, docs/model-datasets.md and docs/model-exactness.md say.

    tests/docs/model/model_test.py build/edgesweep

The modules in this folder are these pages in plain Python, written from the pages alone. Small runs of the program have to agree:
sequences, units and decisions exactly; losses, thresholds and statistics to rounding; weights after some Q iterations, which the
program computes in single precision, within 1e-4 of the way that they have come.
"""

import hashlib
import itertools
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

from datasets import COSTS, MetricFit, calibrate, entropies, rank_of
from fleets import Fleet, LearnedFleetTraining, simulate_learned
from network import Network, Training
from policies import Mdp, baseline_threshold, clairvoyant, fixed_point, loss_of, lower_bound_loss, simulate
from problem import Arrivals, Bucket, draw_sequence, read_dataset
from random_numbers import BUCKET_SEARCH, TEST, TRAINING_EVALUATION, VALIDATION, Stream
from summary import improvement, interquartile_mean, interval

PROGRAM = str(Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/edgesweep").resolve())

RATE, DEPTH = 0.2, 2
SEQUENCES = {"iid": {"type": "iid"}, "local_reset": {"type": "local_reset", "spread": 0.3, "reset_probability": 0.25}}
ARRIVALS = {
    "periodic": {"type": "periodic"},
    "modulated": {"type": "markov_modulated", "interval_1": 2, "interval_2": 3, "p_12": 0.4, "p_21": 0.3},
}
SCHEDULE = [
    {"iterations": 2, "learning_rate": 0.01, "final_learning_rate": 0.02},
    {"iterations": 1, "learning_rate": 0.01, "final_learning_rate": 0.001, "shape": "cosine"},
]
DQN = {
    "layers": 2,
    "width": 5,
    "discount": 0.99,
    "batch": 4,
    "mini_batches": 3,
    "schedule": SCHEDULE,
    "evaluate_every": 2,
    "training_sequences": {"sequences": 2, "images": 50},
    "validation": {"sequences": 2, "images": 50},
}
TESTED = {"sequences": 3, "images": 200}


class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        random = np.random.default_rng(3)

        def arrays(split, count):
            metric = random.normal(size=count)
            metric[5] = metric[7]
            weak = (random.random(count) < 0.5) + 0.1 * random.random(count)
            strong = (random.random(count) < 0.2).astype(float)
            return {f"metric_{split}": metric, f"wcost_{split}": weak, f"scost_{split}": strong}

        np.savez(cls.folder / "images.npz", **arrays("tr", 60), **arrays("ts", 50))

    def edgesweep(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_config(self, base, sweep=None):
        """The results file of a config of the images above."""
        common = {"dataset": "images.npz", "rate": RATE, "depth": DEPTH, "seed": 7, "test_seed": 5, "test": TESTED}
        config = {"base": common | base} | ({"sweep": sweep} if sweep else {})
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        self.edgesweep("run", "config.json", "-o", "results.h5", "--force", "--backend", "cpu")
        results = h5py.File(self.folder / "results.h5")
        self.addCleanup(results.close)
        return results

    def settings_of(self, results, number=0):
        return json.loads(results["configs"][number]["config"])

    def assert_near(self, found, expected, tolerance=1e-12):
        self.assertLessEqual(np.abs(np.asarray(found) - expected).max(), tolerance)

    def assert_weights_near(self, results, run, sizes, network, start):
        stored = results[f"weights/{run}"]["last"][:]
        self.assertEqual(len(stored), sum((a + 1) * b for a, b in itertools.pairwise(sizes)))
        way = np.abs(stored - start).max()
        self.assertGreater(way, 1e-3)
        self.assert_near(stored, network.parameters(), 1e-4 * way)
        return Network.stored(sizes, stored)


POLICIES = ["weak", "strong", "lower_bound", "baseline", "mdp", "clairvoyant", "clairvoyant_metric"]


class OneCamera(ModelTest):
    def check_run(self, metric_sequence, arrivals, rules="edgeml_dqn", dqn=None):
        base = {"rules": rules, "metric_sequence": metric_sequence, "arrivals": arrivals, "policies": POLICIES}
        base |= {"mdp": {"discount": 0.99}, "store": {"traces": TESTED}}
        if dqn:
            base |= {"policies": [*POLICIES, "dqn"], "dqn": DQN | {"history_metrics": 3} | dqn}
        results = self.run_config(base)
        run, self.traces = results["runs"][0], results[f"traces/{results['runs'][0]['id'].decode()}"]
        self.bucket, self.arrivals = Bucket(RATE, DEPTH), Arrivals(arrivals)
        training, test = read_dataset(self.folder / "images.npz", rules)
        self.check_problem(run, training, test, rules)
        policies = self.policies_of(results, training, test, rules)
        if dqn:
            policies["dqn"] = self.check_training(results, training, test)
        sequences = [
            draw_sequence(metric_sequence, self.arrivals, len(test), TESTED["images"], Stream(5, TEST, s)) for s in range(3)
        ]
        for number, (rank, gap) in enumerate(sequences):
            self.assertEqual(list(self.traces["index"][number]), rank)
            self.assertEqual(list(self.traces["gap"][number]), gap)
        weak = np.mean([test.weak_cost[rank] for rank, _ in sequences])
        self.assert_near(run["sequence_weak_loss"], weak)
        for name, policy in policies.items():
            with self.subTest(name):
                self.check_policy(run, name, policy, sequences, test)

    def check_problem(self, run, training, test, rules):
        b = self.bucket
        self.assertEqual((run["bucket_refill"], run["bucket_cost"], run["bucket_capacity"]), (b.Q, b.P, b.M))
        self.law, mean_gap = self.arrivals.gap_law()
        self.assert_near(run["mean_gap"], mean_gap)
        self.baseline = baseline_threshold(training, RATE, mean_gap, rules)
        self.assert_near(run["baseline_threshold"], self.baseline)
        self.assert_near(run["lower_bound_loss"], lower_bound_loss(test, self.baseline, rules))
        self.assert_near(run["weak_loss"], test.mean_weak_cost)
        self.assertEqual((run["weak_loss_se"], run["lower_bound_loss_se"]), (0, 0))

    def policies_of(self, results, training, test, rules):
        """By name: f(rank, gap) that makes the policy of a sequence."""
        mdp = Mdp(training, self.law, self.bucket, 0.99, rules=rules)
        self.assertEqual(results["runs"][0]["mdp_sweeps"], mdp.sweeps)
        stored = {row["units"]: row["threshold"] for row in results["policies"] if row["policy"] == b"mdp"}
        self.assert_near([stored[n] for n in range(self.bucket.P, self.bucket.M + 1)], mdp.threshold)
        metric = test.metric
        baseline = self.baseline
        if rules == "edgeml_dqn":  # both sides are rounded
            metric, baseline = test.single, float(np.float32(baseline))
            mdp.threshold = mdp.threshold.astype(np.float32).astype(float)

        def foresight(numbers):
            value = fixed_point(numbers)
            return lambda rank, gap: clairvoyant([value[r] for r in rank], gap, self.bucket)

        plans = {"clairvoyant": foresight(test.reward), "clairvoyant_metric": foresight(test.raw_metric)}

        def by_plan(name):
            def make(rank, gap):
                plan = plans[name](rank, gap)
                return lambda t, units: plan[t]

            return make

        return {
            "strong": lambda rank, gap: lambda t, units: True,
            "baseline": lambda rank, gap: lambda t, units: units >= self.bucket.P and metric[rank[t]] >= baseline,
            "mdp": lambda rank, gap: lambda t, units: mdp.offloads(metric[rank[t]], units),
            "clairvoyant": by_plan("clairvoyant"),
            "clairvoyant_metric": by_plan("clairvoyant_metric"),
        }

    def check_policy(self, run, name, make, sequences, test):
        rewards, offloads = [], 0
        for number, (rank, gap) in enumerate(sequences):
            bucket = None if name == "strong" else self.bucket
            found, decisions, total = simulate(bucket, rank, gap, test.reward, make(rank, gap))
            self.assertEqual(list(self.traces[f"{name}/offload"][number]), decisions)
            if bucket:
                self.assertEqual(list(self.traces[f"{name}/units"][number]), found)
            rewards.append(total)
            offloads += sum(decisions)
        loss, error = loss_of(rewards, TESTED["images"], test.mean_weak_cost)
        self.assert_near(run[f"{name}_loss"], loss)
        self.assert_near(run[f"{name}_loss_se"], error)
        self.assert_near(run[f"{name}_offload_rate"], offloads / (3 * TESTED["images"]))

    def check_training(self, results, training, test):
        run, settings = results["runs"][0], self.settings_of(results)
        expected = Training(settings, training, self.bucket, self.arrivals)
        start = expected.network.parameters()
        expected.run()
        self.assertEqual(run["reward_factor"], expected.factor)
        network = self.assert_weights_near(results, run["id"].decode(), expected.sizes, expected.network, start)
        curve = results["curves"][:]
        self.assertEqual(list(curve["iteration"]), [0, 2, 3])
        self.assert_near(curve["mean_squared_error"][2], expected.mean_squared_error, 1e-5 * expected.mean_squared_error)
        for column, purpose in (("training_loss", TRAINING_EVALUATION), ("validation_loss", VALIDATION)):
            rewards = []
            for number in range(2):
                stream = Stream(settings["seed"], purpose, number)
                rank, gap = draw_sequence(settings["metric_sequence"], self.arrivals, len(training), 50, stream)
                policy = expected.policy(network, training, rank, gap)
                rewards.append(simulate(self.bucket, rank, gap, training.reward, policy)[2])
            self.assert_near(curve[column][2], loss_of(rewards, 50, training.mean_weak_cost)[0])
        return lambda rank, gap: expected.policy(network, test, rank, gap)

    def test_networks_of_either_recipe_with_and_without_gaps(self):
        for recipe, gaps in itertools.product(("warm", "published"), (-1, 1)):
            for name, arrivals in ARRIVALS.items():
                with self.subTest(recipe=recipe, gaps=gaps, arrivals=name):
                    self.check_run(SEQUENCES["local_reset"], arrivals, dqn={"recipe": recipe, "history_gaps": gaps})

    def test_networks_of_single_settings(self):
        for dqn in (
            {"outputs": "action_values"},
            {"start": "random"},
            {"center_targets": "iteration"},
            {"recipe": "published", "reward_smoothing": 0.2},
        ):
            with self.subTest(dqn):
                self.check_run(SEQUENCES["iid"], ARRIVALS["modulated"], dqn=dqn)

    def test_buckets(self):
        sweep = {"rate": [0.0123, 2 / 101, 0.05, 0.1, 0.175, 1 / 3, 0.77], "depth": [1, 1.25, 2.5, 7.3, 20]}
        for row in self.run_config({"policies": ["weak"]}, sweep)["runs"]:
            b = Bucket(row["rate"], row["depth"])
            self.assertEqual((row["bucket_refill"], row["bucket_cost"], row["bucket_capacity"]), (b.Q, b.P, b.M))

    def test_rules_of_edgeml_mdp(self):
        for name, arrivals in ARRIVALS.items():
            with self.subTest(name):
                self.check_run(SEQUENCES["iid"], arrivals, rules="edgeml_mdp")


class ManyCameras(ModelTest):
    def test_strategies_and_learned_fleets(self):
        for count, recipe in ((2, "warm"), (3, "published")):
            with self.subTest(count=count, recipe=recipe):
                self.check_fleet(count, recipe)

    def check_fleet(self, count, recipe):
        search = {"rates": [0.1, 0.2, 0.3, 0.5], "depths": [1, 2, 3.5], "sequences": 20, "images": 60}
        devices = {"count": count, "search": search, "training": {"warm_up": 5, "steps": 3, "horizon": 6}}
        start = {"start": "mdp"} if recipe == "warm" else {}
        results = self.run_config(
            {
                "devices": devices,
                "metric_sequence": SEQUENCES["local_reset"],
                "mdp": {"discount": 0.99},
                "policies": ["isolated", "hierarchical", "smart", "dqn"],
                "dqn": DQN | {"recipe": recipe} | start,
                "store": {"statistics": True},
            }
        )
        run, settings = results["runs"][0], self.settings_of(results)
        training, test = read_dataset(self.folder / "images.npz")
        fleet = Fleet(settings)
        points = fleet.search(training, BUCKET_SEARCH)
        best = max(points, key=lambda point: point[2])
        found = {(row["rate"], row["depth"]): row["reward"] for row in results["searches"]}
        self.assertIn(best[:2], found)
        self.assertLessEqual(set(found), {point[:2] for point in points})
        self.assert_near([found[point[:2]] for point in points if point[:2] in found], [p[2] for p in points if p[:2] in found])
        mdp = fleet.thresholds(Bucket(*best[:2]), training)
        sums = {
            "isolated": fleet.simulate_buckets(fleet.thresholds(fleet.share, training), test, 5, TEST, TESTED),
            "hierarchical": fleet.simulate_buckets(mdp, test, 5, TEST, TESTED),
            "smart": fleet.simulate_smart(fleet.thresholds(fleet.switch, training), test, 5, TEST, TESTED),
        }
        expected = LearnedFleetTraining(fleet, mdp, training)
        first = expected.network.parameters()
        expected.run()
        network = self.assert_weights_near(results, run["id"].decode(), expected.sizes, expected.network, first)
        above_all = training.single[-1] + 1
        sums["dqn"] = simulate_learned(fleet, network, mdp, test, above_all, 5, TEST, TESTED)
        for name, rewards in sums.items():
            loss, error = loss_of(rewards, TESTED["images"] * count, test.mean_weak_cost)
            self.assert_near(run[f"{name}_loss"], loss)
            self.assert_near(run[f"{name}_loss_se"], error)


class Datasets(ModelTest):
    def test_prepared_datasets(self):
        random = np.random.default_rng(5)
        count, classes, fold = 240, 12, 1
        label = random.integers(0, classes, count)
        logits = np.round(3 * random.normal(size=(count, classes)), 1)
        logits[np.arange(count), label] += 3
        strong_rank = random.integers(1, 5, count)
        np.savez(self.folder / "logits.npz", weak_logits=logits, label=label, strong_rank=strong_rank)
        for cost in ("top1", "top5", "rank10"):
            with self.subTest(cost):
                self.edgesweep("prepare", "logits.npz", "-o", f"{cost}.npz", "--cost", cost, "--fold", fold)
                found = np.load(self.folder / f"{cost}.npz")
                is_test = np.arange(count) % 3 == fold
                beta = calibrate(logits[~is_test], label[~is_test])
                attributes = json.loads(str(found["attributes"]))
                self.assert_near(attributes["inverse_temperature"], beta)
                weak = np.array([COSTS[cost](rank_of(z, c)) for z, c in zip(logits, label)])
                strong = np.array([COSTS[cost](rank) for rank in strong_rank])
                entropy = entropies(logits, beta)
                fit = MetricFit(entropy[~is_test], (weak - strong)[~is_test])
                self.assertEqual(attributes["bandwidth_share"], fit.share)
                for split, chosen in (("tr", ~is_test), ("ts", is_test)):
                    self.assertEqual(list(found[f"wcost_{split}"]), list(weak[chosen]))
                    self.assertEqual(list(found[f"scost_{split}"]), list(strong[chosen]))
                    self.assert_near(found[f"entropy_{split}"], entropy[chosen])
                    self.assert_near(found[f"metric_{split}"], fit.metric(entropy[chosen]), 1e-10)


class Results(ModelTest):
    def test_summary_and_ids(self):
        policies = ["mdp", "dqn"]
        results = self.run_config({"policies": policies, "dqn": DQN | {"history_metrics": 1}}, {"seed": list(range(1, 10))})
        for run, config in zip(results["runs"], results["configs"]):
            text = config["config"]
            self.assertEqual(text, json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True).encode())
            self.assertEqual(run["id"].decode(), hashlib.sha256(text).hexdigest()[:12])
        losses = {name: list(results["runs"][f"{name}_loss"]) for name in policies}
        (row,) = (row for row in results["summary"] if row["policy"] == b"dqn")
        dqn, mdp = losses["dqn"], losses["mdp"]
        self.assertGreater(len(set(dqn)), 1)
        self.assert_near(row["loss_mean"], np.mean(dqn))
        self.assert_near([row["loss_mean_low"], row["loss_mean_high"]], interval([dqn], np.mean))
        self.assert_near(row["loss_interquartile_mean"], interquartile_mean(dqn))
        self.assert_near([row["loss_low"], row["loss_high"]], interval([dqn], interquartile_mean))
        self.assert_near(row["improvement"], improvement(dqn, mdp))
        self.assert_near([row["improvement_low"], row["improvement_high"]], interval([dqn, mdp], improvement))


if __name__ == "__main__":
    unittest.main()
