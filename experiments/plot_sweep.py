#!/usr/bin/env python3
"""Draws the losses of a results file: one panel per value of one swept setting, the other swept setting on x.

    experiments/plot_sweep.py results/quickstart.h5 -o quickstart.svg --x rate --panels depth

Bars are 95 % intervals over the test sequences. Where several runs share an x (other seeds, say), the point is
their mean and the bar goes from the lowest to the highest. Needs h5py, numpy and matplotlib.
"""
import argparse

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

STYLES = {
    "weak": ("0.6", ":", "weak only"),
    "baseline": ("tab:orange", "--", "baseline"),
    "mdp": ("tab:green", "-.", "MDP"),
    "dqn": ("tab:blue", "-", "DQN"),
    "lower_bound": ("0.3", ":", "bound without a bucket"),
    "clairvoyant": ("tab:red", ":", "all rewards known"),
    "clairvoyant_metric": ("tab:purple", ":", "all metrics known"),
}


def shown(value):
    """A setting's value as people read it: texts are stored as bytes."""
    return value.decode() if isinstance(value, bytes) else f"{value:g}"


def points(rows, x, policy):
    """x values in ascending order, and of the policy: mean loss, and how far the bar goes below and above it."""
    values = np.unique(rows[x])
    means, below, above = [], [], []
    for value in values:
        here = rows[rows[x] == value]
        loss = here[f"{policy}_loss"]
        mean = loss.mean()
        interval = 1.96 * np.nan_to_num(here[f"{policy}_loss_se"][0])
        means.append(mean)
        # The mean of equal losses may be rounded to either side of them.
        below.append(max(mean - loss.min(), 0) if len(loss) > 1 else interval)
        above.append(max(loss.max() - mean, 0) if len(loss) > 1 else interval)
    return values, np.array(means), np.array([below, above])


def draw_panel(axes, rows, x):
    for policy, (colour, line, label) in STYLES.items():
        if f"{policy}_loss" not in rows.dtype.names:
            continue
        done = rows[np.isfinite(rows[f"{policy}_loss"])]
        if len(done) == 0:
            continue
        values, means, bars = points(done, x, policy)
        places = [shown(value) for value in values] if values.dtype.kind == "S" else values
        axes.errorbar(places, means, yerr=bars, color=colour, linestyle=line, marker=".", capsize=2, label=label)
    axes.set_xlabel(x.replace("_", " "))
    axes.grid(alpha=0.3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("-o", "--output", required=True, help="picture to write (.svg, .png, .pdf)")
    parser.add_argument("--x", default="rate", help="swept setting on the x axis")
    parser.add_argument("--panels", default="depth", help="swept setting with a panel for each value")
    parser.add_argument("--loss", default="top-5 loss", help="what the dataset's costs are [top-5 loss]")
    arguments = parser.parse_args()
    with h5py.File(arguments.results) as file:
        runs = file["runs"][:]
    for name in (arguments.x, arguments.panels):
        if name not in runs.dtype.names:
            parser.error(f"{arguments.results} has no setting {name}")
    if len(runs) == 0:
        parser.error(f"{arguments.results} has no finished run")
    values = np.unique(runs[arguments.panels])
    figure, panels = plt.subplots(1, len(values), sharey=True, squeeze=False, figsize=(0.8 + 3.4 * len(values), 3.4))
    for axes, value in zip(panels[0], values):
        draw_panel(axes, runs[runs[arguments.panels] == value], arguments.x)
        axes.set_title(f"{arguments.panels.replace('_', ' ')} {shown(value)}")
    panels[0][0].set_ylabel(f"average {arguments.loss}")
    panels[0][-1].legend(fontsize=8)
    figure.tight_layout()
    plt.rcParams["svg.hashsalt"] = "edgesweep"
    figure.savefig(arguments.output, metadata={"Date": None} if arguments.output.endswith(".svg") else None)


if __name__ == "__main__":
    main()
