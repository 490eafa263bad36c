"""Fleets of docs/model.md in plain Python."""

import math

import numpy as np

from network import Adam, Network, balancing_factor, learning_rate, smoothed_rewards
from policies import Mdp
from problem import Bucket, Ranks
from random_numbers import FLEET_TRAINING, Stream

SPANS = 6
PERIODIC = {1: 1.0}


class Fleet:
    """Buckets and switch of a run's settings, and the images that its cameras see."""

    def __init__(self, settings):
        self.settings, self.cameras = settings, settings["devices"]["count"]
        self.share = Bucket(settings["rate"], settings["depth"])
        self.switch = Bucket(settings["rate"], self.cameras * settings["depth"])

    def thresholds(self, bucket, training):
        return Mdp(training, PERIODIC, bucket, self.settings["mdp"]["discount"])

    def ranks(self, images, seed, purpose, sequence):
        """One drawer per camera."""
        law = self.settings["metric_sequence"]
        return [Ranks(law, len(images), Stream(seed, purpose, sequence, camera)) for camera in range(self.cameras)]

    def simulate_buckets(self, mdp, images, seed, purpose, size):
        """Sum of rewards of each sequence where every camera has the bucket of mdp."""
        sums = []
        for sequence in range(size["sequences"]):
            ranks, total = self.ranks(images, seed, purpose, sequence), 0.0
            units, at_switch = [mdp.bucket.M] * self.cameras, self.switch.M
            for _ in range(size["images"]):
                for camera in range(self.cameras):
                    rank = ranks[camera].next()
                    offload = mdp.offloads(images.metric[rank], units[camera])
                    passes = offload and at_switch >= self.switch.P
                    total += passes * images.reward[rank]
                    units[camera] = mdp.bucket.next(units[camera], offload, 1)
                    at_switch = self.switch.next(at_switch, passes, 1)
            sums.append(total)
        return sums

    def simulate_smart(self, mdp, images, seed, purpose, size):
        sums = []
        for sequence in range(size["sequences"]):
            ranks, total, units = self.ranks(images, seed, purpose, sequence), 0.0, self.switch.M
            for _ in range(size["images"]):
                for drawer in ranks:
                    rank = drawer.next()
                    offload = mdp.offloads(images.metric[rank], units)
                    total += offload * images.reward[rank]
                    units = self.switch.next(units, offload, 1)
            sums.append(total)
        return sums

    def search(self, training, purpose):
        """(rate, depth, mean reward) of every point of the grid that holds the share."""
        search, rate, depth = self.settings["devices"]["search"], self.settings["rate"], self.settings["depth"]
        points = []
        for r in search["rates"]:
            for b in search["depths"]:
                if (r <= rate and b < depth) or (r < rate and b <= depth):
                    continue
                mdp = self.thresholds(Bucket(r, b), training)
                sums = self.simulate_buckets(mdp, training, self.settings["seed"], purpose, search)
                points.append((r, b, sum(sums) / (search["sequences"] * search["images"] * self.cameras)))
        return points


class LearnedFleet:
    """One sequence of a fleet whose cameras all decide by one network."""

    def __init__(self, fleet, network, mdp, images, above_all, ranks):
        self.fleet, self.network, self.mdp, self.images, self.above_all, self.ranks = (
            fleet,
            network,
            mdp,
            images,
            above_all,
            ranks,
        )
        self.units = [mdp.bucket.M] * fleet.cameras
        self.at_switch = fleet.switch.M
        self.counts = np.zeros((fleet.cameras, 2 * SPANS))
        self.kept = np.repeat([1 - 2.0 ** -(j + 1) for j in range(SPANS)], 2)
        self.weight = np.repeat([(0.75 if j % 2 else 1.0625) / 2 ** (j // 2) for j in range(SPANS)], 2)

    def step(self):
        """(inputs, rank, offload, units at the switch, passed) of each camera."""
        slots = []
        for camera in range(self.fleet.cameras):
            rank, units = self.ranks[camera].next(), self.units[camera]
            bucket, metric = self.mdp.bucket, self.images.single[rank]
            threshold = self.mdp.threshold[units - bucket.P] if units >= bucket.P else self.above_all
            inputs = np.concatenate([[metric, metric - threshold], self.counts[camera]])
            keep, offload = self.network(inputs)
            slots.append([inputs, rank, bool(offload - keep >= 0)])
        for camera, slot in enumerate(slots):
            offload = slot[2]
            passes = offload and self.at_switch >= self.fleet.switch.P
            slot += [self.at_switch, passes]
            self.at_switch = self.fleet.switch.next(self.at_switch, passes, 1)
            bucket = self.mdp.bucket
            paid = max(0, self.units[camera] - bucket.P * offload)
            self.units[camera] = bucket.next(paid, 0, 1)
            events = np.tile([passes, offload and not passes], SPANS)
            self.counts[camera] = self.kept * self.counts[camera] + self.weight * events
        return slots


def simulate_learned(fleet, network, mdp, images, above_all, seed, purpose, size):
    """Sum of rewards of each sequence."""
    sums = []
    for sequence in range(size["sequences"]):
        learned = LearnedFleet(fleet, network, mdp, images, above_all, fleet.ranks(images, seed, purpose, sequence))
        slots = (slot for _ in range(size["images"]) for slot in learned.step())
        sums.append(sum(images.reward[rank] for _, rank, _, _, passed in slots if passed))
    return sums


class LearnedFleetTraining:
    def __init__(self, fleet, mdp, training):
        self.fleet, self.mdp, self.images = fleet, mdp, training
        self.dqn, self.sizes = fleet.settings["dqn"], None
        self.training = fleet.settings["devices"]["training"]
        self.factor = balancing_factor(training.reward) if self.dqn["recipe"] == "warm" else 1.0
        self.reward = smoothed_rewards(training, self.dqn["reward_smoothing"]) * self.factor
        self.sizes = [2 + 2 * SPANS] + [self.dqn["width"]] * self.dqn["layers"] + [2]
        self.network = Network.initial(self.sizes, fleet.settings["seed"])
        if self.dqn["start"] == "mdp":
            self._pass_margin_on()
        self.adam = Adam(self.network)

    def _pass_margin_on(self):
        margin = 1
        for weights, _ in self.network.layers[:-1]:
            weights[:, 0] = 0
            weights[margin, 0] = 1
            margin = 0
        last = self.network.layers[-1][0]
        last[:] = 0
        last[margin] = [-0.1, 0.1]

    def run(self):
        for iteration in range(sum(phase["iterations"] for phase in self.dqn["schedule"])):
            self._iterate(iteration)
        return self

    def _iterate(self, iteration):
        batch = self.dqn["batch"]
        wanted = batch * self.dqn["mini_batches"]
        per_fleet = self.training["steps"] * self.fleet.cameras
        fleets = math.ceil(wanted / per_fleet)
        inputs, gain = np.zeros((wanted, self.sizes[0])), np.zeros(wanted)
        for number in range(fleets):
            for place, sample in enumerate(self._samples(iteration * fleets + number)):
                row = (number * per_fleet + place) * 2654435761 % (fleets * per_fleet)
                if row < wanted:
                    inputs[row], gain[row] = sample
        targets = np.stack([-gain / 2, gain / 2], axis=1)
        rate = learning_rate(self.dqn["schedule"], iteration)
        for first in range(0, wanted, batch):
            self.adam.step(inputs[first : first + batch], targets[first : first + batch], rate)

    def _samples(self, sequence):
        """Inputs and gain of each image that is trained on."""
        ranks = self.fleet.ranks(self.images, self.fleet.settings["seed"], FLEET_TRAINING, sequence)
        above_all = self.images.single[-1] + 1
        learned = LearnedFleet(self.fleet, self.network, self.mdp, self.images, above_all, ranks)
        for _ in range(self.training["warm_up"]):
            learned.step()
        slots = [slot for _ in range(self.training["steps"] + self.training["horizon"]) for slot in learned.step()]
        for number in range(self.training["steps"] * self.fleet.cameras):
            yield slots[number][0], self._gain(slots[number : number + 1 + self.training["horizon"] * self.fleet.cameras])

    def _gain(self, slots):
        switch = self.fleet.switch
        _, rank, _, units, _ = slots[0]
        if units < switch.P:
            return 0.0
        gain = self.reward[rank]
        with_it, without = switch.next(units, 1, 1), switch.next(units, 0, 1)
        for number, (_, rank, offload, _, _) in enumerate(slots[1:], 1):
            if with_it == without:
                break
            passes, passes_without = (bool(offload and n >= switch.P) for n in (with_it, without))
            discount = self.dqn["discount"] ** (number // self.fleet.cameras)
            gain += discount * (int(passes) - int(passes_without)) * self.reward[rank]
            with_it, without = switch.next(with_it, passes, 1), switch.next(without, passes_without, 1)
        return gain
