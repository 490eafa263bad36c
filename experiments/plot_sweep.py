#!/usr/bin/env python3
"""Draws the losses of a results file: one panel per value of one swept setting, the other swept setting on x.

    experiments/plot_sweep.py results/quickstart.h5 -o quickstart.svg --x rate --panels depth

Bars are 95 % intervals over the test sequences. Where several runs share an x (other seeds, say), the point is
their mean and the bar goes from the lowest to the highest. Needs h5py, numpy and matplotlib.
"""

import argparse
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from curves import Point, curve, mean_and_range, values_of
from figure_style import POLICIES, label_line_ends, save, use_style
from results_file import Results, Row


def shown(value) -> str:
    """A setting's value as people read it."""
    return value if isinstance(value, str) else f"{value:g}"


def point(rows: list[Row], column: str) -> Point:
    """Mean and range of several runs; of one, its 95 % interval over test sequences."""
    mean, low, high = mean_and_range([row[column] for row in rows])
    interval = 1.96 * np.nan_to_num(rows[0][f"{column}_se"]) if len(rows) == 1 else 0
    return mean, low - interval, high + interval


def draw_panel(axes: Axes, rows: list[Row], x: str, policies: list[str]) -> dict[str, tuple[float, float]]:
    """Draws each policy that has losses; returns where its line ends."""
    ends = {}
    for policy in policies:
        line = curve(rows, x, f"{policy}_loss", point)
        if line is None:
            continue
        style = POLICIES[policy]
        axes.errorbar(line.x, line.mean, yerr=[line.mean - line.low, line.high - line.mean], color=style.colour,
                      linestyle=style.line, marker=style.marker, markersize=4, elinewidth=0.9,
                      capsize=2 if style.marker else 0, zorder=style.order + 10)  # fmt: skip
        ends[policy] = (axes.convert_xunits(line.x[-1]), line.mean[-1])
    axes.set_xlabel(x.replace("_", " "))
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="results file(s) of edgesweep run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write (.svg, .png, .pdf)")
    parser.add_argument("--x", default="rate", help="swept setting on the x axis")
    parser.add_argument("--panels", default="depth", help="swept setting with a panel for each value")
    parser.add_argument("--loss", default="top-5 loss", help="what the dataset's costs are [top-5 loss]")
    parser.add_argument(
        "--without", nargs="*", default=["strong"], metavar="POLICY", help="policies not to draw [strong]"
    )
    arguments = parser.parse_args()
    runs = Results(arguments.results).runs
    for name in (arguments.x, arguments.panels):
        if name not in runs[0]:
            parser.error(f"{', '.join(map(str, arguments.results))} has no setting {name}")
    use_style()
    policies = [policy for policy in POLICIES if policy not in arguments.without]
    values = values_of(runs, arguments.panels)
    size = (0.8 + 3.2 * len(values), 3.2)
    figure, panels = plt.subplots(1, len(values), sharey=True, squeeze=False, figsize=size, layout="constrained")
    for axes, value in zip(panels[0], values):
        ends = draw_panel(axes, [run for run in runs if run[arguments.panels] == value], arguments.x, policies)
        axes.set_title(f"{arguments.panels.replace('_', ' ')} {shown(value)}")
    panels[0][0].set_ylabel(f"average {arguments.loss}")
    figure.canvas.draw()
    label_line_ends(panels[0][-1], ends)
    save(figure, arguments.output, "Average losses")


if __name__ == "__main__":
    main()
