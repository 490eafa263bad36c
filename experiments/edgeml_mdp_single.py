"""Figures of one device: losses, statistics of what was offloaded when, and robustness. A row of panels for each cost."""

import matplotlib.pyplot as plt
import numpy as np

from edgeml_mdp_points import Curve, at, by_cost, curve, depths_of, plot, spread, title_of

RATES = [0.05, 0.1, 0.25, 0.5]
PERCENTILES = 200


def draw_losses(rows):
    """Loss against rate for depths, and against depth for rates."""
    costs = by_cost(rows)
    figure, panels = plt.subplots(len(costs), 2, figsize=(12, 4 * len(costs)), squeeze=False, sharey="row")
    for (left, right), (cost, own) in zip(panels, costs):
        for name, style, label in [("weak", "--", "weak only"), ("strong", "-.", "strong only"), ("lower_bound", ":", "bound")]:
            plot(left, curve(own, "rate", f"{name}_loss"), style, color="0.4", label=label)
        for number, depth in enumerate(depths_of(own)):
            line = curve(at(own, depth=depth), "rate", "mdp_loss")
            plot(left, line, ".-", color=f"C{number}", label=f"MDP, depth {depth:g}")
        for number, rate in enumerate(RATES):
            here = at(own, rate=rate)
            if len(here) == 0:
                continue
            plot(right, curve(here, "depth", "mdp_loss"), ".-", color=f"C{number}", label=f"MDP, rate {rate:g}")
            plot(right, curve(here, "depth", "baseline_loss"), ".--", color=f"C{number}", label=f"baseline, rate {rate:g}")
            plot(right, curve(here, "depth", "lower_bound_loss"), ":", color=f"C{number}")
        left.set(xlabel="token rate", ylabel="average loss", title=title_of(cost, own))
        right.set(xlabel="bucket depth (dotted: bound)")
        for axes in (left, right):
            axes.grid(alpha=0.3)
    for axes in panels[0]:
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    return figure


def smoothed(sums, counts, width):
    """Ratio of two moving sums."""
    ones = np.ones(width)
    return np.convolve(sums, ones, "valid") / np.maximum(np.convolve(counts, ones, "valid"), 1)


def offload_share(counted):
    """Share of its draws in which an image was offloaded, at evenly spaced percentiles of the metric."""
    draws = counted["draws_by_rank"][:]
    share = smoothed(counted["mdp"]["offloads_by_rank"][:], draws, max(len(draws) // 100, 1))
    return np.interp(np.linspace(0, 1, PERCENTILES), np.linspace(0, 1, len(share)), share)


def with_statistics(file, rows):
    """(row, its statistics) of the rows that have some: one a fold."""
    kept = file.get("statistics", {})
    return [(row, kept[row["id"].decode()]) for row in rows if row["id"].decode() in kept]


def draw_statistics_of(file, rows, panels):
    """Threshold by tokens, offload frequency by metric, and occupancy."""
    policies = file["policies"][:]
    for number, depth in enumerate(depths_of(rows)):
        folds = with_statistics(file, at(rows, depth=depth))
        if not folds:
            continue
        looks = {"color": f"C{number}", "label": f"depth {depth:g}"}
        own = [policies[(policies["run"] == row["id"]) & (policies["policy"] == b"mdp")] for row, _ in folds]
        plot(panels[0], Curve(own[0]["tokens"], *spread([table["threshold"] for table in own])), ".-", markersize=3, **looks)
        shares = spread([offload_share(counted) for _, counted in folds])
        plot(panels[1], Curve(np.linspace(0, 100, PERCENTILES), *shares), **looks)
        occupancies = [counted["mdp"]["occupancy"][:] for _, counted in folds]
        first = folds[0][0]
        tokens = (first["bucket_refill"] + np.arange(len(occupancies[0]))) / first["bucket_cost"]
        relative = spread([occupancy / occupancy.max() for occupancy in occupancies])
        plot(panels[2], Curve(tokens, *relative), ".-", markersize=3, **looks)


def draw_statistics(file, rows, cost):
    """Of one cost, a row of panels for each rate."""
    rates = [rate for rate in RATES if len(at(rows, rate=rate))]
    figure, panels = plt.subplots(len(rates), 3, figsize=(13, 3.2 * len(rates)), squeeze=False)
    for line, rate in zip(panels, rates):
        draw_statistics_of(file, at(rows, rate=rate), line)
        line[0].set(xlabel="tokens", ylabel="threshold on the metric", title=f"{cost}, rate {rate:g}")
        line[1].set(xlabel="metric (percentile)", ylabel="share offloaded", xlim=(max(0, 100 * (1 - 3 * rate)), 100))
        line[2].set(xlabel="tokens", ylabel="occupancy / largest")
        for axes in line:
            axes.grid(alpha=0.3)
            axes.legend(fontsize=7)
    figure.tight_layout()
    return figure


def draw_offload_share(rows):
    """Images offloaded against rate: what the bucket wastes."""
    costs = by_cost(rows)
    figure, panels = plt.subplots(1, len(costs), figsize=(5.5 * len(costs), 4), squeeze=False, sharey=True)
    for axes, (cost, own) in zip(panels[0], costs):
        for number, depth in enumerate(depths_of(own)):
            here = at(own, depth=depth)
            for policy, style, label in [("mdp", ".-", "MDP"), ("baseline", ".--", "baseline")]:
                line = curve(here, "rate", f"{policy}_offload_rate")
                plot(axes, line, style, color=f"C{number}", label=f"{label}, depth {depth:g}")
        places = np.unique(own["rate"])
        axes.plot(places, places, "0.3", label="rate")
        axes.set(xlabel="token rate", ylabel="share of images offloaded", title=title_of(cost, own))
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    return figure


def draw_robustness(rows):
    """Loss against depth for deviations of the training images, a panel a rate; solid MDP, dashed baseline. The folds' band is
    drawn for the MDP without a deviation."""
    costs, rates = by_cost(rows), np.unique(rows["rate"])
    size = (4.5 * len(rates), 4 * len(costs))
    figure, panels = plt.subplots(len(costs), len(rates), figsize=size, squeeze=False)
    deviations = np.unique(rows["training_deviation"])
    colours = plt.get_cmap("coolwarm")(np.linspace(0, 1, len(deviations)))
    for line, (cost, own) in zip(panels, costs):
        for axes, rate in zip(line, rates):
            for deviation, colour in zip(deviations, colours):
                here = at(own, rate=rate, training_deviation=deviation)
                shade = "k" if deviation == 0 else colour
                plot(axes, curve(here, "depth", "mdp_loss"), band=deviation == 0, color=shade, label=f"{deviation:+g} %")
                plot(axes, curve(here, "depth", "baseline_loss"), "--", band=False, color=shade)
            axes.set(xlabel="bucket depth", title=f"{title_of(cost, own)}, rate {rate:g}")
            axes.title.set_fontsize(9)
            axes.grid(alpha=0.3)
        line[0].set_ylabel("average loss (solid MDP, dashed baseline)")
    panels[0][-1].legend(fontsize=7, title="deviation", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    return figure
