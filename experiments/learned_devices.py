#!/usr/bin/env python3
"""Trains devices behind a switch that see its congestion only through their own lost offloads, and compares them.

    edgesweep run configs/edgeml_mdp/many_devices.json
    experiments/learned_devices.py results/many_devices.h5 --rate 0.1 --depth 1 --devices 2 4 8

All devices share one policy: offload if the metric's rank is above a share that depends on what the device remembers, its
own offloads (a leaky count that refills at the rate), how many of its last offloads were lost, and how long ago the last
loss was. The seven weights are found by the cross-entropy method on what the whole fleet earns on training images; so
devices learn beside copies of themselves. `--blind` also trains one that cannot see its losses. Prints losses beside those of
the results file's strategies. Needs h5py and numpy.
"""
import argparse
import pathlib

import h5py
import numpy as np

WEIGHTS = 7
MEMORY = 10.0  # most of the leaky count, either way
LOSS_DECAY = 0.8  # per offload
TIME_DECAY = np.exp(-1 / 20)  # per time step


def integers(rate, depth):
    """SPEC.md section 2: (Q, P, M)."""
    p = np.arange(1, 101)
    error = ((p * rate - np.floor(p * rate) + p * depth) - np.floor(p * depth)) / p
    cost = int(p[np.argmin(error)])
    refill, capacity = int(np.floor(rate * cost)), int(np.floor(depth * cost))
    divisor = np.gcd(np.gcd(refill, cost), capacity)
    return refill // divisor, cost // divisor, capacity // divisor


def simulate(weights, share, reward, switch, rate, sees_losses):
    """Mean reward per image of each row of weights. share, reward: (steps, devices, sequences), the images' metric ranks
    as shares of all images, and rewards. Rows of weights see the same images."""
    refill, cost, capacity = switch
    steps, devices, sequences = share.shape
    rows = (len(weights), sequences)
    units = np.full(rows, capacity)
    memory = np.full((devices, *rows), MEMORY / 2)
    lost_share = np.zeros((devices, *rows))
    since_loss = np.zeros((devices, *rows))
    total = np.zeros(rows)
    w = weights.T[:, None, :, None]
    seen = 1.0 if sees_losses else 0.0
    for t in range(steps):
        logit = (w[0] + w[1] * memory + w[2] * memory**2 / MEMORY + w[3] * np.maximum(memory - 1, 0)
                 + seen * (w[4] * lost_share + w[5] * since_loss + w[6] * lost_share * memory))
        offload = share[t][:, None, :] > 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        since_loss *= TIME_DECAY
        memory = np.clip(memory + rate - offload, -MEMORY, MEMORY)
        for d in range(devices):
            passed = offload[d] & (units >= cost)
            total += np.where(passed, reward[t, d][None, :], 0)
            units = np.minimum(capacity, units - cost * passed + refill)
            lost = offload[d] & ~passed
            lost_share[d] = np.where(offload[d], LOSS_DECAY * lost_share[d] + (1 - LOSS_DECAY) * lost, lost_share[d])
            since_loss[d][lost] = 1
    return total.mean(1) / (steps * devices)


def draw(generator, images, steps, devices, sequences):
    """Images of devices: metric ranks as shares, and rewards."""
    index = generator.integers(0, len(images), (steps, devices, sequences))
    return (index + 0.5) / len(images), images[index]


def train(images, switch, rate, devices, options, sees_losses):
    """Weights found by the cross-entropy method."""
    generator = np.random.Generator(np.random.Philox(options.seed))
    mean = np.zeros(WEIGHTS)
    mean[0], mean[1] = np.log((1 - rate) / rate), -0.2
    spread = np.array([0.8, 0.4, 0.3, 0.4, 1.0, 1.0, 0.3])
    for _ in range(options.generations):
        weights = mean + spread * generator.standard_normal((options.population, WEIGHTS))
        weights[0] = mean
        share, reward = draw(generator, images, options.steps, devices, options.sequences)
        earned = simulate(weights, share, reward, switch, rate, sees_losses)
        best = weights[np.argsort(-earned)[: max(options.population // 6, 4)]]
        mean = 0.3 * mean + 0.7 * best.mean(0)
        spread = 0.3 * spread + 0.7 * best.std(0) + 0.01
    return mean


def sorted_rewards(dataset, split):
    order = np.argsort(dataset[f"metric_{split}"], kind="stable")
    return (dataset[f"wcost_{split}"] - dataset[f"scost_{split}"])[order]


def evaluate(weights, images, weak, switch, rate, devices, options, sees_losses):
    """Loss on test images and its standard error over sequences."""
    generator = np.random.Generator(np.random.Philox(options.seed + 1))
    losses = []
    for _ in range(options.test_sequences):
        share, reward = draw(generator, images, options.test_steps, devices, 8)
        losses.append(weak - simulate(weights[None], share, reward, switch, rate, sees_losses)[0])
    return np.mean(losses), np.std(losses, ddof=1) / np.sqrt(len(losses))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path, help="results file of configs/edgeml_mdp/many_devices.json")
    parser.add_argument("--dataset", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent / "datasets" / "imagenet_top5.npz")
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--depth", type=float, default=1)
    parser.add_argument("--devices", type=int, nargs="+", default=[2, 4, 8])
    parser.add_argument("--generations", type=int, default=40)
    parser.add_argument("--population", type=int, default=48)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--sequences", type=int, default=16)
    parser.add_argument("--test-steps", type=int, default=5000)
    parser.add_argument("--test-sequences", type=int, default=20, help="batches of 8 sequences")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blind", action="store_true", help="also a policy that does not see its losses")
    options = parser.parse_args()
    with h5py.File(options.results) as file:
        rows = file["runs"][:]
    dataset = np.load(options.dataset)
    training, test, weak = sorted_rewards(dataset, "tr"), sorted_rewards(dataset, "ts"), dataset["wcost_ts"].mean()
    kinds = [("learned", True)] + ([("blind", False)] if options.blind else [])
    names = ["isolated", "hierarchical", "smart"]
    print("devices  " + "".join(f"{name:>14}" for name in names) + "".join(f"{name:>22}" for name, _ in kinds))
    for devices in options.devices:
        switch = integers(options.rate, options.depth * devices)
        here = rows[np.isclose(rows["rate"], options.rate) & np.isclose(rows["depth"], options.depth)
                    & (rows["devices_count"] == devices)]
        line = f"{devices:7}  " + "".join(
            f"{here[0][name + '_loss']:14.6f}" if len(here) else f"{'-':>14}" for name in names)
        for _, sees in kinds:
            weights = train(training, switch, options.rate, devices, options, sees)
            loss, error = evaluate(weights, test, weak, switch, options.rate, devices, options, sees)
            line += f"{loss:12.6f} ± {error:.6f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
