"""The policies of docs/model.md without a network, in plain Python. A policy is f(position, units) -> offload."""

import math

import numpy as np

from problem import transition


def baseline_threshold(training, rate, mean_gap, rules):
    if rules == "edgeml_mdp":
        return np.quantile(training.metric, max(0.0, 1 - rate * mean_gap))
    position = math.floor(len(training) * (1 - rate * mean_gap)) - 1
    return training.metric[position] if position >= 0 else -math.inf


def lower_bound_loss(test, threshold, rules):
    offloaded = test.metric >= threshold if rules == "edgeml_mdp" else test.metric > threshold
    return test.mean_weak_cost - test.reward[offloaded].sum() / len(test)


class Mdp:
    """Thresholds [n - P], values [n - Q] and the number of sweeps."""

    def __init__(self, training, law, bucket, discount, stop="published", rules="edgeml_dqn"):
        order = np.argsort(-training.metric, kind="stable")
        self.metric = training.metric[order]
        self.share = np.arange(1, len(order) + 1) / len(order)
        self.gain = np.cumsum(training.reward[order]) / len(order)
        self.law, self.bucket, self.discount = law, bucket, discount
        self.threshold, self.sweeps = None, 0
        self.value = np.zeros(bucket.M - bucket.Q + 1)
        if stop == "converged":
            self._converge()
        else:
            scale = np.abs(self.metric).max() if rules == "edgeml_mdp" else self.metric[0] - self.metric[-1]
            self._iterate_as_published(1e-6 * scale)

    def _sweep(self):
        expected = transition(self.law, self.bucket, self.value)
        value, threshold = [], []
        for n in range(self.bucket.Q, self.bucket.M + 1):
            if n < self.bucket.P:
                value.append(self.discount * expected[n])
                continue
            offloaded = expected[n - self.bucket.P]
            score = self.gain + self.discount * (self.share * offloaded + (1 - self.share) * expected[n])
            best = int(np.argmax(score))  # the first
            value.append(score[best])
            threshold.append(self.metric[best])
        self.sweeps += 1
        return np.array(value), np.array(threshold)

    def _iterate_as_published(self, negligible):
        while self.sweeps < 10_000:
            before = self.threshold
            self.value, self.threshold = self._sweep()
            if before is not None:
                moved = np.abs(self.threshold - before).max()
                if moved < negligible or moved == 0:
                    return

    def _converge(self):
        while True:
            value, self.threshold = self._sweep()
            change = value - self.value
            if self.sweeps % 16 == 0 and np.ptp(change) <= 1e-12 * (np.abs(self.gain).max() + np.ptp(value)):
                middle = (change.max() + change.min()) / 2
                self.value = value + middle * self.discount / (1 - self.discount)
                return
            self.value = value - value[-1]

    def offloads(self, metric, units):
        return units >= self.bucket.P and metric >= self.threshold[units - self.bucket.P]


def fixed_point(numbers):
    """Whole numbers for the clairvoyant policies."""
    exponent = math.frexp(max(numbers.max(), 0.0))[1]
    return [min(math.floor(max(x, 0.0) * 2.0 ** (30 - exponent) + 0.5), 2**30 - 1) for x in numbers]


def clairvoyant(value, gap, bucket):
    """Decisions of the policy that knows the values and gaps of the sequence."""
    images = len(value)
    best = [[0] * (bucket.M + 1) for _ in range(images + 1)]

    def outcome(t, units, offload):
        return best[t + 1][bucket.next(units, offload, gap[t])] + offload * value[t]

    def decide(t, units):
        return int(units >= bucket.P and outcome(t, units, 1) > outcome(t, units, 0))

    for t in reversed(range(images)):
        best[t] = [outcome(t, units, decide(t, units)) for units in range(bucket.M + 1)]
    decisions, units = [], bucket.M
    for t in range(images):
        decisions.append(decide(t, units))
        units = bucket.next(units, decisions[-1], gap[t])
    return decisions


def simulate(bucket, rank, gap, reward, policy):
    """Units before each image, decisions, and the sum of rewards. bucket None: no bucket."""
    found, decisions, total = [], [], 0.0
    units = bucket.M if bucket else 0
    for t, (image, wait) in enumerate(zip(rank, gap)):
        found.append(units)
        decisions.append(int(policy(t, units)))
        total += decisions[-1] * reward[image]
        units = bucket.next(units, decisions[-1], wait) if bucket else 0
    return found, decisions, total


def loss_of(rewards, images, mean_weak_cost):
    """Loss and standard error of the sums of rewards of sequences of so many images."""
    per_image = np.array(rewards) / images
    sequences = len(per_image)
    spread = ((per_image - per_image.mean()) ** 2).sum()
    error = math.sqrt(spread / (sequences * (sequences - 1))) if sequences > 1 else math.nan
    return mean_weak_cost - per_image.mean(), error
