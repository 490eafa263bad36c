"""The problem of docs/model.md in plain Python: bucket, images, sequences, arrivals, transition matrix."""

import math

import numpy as np

from random_numbers import GAP, LOCATION, OFFSET, START, TRAINING_WINDOWS, Stream, is_reset, limit, uniform_below


class Bucket:
    def __init__(self, rate, depth):
        def lost(p):
            return (((p * rate - math.floor(p * rate)) + p * depth) - math.floor(p * depth)) / p

        p = min(range(1, 101), key=lost)
        q, m = math.floor(rate * p), math.floor(depth * p)
        divisor = math.gcd(math.gcd(q, p), m)
        self.Q, self.P, self.M = q // divisor, p // divisor, m // divisor

    def next(self, units, offload, gap):
        return min(self.M, units - self.P * offload + self.Q * gap)


class Images:
    """One set of a dataset, sorted by ascending metric. scale: mean and standard deviation of the training metrics, or None."""

    def __init__(self, metric, weak_cost, strong_cost, scale):
        order = np.argsort(metric, kind="stable")
        self.raw_metric = metric[order]
        self.metric = self.raw_metric if scale is None else (self.raw_metric - scale[0]) / scale[1]
        self.single = self.metric.astype(np.float32).astype(float)
        self.weak_cost = weak_cost[order]
        self.reward = (weak_cost - strong_cost)[order]
        self.mean_weak_cost = weak_cost.mean()

    def __len__(self):
        return len(self.metric)


def read_dataset(path, rules="edgeml_dqn"):
    """Training and test images."""
    file = np.load(path)
    scale = (file["metric_tr"].mean(), file["metric_tr"].std()) if rules == "edgeml_dqn" else None
    return [Images(file[f"metric_{s}"], file[f"wcost_{s}"], file[f"scost_{s}"], scale) for s in ("tr", "ts")]


class Arrivals:
    """steps[state]: (gap, next state, probability), the likeliest first."""

    def __init__(self, settings):
        self.first = self.stationary = 1.0  # probability of state 1 at the first arrival, and far from it
        if settings["type"] == "periodic":
            self.steps = [[(1, 0, 1.0)]]
            return
        interval = [settings["interval_1"], settings["interval_2"]]
        leave = [settings["p_12"], settings["p_21"]]
        self.steps = [self._steps_from(state, interval, leave) for state in (0, 1)]
        to_2, to_1 = (sum(p for _, state, p in self.steps[k] if state == 1 - k) for k in (0, 1))
        self.stationary = to_1 / (to_1 + to_2)
        lasts = [(1 - leave[k]) ** (interval[k] - 1) for k in (0, 1)]
        either = (leave[0] + leave[1]) * (lasts[0] + lasts[1] - lasts[0] * lasts[1])
        self.first = (leave[1] * lasts[0] + leave[0] * (1 - lasts[1]) * lasts[0]) / either

    @staticmethod
    def _steps_from(state, interval, leave):
        probability = {(interval[state], state): (1 - leave[state]) ** interval[state]}
        begins = [{}, {}]  # by state and slot: probability that a visit begins
        for slots in range(interval[state]):
            begins[1 - state][slots] = leave[state] * (1 - leave[state]) ** slots
        slot = 0
        while sum(map(len, begins)) and (slot <= interval[state] or sum(sum(b.values()) for b in begins) > 2.0**-63):
            for k in (0, 1):
                visit = begins[k].pop(slot, 0.0)
                arrival = (slot + interval[k], k)
                probability[arrival] = probability.get(arrival, 0.0) + visit * (1 - leave[k]) ** (interval[k] - 1)
                for slots in range(1, interval[k]):
                    end = slot + slots
                    begins[1 - k][end] = begins[1 - k].get(end, 0.0) + visit * leave[k] * (1 - leave[k]) ** (slots - 1)
            slot += 1
        total = sum(probability.values())
        steps = [(gap, k, p / total) for (gap, k), p in probability.items() if p > 0]
        return sorted(steps, key=lambda step: (-step[2], step[0], step[1]))

    def gap_law(self):
        """Probability by gap, and the mean gap."""
        law = {}
        for steps, weight in zip(self.steps, (self.stationary, 1 - self.stationary)):
            for gap, _, probability in steps:
                law[gap] = law.get(gap, 0.0) + weight * probability
        return law, sum(gap * probability for gap, probability in law.items())

    def next_gap(self, state, word):
        cumulative = 0.0
        for gap, next_state, probability in self.steps[state]:
            cumulative += probability
            if word < limit(cumulative):
                return gap, next_state
        return self.steps[state][-1][:2]


class Ranks:
    """Draws the ranks of one stream, position after position from 0 on."""

    def __init__(self, settings, images, stream):
        self.settings, self.images, self.stream = settings, images, stream
        self.position = self.location = 0

    def next(self):
        position = self.position
        self.position += 1
        offset = self.stream.word(OFFSET, position)
        if self.settings["type"] == "iid":
            return uniform_below(offset, self.images)
        if position == 0 or is_reset(offset, self.settings["reset_probability"]):
            self.location = uniform_below(self.stream.word(LOCATION, position), self.images)
        offsets = math.floor(self.settings["spread"] * self.images) + 1
        return (self.location + uniform_below(offset, offsets)) % self.images


def draw_sequence(metric_sequence, arrivals, images, length, stream):
    """Ranks, and the gap from each image to the next."""
    ranks = Ranks(metric_sequence, images, stream)
    state = 0 if stream.word(START, 0) < limit(arrivals.first) else 1
    rank, gap = [], []
    for position in range(length):
        rank.append(ranks.next())
        step, state = arrivals.next_gap(state, stream.word(GAP, position))
        gap.append(step)
    return rank, gap


def draw_window(settings, arrivals, images, history, gap_history, iteration, number):
    """Ranks and gaps of a training window, newest first."""
    stream = Stream(settings["seed"], TRAINING_WINDOWS, number, iteration)
    ranks = Ranks(settings["metric_sequence"], images, stream)
    rank = [ranks.next() for _ in range(history + 2)]
    gap = [0] * (gap_history + 2 if gap_history >= 0 else 0)
    state = 0 if stream.word(START, 0) < limit(arrivals.stationary) else 1
    for position in reversed(range(len(gap))):
        gap[position], state = arrivals.next_gap(state, stream.word(GAP, position))
    return rank, gap


def transition(law, bucket, value):
    """(T V)[n], n = 0..M, of value[n - Q], n = Q..M."""
    known = [law.get(gap, 0.0) for gap in range(1, bucket.M // bucket.Q + 1)]
    rest = max(0.0, 1 - sum(known))
    result = []
    for n in range(bucket.M + 1):
        expected = sum(p * value[bucket.next(n, 0, gap) - bucket.Q] for gap, p in enumerate(known, 1))
        result.append(expected + rest * value[bucket.M - bucket.Q])
    return np.array(result)
