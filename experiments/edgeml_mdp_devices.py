"""Figures of many devices behind a switch."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from curves import at, curve, values_of
from edgeml_mdp_points import by_cost, title_of
from figure_style import POLICIES, draw_curve
from results_file import Results, Row

STRATEGIES = ("isolated", "hierarchical", "smart", "dqn", "lower_bound")


def draw_devices(rows: list[Row]) -> Figure:
    """Loss against the number of devices for the strategies, a panel a rate and depth, rows of panels for each cost."""
    rates = values_of(rows, "rate")
    lines = [(cost, own, depth) for cost, own in by_cost(rows) for depth in values_of(own, "depth")]
    size = (4 * len(rates), 3.3 * len(lines))
    figure, panels = plt.subplots(len(lines), len(rates), figsize=size, squeeze=False, layout="constrained")
    for row, (cost, own, depth) in zip(panels, lines):
        for axes, rate in zip(row, rates):
            here = at(own, rate=rate, depth=depth)
            for name in STRATEGIES:
                style = POLICIES[name]
                draw_curve(axes, curve(here, "devices_count", f"{name}_loss"), color=style.colour, linestyle=style.line,
                           marker=style.marker, label=style.label)  # fmt: skip
            axes.set_title(f"{title_of(cost, own)}\nrate {rate:g}, depth {depth:g} for each device")
        row[0].set_ylabel("average loss")
    for axes in panels[-1]:
        axes.set_xlabel("devices")
    panels[0][0].legend()
    return figure


def draw_search(results: Results, rows: list[Row], cost: str) -> Figure:
    """Training reward of the hierarchical devices' buckets, as far as simulated to the end; a cross is the best. Of the first
    fold of a cost."""
    there = values_of(rows, "devices_count")
    counts = [count for count in (2, 4, 8) if count in there] or there[:3]
    rates = values_of(rows, "rate")
    depth = values_of(rows, "depth")[0]
    size = (4 * len(rates), 3 * len(counts))
    figure, panels = plt.subplots(len(counts), len(rates), figsize=size, squeeze=False, layout="constrained")
    points: dict[str, list[Row]] = {}
    for point in results.table("searches"):
        points.setdefault(point["run"], []).append(point)
    for line, count in zip(panels, counts):
        for axes, rate in zip(line, rates):
            here = at(rows, rate=rate, depth=depth, devices_count=count)
            tried = points.get(here[0]["id"], []) if here else []
            if not tried:
                continue
            depths, tried_rates, rewards = zip(*((point["depth"], point["rate"], point["reward"]) for point in tried))
            image = axes.scatter(depths, tried_rates, c=rewards, marker="s", s=14)
            best = max(tried, key=lambda point: point["reward"])
            axes.plot(best["depth"], best["rate"], "rx")
            figure.colorbar(image, ax=axes)
            axes.set_title(f"{cost}: {count} devices, share ({rate:g}, {depth:g})")
        line[0].set_ylabel("rate of a device")
    for axes in panels[-1]:
        axes.set_xlabel("depth of a device")
    return figure
