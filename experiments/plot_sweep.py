#!/usr/bin/env python3
"""Draws the losses of a results file: one panel per value of one swept setting, the other swept setting on x.

    experiments/plot_sweep.py results/quickstart.h5 -o quickstart.svg --x rate --panels depth

Bars are 95 % intervals over the test sequences. Where several runs share an x (other seeds, say), the point is
their mean and the bar goes from the lowest to the highest. Needs h5py, numpy and matplotlib.
"""

import argparse
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np

import drawing_packages  # noqa: F401, before the packages it asks for
from figure_style import POLICIES, label_line_ends, save, use_style


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
    """Draws each policy that has losses; returns where its line ends."""
    ends = {}
    for policy, style in POLICIES.items():
        if f"{policy}_loss" not in rows.dtype.names:
            continue
        done = rows[np.isfinite(rows[f"{policy}_loss"])]
        if len(done) == 0:
            continue
        values, means, bars = points(done, x, policy)
        places = [shown(value) for value in values] if values.dtype.kind == "S" else values
        axes.errorbar(places, means, yerr=bars, color=style.colour, linestyle=style.line, marker=style.marker,
                      markersize=4, elinewidth=0.9, capsize=2 if style.marker else 0,
                      zorder=style.order + 10)  # fmt: skip
        ends[policy] = (axes.convert_xunits(places[-1]), means[-1])
    axes.set_xlabel(x.replace("_", " "))
    return ends


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write (.svg, .png, .pdf)")
    parser.add_argument("--x", default="rate", help="swept setting on the x axis")
    parser.add_argument("--panels", default="depth", help="swept setting with a panel for each value")
    parser.add_argument("--loss", default="top-5 loss", help="what the dataset's costs are [top-5 loss]")
    parser.add_argument(
        "--without", nargs="*", default=["strong"], metavar="POLICY", help="policies not to draw [strong]"
    )
    arguments = parser.parse_args()
    with h5py.File(arguments.results) as file:
        runs = file["runs"][:]
    for name in (arguments.x, arguments.panels):
        if name not in runs.dtype.names:
            parser.error(f"{arguments.results} has no setting {name}")
    if len(runs) == 0:
        parser.error(f"{arguments.results} has no finished run")
    for policy in arguments.without:
        if f"{policy}_loss" in runs.dtype.names:
            runs[f"{policy}_loss"] = np.nan
    use_style()
    values = np.unique(runs[arguments.panels])
    size = (0.8 + 3.2 * len(values), 3.2)
    figure, panels = plt.subplots(1, len(values), sharey=True, squeeze=False, figsize=size, layout="constrained")
    for axes, value in zip(panels[0], values):
        ends = draw_panel(axes, runs[runs[arguments.panels] == value], arguments.x)
        axes.set_title(f"{arguments.panels.replace('_', ' ')} {shown(value)}")
    panels[0][0].set_ylabel(f"average {arguments.loss}")
    figure.canvas.draw()
    label_line_ends(panels[0][-1], ends)
    save(figure, arguments.output, "Average losses")


if __name__ == "__main__":
    main()
