"""Figures of one device: losses, statistics of what was offloaded when, and robustness. A row of panels for each cost."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curves import Curve, at, curve, mean_and_range, values_of
from edgeml_mdp_points import by_cost, depths_of, title_of
from figure_style import POLICIES, SOFT, draw_curve
from results_file import Results, Row

RATES = (0.05, 0.1, 0.25, 0.5)
PERCENTILES = 200
MARKED = {"linestyle": "-", "marker": ".", "markersize": 3}
DASHED = {"linestyle": "--", "marker": ".", "markersize": 3}


def _outside_legend(axes: Axes, **options) -> None:
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), **options)


def draw_losses(rows: list[Row]) -> Figure:
    """Loss against rate for depths, and against depth for rates."""
    costs = by_cost(rows)
    figure, panels = plt.subplots(len(costs), 2, figsize=(12, 4 * len(costs)), squeeze=False, sharey="row", layout="constrained")
    for (left, right), (cost, own) in zip(panels, costs):
        for name, line in (("weak", "--"), ("strong", "-."), ("lower_bound", ":")):
            draw_curve(left, curve(own, "rate", f"{name}_loss"), linestyle=line, color=SOFT, label=POLICIES[name].label)
        for number, depth in enumerate(depths_of(own)):
            line = curve(at(own, depth=depth), "rate", "mdp_loss")
            draw_curve(left, line, color=f"C{number}", label=f"MDP, depth {depth:g}", **MARKED)
        for number, rate in enumerate(RATES):
            here = at(own, rate=rate)
            looks = {"color": f"C{number}"}
            draw_curve(right, curve(here, "depth", "mdp_loss"), label=f"MDP, rate {rate:g}", **looks, **MARKED)
            draw_curve(right, curve(here, "depth", "baseline_loss"), label=f"baseline, rate {rate:g}", **looks, **DASHED)
            draw_curve(right, curve(here, "depth", "lower_bound_loss"), linestyle=":", **looks)
        left.set(xlabel="token rate", ylabel="average loss", title=title_of(cost, own))
        right.set(xlabel="bucket depth (dotted: bound)")
    for axes in panels[0]:
        _outside_legend(axes)
    return figure


def _smoothed(sums: np.ndarray, counts: np.ndarray, width: int) -> np.ndarray:
    """Ratio of two moving sums."""
    ones = np.ones(width)
    return np.convolve(sums, ones, "valid") / np.maximum(np.convolve(counts, ones, "valid"), 1)


def _offload_share(counted: dict[str, np.ndarray]) -> np.ndarray:
    """Share of its draws in which an image was offloaded, at evenly spaced percentiles of the metric."""
    draws = counted["draws_by_rank"]
    share = _smoothed(counted["offloads_by_rank"], draws, max(len(draws) // 100, 1))
    return np.interp(np.linspace(0, 1, PERCENTILES), np.linspace(0, 1, len(share)), share)


def _draw_statistics_of(results: Results, thresholds: list[Row], rows: list[Row], panels) -> None:
    """Threshold by tokens, offload frequency by metric, and occupancy, each of a depth."""
    for number, depth in enumerate(depths_of(rows)):
        folds = [(run, results.statistics(run, "mdp")) for run in at(rows, depth=depth)]
        folds = [(run, counted) for run, counted in folds if counted]
        if not folds:
            continue
        looks = {"color": f"C{number}", "label": f"depth {depth:g}"}
        tables = [[row for row in thresholds if row["run"] == run["id"]] for run, _ in folds]
        tokens = np.array([row["tokens"] for row in tables[0]])
        values = [[row["threshold"] for row in table] for table in tables]
        draw_curve(panels[0], Curve(tokens, *mean_and_range(values)), **looks, **MARKED)
        shares = mean_and_range([_offload_share(counted) for _, counted in folds])
        draw_curve(panels[1], Curve(np.linspace(0, 100, PERCENTILES), *shares), **looks)
        occupancies = [counted["occupancy"] / counted["occupancy"].max() for _, counted in folds]
        first = folds[0][0]
        tokens = (first["bucket_refill"] + np.arange(len(occupancies[0]))) / first["bucket_cost"]
        draw_curve(panels[2], Curve(tokens, *mean_and_range(occupancies)), **looks, **MARKED)


def draw_statistics(results: Results, rows: list[Row], cost: str) -> Figure:
    """Of one cost, a row of panels for each rate."""
    thresholds = [row for row in results.table("policies") if row["policy"] == "mdp"]
    rates = [rate for rate in RATES if at(rows, rate=rate)]
    figure, panels = plt.subplots(len(rates), 3, figsize=(13, 3.2 * len(rates)), squeeze=False, layout="constrained")
    for line, rate in zip(panels, rates):
        _draw_statistics_of(results, thresholds, at(rows, rate=rate), line)
        line[0].set(xlabel="tokens", ylabel="threshold on the metric", title=f"{cost}, rate {rate:g}")
        line[1].set(xlabel="metric (percentile)", ylabel="share offloaded", xlim=(max(0, 100 * (1 - 3 * rate)), 100))
        line[2].set(xlabel="tokens", ylabel="occupancy / largest")
        for axes in line:
            axes.legend()
    return figure


def draw_offload_share(rows: list[Row]) -> Figure:
    """Images offloaded against rate: what the bucket wastes."""
    costs = by_cost(rows)
    size = (5.5 * len(costs), 4)
    figure, panels = plt.subplots(1, len(costs), figsize=size, squeeze=False, sharey=True, layout="constrained")
    for axes, (cost, own) in zip(panels[0], costs):
        for number, depth in enumerate(depths_of(own)):
            for policy, marked in (("mdp", MARKED), ("baseline", DASHED)):
                line = curve(at(own, depth=depth), "rate", f"{policy}_offload_rate")
                draw_curve(axes, line, color=f"C{number}", label=f"{POLICIES[policy].label}, depth {depth:g}", **marked)
        places = values_of(own, "rate")
        axes.plot(places, places, color=SOFT, label="rate")
        axes.set(xlabel="token rate", ylabel="share of images offloaded", title=title_of(cost, own))
        axes.legend()
    return figure


def draw_robustness(rows: list[Row]) -> Figure:
    """Loss against depth for deviations of the training images, a panel a rate; solid MDP, dashed baseline. The folds' band is
    drawn for the MDP without a deviation."""
    costs, rates = by_cost(rows), values_of(rows, "rate")
    size = (4.5 * len(rates), 4 * len(costs))
    figure, panels = plt.subplots(len(costs), len(rates), figsize=size, squeeze=False, layout="constrained")
    deviations = values_of(rows, "training_deviation")
    colours = plt.get_cmap("coolwarm")(np.linspace(0, 1, len(deviations)))
    for line, (cost, own) in zip(panels, costs):
        for axes, rate in zip(line, rates):
            for deviation, colour in zip(deviations, colours):
                here = at(own, rate=rate, training_deviation=deviation)
                shade = "k" if deviation == 0 else colour
                label = f"{deviation:+g} %"
                draw_curve(axes, curve(here, "depth", "mdp_loss"), band=deviation == 0, color=shade, label=label)
                draw_curve(axes, curve(here, "depth", "baseline_loss"), band=False, color=shade, linestyle="--")
            axes.set(xlabel="bucket depth", title=f"{title_of(cost, own)}, rate {rate:g}")
        line[0].set_ylabel("average loss (solid MDP, dashed baseline)")
    _outside_legend(panels[0][-1], title="deviation")
    return figure
