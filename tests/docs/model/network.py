"""The DQN of docs/model.md in plain Python and double precision."""

import itertools
import math

import numpy as np

from policies import Mdp
from problem import draw_window, transition
from random_numbers import INITIAL_WEIGHTS, OFFSET, Stream, uniform_symmetric


class Network:
    """Layers (weights, biases); weights are (inputs, outputs)."""

    def __init__(self, layers):
        self.layers = layers

    @classmethod
    def initial(cls, sizes, seed):
        layers = []
        for number, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
            stream = Stream(seed, INITIAL_WEIGHTS, number)
            limit = np.float32(math.sqrt(6 / inputs))
            words = [stream.word(OFFSET, i) for i in range(inputs * outputs)]
            weights = np.array([float(limit * np.float32(uniform_symmetric(word))) for word in words])
            layers.append([weights.reshape(inputs, outputs), np.zeros(outputs)])
        return cls(layers)

    @classmethod
    def stored(cls, sizes, parameters):
        layers, at = [], 0
        for inputs, outputs in itertools.pairwise(sizes):
            weights = parameters[at : at + inputs * outputs].astype(float).reshape(inputs, outputs)
            at += inputs * outputs
            layers.append([weights, parameters[at : at + outputs].astype(float)])
            at += outputs
        return cls(layers)

    def parameters(self):
        return np.concatenate([part.ravel() for layer in self.layers for part in layer])

    def activations(self, inputs):
        result = [inputs]
        for number, (weights, biases) in enumerate(self.layers):
            x = result[-1] @ weights + biases
            result.append(np.maximum(x, 0.2 * x) if number + 1 < len(self.layers) else x)
        return result

    def __call__(self, inputs):
        return self.activations(inputs)[-1]


class Adam:
    def __init__(self, network):
        self.network, self.steps = network, 0
        self.mean = [[np.zeros_like(part) for part in layer] for layer in network.layers]
        self.square = [[np.zeros_like(part) for part in layer] for layer in network.layers]

    def step(self, inputs, targets, learning_rate):
        """One mini-batch; returns the mean squared error before it."""
        layers = self.network.layers
        activations = self.network.activations(inputs)
        error = activations[-1] - targets
        delta = 2 * error / error.size
        gradients = []
        for number in reversed(range(len(layers))):
            gradients.append((activations[number].T @ delta, delta.sum(axis=0)))
            if number > 0:
                delta = (delta @ layers[number][0].T) * np.where(activations[number] > 0, 1, 0.2)
        self.steps += 1
        step = learning_rate * math.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for layer, mean, square, gradient in zip(layers, self.mean, self.square, reversed(gradients)):
            for part in (0, 1):
                mean[part] += 0.1 * (gradient[part] - mean[part])
                square[part] += 0.001 * (gradient[part] ** 2 - square[part])
                layer[part] = layer[part] - step * mean[part] / (np.sqrt(square[part]) + 1e-7)
        return (error**2).mean()


def learning_rate(schedule, iteration):
    for phase in schedule:
        length, first = phase["iterations"], phase["learning_rate"]
        if iteration >= length:
            iteration -= length
            continue
        if "final_learning_rate" not in phase:
            return first
        last, x = phase["final_learning_rate"], (iteration + 0.5) / length
        if phase.get("shape") == "cosine":
            return last + (first - last) * (1 + math.cos(math.pi * x)) / 2
        return first + (last - first) * x
    raise ValueError("past the end of the schedule")


def smoothed_rewards(images, share):
    if share == 0:
        return images.reward
    count, reach = len(images), math.floor(share * len(images) / 2)
    smoothed = []
    for rank in range(count):
        around = min(reach, rank, count - 1 - rank)
        equal = np.flatnonzero(images.metric == images.metric[rank])
        smoothed.append(images.reward[min(rank - around, equal[0]) : max(rank + around, equal[-1]) + 1].mean())
    return np.array(smoothed)


def balancing_factor(rewards):
    return 2.0 ** -(math.frexp(rewards.std())[1] + 1)


class Outputs:
    """What the outputs of a network stand for."""

    def __init__(self, bucket, after_states):
        self.bucket, self.after_states = bucket, after_states
        self.first = 0 if after_states else bucket.Q

    def count(self):
        b = self.bucket
        return b.M + 1 if self.after_states else 2 * (b.M + 1) - b.Q - b.P

    def keep(self, values, units):
        return values[units - self.first]

    def offload(self, values, units, reward):
        after = units - self.bucket.P
        return reward + values[after] if self.after_states else values[self.bucket.M + 1 - self.first + after]

    def targets(self, after, reward):
        b = self.bucket
        return after if self.after_states else np.concatenate([after[b.Q :], reward + after[: b.M - b.P + 1]])


class Training:
    """The training of a run's DQN. settings: of the run, complete."""

    def __init__(self, settings, training, bucket, arrivals):
        self.settings, self.dqn, self.bucket, self.arrivals = settings, settings["dqn"], bucket, arrivals
        self.images = training
        self.law, _ = arrivals.gap_law()
        self.factor = balancing_factor(training.reward) if self.dqn["recipe"] == "warm" else 1.0
        self.reward = smoothed_rewards(training, self.dqn["reward_smoothing"]) * self.factor
        self.outputs = Outputs(bucket, self.dqn["outputs"] == "after_states")
        inputs = self.dqn["history_metrics"] + 1 + max(0, self.dqn["history_gaps"] + 1)
        self.sizes = [inputs] + [self.dqn["width"]] * self.dqn["layers"] + [self.outputs.count()]
        self.network = Network.initial(self.sizes, settings["seed"])
        if self.dqn["start"] == "mdp":
            self._start_from_mdp()
        self.adam = Adam(self.network)
        self.mean_squared_error = math.nan

    def _start_from_mdp(self):
        mdp = Mdp(self.images, self.law, self.bucket, self.dqn["discount"], "converged")
        after = self.dqn["discount"] * transition(self.law, self.bucket, mdp.value)
        values = self.outputs.targets(after, self.images.reward.mean())
        last = self.network.layers[-1]
        last[0], last[1] = 0.1 * last[0], (values - values.mean()) * self.factor

    def run(self):
        for iteration in range(sum(phase["iterations"] for phase in self.dqn["schedule"])):
            self._iterate(iteration)
        return self

    def _iterate(self, iteration):
        batch, mini_batches = self.dqn["batch"], self.dqn["mini_batches"]
        samples = [self._sample(iteration, number) for number in range(batch * mini_batches)]
        inputs, targets = (np.array(part) for part in zip(*samples))
        if self.dqn["center_targets"] == "iteration":
            targets = targets - targets.mean()
        rate = learning_rate(self.dqn["schedule"], iteration)
        parts = [slice(first, first + batch) for first in range(0, len(inputs), batch)]
        self.mean_squared_error = np.mean([self.adam.step(inputs[part], targets[part], rate) for part in parts]) / self.factor**2

    def _sample(self, iteration, number):
        """The current state of a window, and its targets."""
        history, gap_history = self.dqn["history_metrics"], self.dqn["history_gaps"]
        rank, gap = draw_window(self.settings, self.arrivals, len(self.images), history, gap_history, iteration, number)
        metric = [self.images.single[r] for r in rank]
        next_state = np.array(metric[:-1] + gap[:-1], dtype=float)
        reward = self.reward[rank[0 if self.outputs.after_states else 1]]
        best = self._best_values(self.network(next_state), reward)
        if gap_history >= 0:
            after = np.array([best[self.bucket.next(a, 0, gap[0]) - self.bucket.Q] for a in range(self.bucket.M + 1)])
        else:
            after = transition(self.law, self.bucket, best)
        targets = self.outputs.targets(self.dqn["discount"] * after, reward)
        if self.dqn["center_targets"] == "window":
            targets = targets - targets.mean()
        return np.array(metric[1:] + gap[1:], dtype=float), targets

    def _best_values(self, values, reward):
        best = []
        for units in range(self.bucket.Q, self.bucket.M + 1):
            keep = self.outputs.keep(values, units)
            best.append(max(keep, self.outputs.offload(values, units, reward)) if units >= self.bucket.P else keep)
        return np.array(best)

    def promised_rewards(self, images):
        return np.array([self.reward[int(np.argmin(np.abs(self.images.metric - m)))] for m in images.metric])

    def policy(self, network, images, rank, gap):
        """The decisions of a network along a sequence."""
        promised = self.promised_rewards(images)

        def offloads(t, units):
            if units < self.bucket.P:
                return False
            metrics = [images.single[rank[i]] if i >= 0 else 0.0 for i in range(t, t - self.dqn["history_metrics"] - 1, -1)]
            gaps = [gap[i - 1] if i >= 1 else 0 for i in range(t, t - self.dqn["history_gaps"] - 1, -1)]
            values = network(np.array(metrics + gaps, dtype=float))
            return self.outputs.offload(values, units, promised[rank[t]]) - self.outputs.keep(values, units) >= 0

        return offloads
