"""Figures of many devices behind a switch."""

import matplotlib.pyplot as plt
import numpy as np

from edgeml_mdp_points import at, by_cost, curve, plot, title_of

STRATEGIES = {
    "isolated": ("tab:blue", ".-", "isolated"),
    "hierarchical": ("tab:orange", ".-", "hierarchical"),
    "smart": ("tab:green", ".-", "smart switch"),
    "lower_bound": ("0.3", ".:", "bound without a bucket"),
}


def draw_devices(rows):
    """Loss against the number of devices for the strategies, a panel a rate and depth, rows of panels for each cost."""
    rates = np.unique(rows["rate"])
    lines = [(cost, own, depth) for cost, own in by_cost(rows) for depth in np.unique(own["depth"])]
    size = (4 * len(rates), 3.3 * len(lines))
    figure, panels = plt.subplots(len(lines), len(rates), figsize=size, squeeze=False)
    for row, (cost, own, depth) in zip(panels, lines):
        for axes, rate in zip(row, rates):
            here = at(own, rate=rate, depth=depth)
            for name, (colour, style, label) in STRATEGIES.items():
                if f"{name}_loss" in rows.dtype.names and len(here):
                    plot(axes, curve(here, "devices_count", f"{name}_loss"), style, color=colour, label=label)
            axes.set_title(f"{title_of(cost, own)}\nrate {rate:g}, depth {depth:g} for each device", fontsize=9)
            axes.grid(alpha=0.3)
        row[0].set_ylabel("average loss")
    for axes in panels[-1]:
        axes.set_xlabel("devices")
    panels[0][0].legend(fontsize=7)
    figure.tight_layout()
    return figure


def draw_search(file, rows, cost):
    """Training reward of the hierarchical devices' buckets, as far as simulated to the end; a cross is the best. Of the first
    fold of a cost."""
    counts = [count for count in [2, 4, 8] if count in rows["devices_count"]] or list(np.unique(rows["devices_count"]))[:3]
    rates = np.unique(rows["rate"])
    depth = np.unique(rows["depth"])[0]
    figure, panels = plt.subplots(len(counts), len(rates), figsize=(4 * len(rates), 3 * len(counts)), squeeze=False)
    searches = file["searches"][:]
    for line, count in zip(panels, counts):
        for axes, rate in zip(line, rates):
            here = at(rows, rate=rate, depth=depth, devices_count=count)
            points = searches[searches["run"] == here[0]["id"]] if len(here) else searches[:0]
            if len(points) == 0:
                continue
            image = axes.scatter(points["depth"], points["rate"], c=points["reward"], marker="s", s=14)
            best = points[np.argmax(points["reward"])]
            axes.plot(best["depth"], best["rate"], "rx")
            figure.colorbar(image, ax=axes)
            axes.set_title(f"{cost}: {count} devices, share ({rate:g}, {depth:g})", fontsize=9)
        line[0].set_ylabel("rate of a device")
    for axes in panels[-1]:
        axes.set_xlabel("depth of a device")
    figure.tight_layout()
    return figure
