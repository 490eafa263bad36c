#!/usr/bin/env python3
"""Draws how a dataset of `edgesweep prepare` maps the weak classifier's entropy to an offloading metric.

    experiments/plot_metric_fit.py dataset.h5 -o metric_fit.svg

Every tenth training image in order of entropy, with its reward of offloading (a little higher or lower, at random, where
rewards are whole numbers, so that many are told from few); the fitted curve, which is the metric; and below, how many
training images have which entropy. Figure 3 of Chakrabarti et al., arXiv:2010.13737, for any pair of classifiers. Needs
h5py, numpy and matplotlib.
"""

import argparse
import json
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

import h5py
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from figure_style import POLICIES, save, use_style

EVERY = 10
BINS = 60
ARRAYS = ("entropy_tr", "wcost_tr", "scost_tr", "fit_entropy", "fit_reward")


def attributes_of(file) -> dict:
    """How the dataset was made; .npz holds it as JSON."""
    if isinstance(file, np.lib.npyio.NpzFile):
        return json.loads(str(file["attributes"]))
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in file.attrs.items()}


def read(path: Path, parser: argparse.ArgumentParser) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays a figure needs, and the file's attributes."""
    with np.load(path) if path.suffix == ".npz" else h5py.File(path) as file:
        missing = [name for name in ARRAYS if name not in file]
        if missing:
            parser.error(f"{path} has no {', '.join(missing)}: not a dataset that `edgesweep prepare` wrote")
        return {name: file[name][:] for name in ARRAYS}, attributes_of(file)


def apart(rewards: np.ndarray) -> np.ndarray:
    """Rewards moved by up to a ninth of their distance, if they are few values: the same at every call."""
    values = np.unique(rewards)
    if len(values) < 2 or len(values) > 30:
        return rewards
    return rewards + np.diff(values).min() / 9 * np.random.default_rng(0).uniform(-1, 1, len(rewards))


def draw_fit(axes: Axes, data: dict[str, np.ndarray], attributes: dict) -> None:
    order = np.argsort(data["entropy_tr"], kind="stable")[::EVERY]
    rewards = (data["wcost_tr"] - data["scost_tr"])[order]
    axes.plot(data["entropy_tr"][order], apart(rewards), ".", color=POLICIES["weak"].colour, markersize=3, alpha=0.6,
              rasterized=len(order) > 5000, label=f"reward of every {EVERY}th training image")  # fmt: skip
    axes.plot(data["fit_entropy"], data["fit_reward"], color=POLICIES["dqn"].colour, linewidth=2,
              label=f"offloading metric (bandwidth {attributes['bandwidth_share']:.3f} of the range)")  # fmt: skip
    axes.set_ylabel(f"reward of offloading ({attributes['cost']})")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def draw_histogram(axes: Axes, entropies: np.ndarray) -> None:
    axes.hist(entropies, bins=BINS, color=POLICIES["weak"].colour)
    axes.set_yscale("log")
    axes.set_ylabel("training images")
    axes.set_xlabel("entropy of the calibrated weak classifier (nats)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="dataset of edgesweep prepare (.h5, .npz)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write (.svg, .png, .pdf)")
    arguments = parser.parse_args()
    use_style()
    data, attributes = read(arguments.dataset, parser)
    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(6.4, 4.8), height_ratios=[3, 1], layout="constrained")
    draw_fit(above, data, attributes)
    draw_histogram(below, data["entropy_tr"])
    save(figure, arguments.output, "From entropy to offloading metric")


if __name__ == "__main__":
    main()
