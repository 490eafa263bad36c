"""Figures that show which images are offloaded: 7a, 7b, 10a, 10b and E. A point is an image at its time slot."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figure_style import INK, SOFT, TRACE_MARKS
from paper import Published, TraceFigure
from results_file import Results, Row

PUBLISHED_COLUMNS = {"E": ("offloaded_by_dqn_correlated", "offloaded_by_dqn_iid")}


@dataclass(frozen=True)
class Trace:
    """Images in order: time slot, metric (of the dataset, not normalised), whether each of two policies offloads it.
    The published decisions are there where the paper's images are the same ones."""

    time: np.ndarray
    metric: np.ndarray
    first: np.ndarray
    second: np.ndarray
    published: tuple[np.ndarray, np.ndarray] | None


def _run_with_trace(results: Results, experiment: str, settings: Row, like: np.ndarray | None = None) -> Row | None:
    """The first run of these settings with a stored trace (of the images `like`, if given)."""
    for run in results.of_experiment(experiment, settings):
        if results.has_trace(run) and (like is None or np.array_equal(results.trace(run, [])["index"], like)):
            return run
    return None


def trace_of(figure: TraceFigure, results: Results, published: Published) -> Trace | None:
    settings, second_settings = figure.settings
    run = _run_with_trace(results, figure.experiment, settings)
    if run is None:
        return None
    mine = results.trace(run, ["dqn", "mdp"])
    other = mine
    if second_settings is not None:
        second = _run_with_trace(results, figure.experiment, second_settings, mine["index"])
        other = results.trace(second, ["dqn"]) if second else {}
    if "dqn/offload" not in mine or f"{figure.second}/offload" not in other:
        return None
    images = min(len(mine["index"]), 1000)
    theirs = published.trace(figure.name)
    decisions = None
    long_enough = theirs is not None and len(theirs["time"]) >= images
    if long_enough and np.array_equal(theirs["test_metric_rank"][:images], mine["index"][:images]):
        columns = PUBLISHED_COLUMNS.get(figure.name, ("offloaded_by_dqn", "offloaded_by_mdp"))
        decisions = tuple(theirs[column][:images].astype(bool) for column in columns)
    time = np.concatenate([[0], np.cumsum(mine["gap"][: images - 1])])
    metric = mine["metric"][:images] * run["metric_deviation"] + run["metric_mean"]
    first, second = (part[:images].astype(bool) for part in (mine["dqn/offload"], other[f"{figure.second}/offload"]))
    return Trace(time, metric, first, second, decisions)


def fall(trace: Trace, chosen: np.ndarray, change: int) -> float:
    """By how much the mean metric of offloaded images is lower from slot `change` on, as a share of that before."""
    parts = [trace.metric[chosen & part] for part in (trace.time < change, trace.time >= change)]
    return 1 - parts[1].mean() / parts[0].mean() if all(len(part) for part in parts) else np.nan


def _falls(figure: TraceFigure, trace: Trace) -> str:
    """What figure E is about: slower arrivals leave tokens for images of lower metric."""
    decisions = (trace.first, trace.second, *trace.published)
    falls = [fall(trace, chosen, figure.change) for chosen in decisions]
    if not np.all(np.isfinite(falls)):
        return ""
    shown = [f"{value:.1%}" for value in falls]
    return (
        f" From slot {figure.change} on, the mean metric of offloaded images falls by {shown[0]} and {shown[1]}, in "
        f"the paper by {shown[2]} and {shown[3]}."
    )


def trace_caption(figure: TraceFigure, trace: Trace) -> str:
    """How often we decide as the paper does."""
    if trace.published is None:
        return "Images of this sweep's own test sequence; the paper's were others."
    same = [np.count_nonzero(ours == theirs) for ours, theirs in zip((trace.first, trace.second), trace.published)]
    text = (
        f"The paper's own images. Of {len(trace.time)} decisions, {same[0]} ({figure.labels[0]}) and {same[1]} "
        f"({figure.labels[1]}) are the published ones. Ticks below: who offloads, here and in the paper."
    )
    return text + _falls(figure, trace) if figure.second == "dqn" else text


def second_mark(figure: TraceFigure) -> str:
    """Mark of the second policy: a DQN beside a DQN looks otherwise."""
    return "mdp" if figure.second == "mdp" else "other_dqn"


def _scatter(axes: Axes, trace: Trace, figure: TraceFigure) -> None:
    labels = figure.labels
    kinds = {
        "none": (~trace.first & ~trace.second, "not offloaded"),
        "dqn": (trace.first & ~trace.second, f"{labels[0]} only"),
        second_mark(figure): (~trace.first & trace.second, f"{labels[1]} only"),
        "both": (trace.first & trace.second, "both"),
    }
    for order, (kind, (chosen, label)) in enumerate(kinds.items()):
        colour, marker, size = TRACE_MARKS[kind]
        edge = {} if kind == "none" else {"edgecolors": "white", "linewidths": 0.4}
        if kind == "none":
            edge = {"linewidths": 0}
        axes.scatter(trace.time[chosen], trace.metric[chosen], s=size, c=colour, marker=marker, zorder=3 + order,
                     label=f"{label} ({np.count_nonzero(chosen)})", **edge)  # fmt: skip


def _ticks(axes: Axes, trace: Trace, labels: tuple[str, str], second: str) -> None:
    """Rows of ticks: ours and the paper's decisions of both policies."""
    rows = [(labels[0], trace.first, "dqn"), (labels[1], trace.second, second)]
    if trace.published:
        rows = [
            (f"{labels[0]}", trace.first, "dqn"), ("paper", trace.published[0], "dqn"),
            (f"{labels[1]}", trace.second, second), ("paper", trace.published[1], second),
        ]  # fmt: skip
    for place, (label, chosen, kind) in enumerate(rows):
        alpha = 0.5 if label == "paper" else 1
        axes.vlines(
            trace.time[chosen], -place - 0.38, -place + 0.38, color=TRACE_MARKS[kind][0], linewidth=0.9, alpha=alpha
        )
    axes.set_yticks([-place for place in range(len(rows))], [label for label, _, _ in rows], fontsize=7.5)
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.grid(False)
    axes.spines["left"].set_visible(False)


def trace_figure(figure: TraceFigure, trace: Trace, published: Published) -> Figure:
    rows = 4 if trace.published else 2
    drawing, (axes, ticks) = plt.subplots(
        2, 1, figsize=(9.6, 4.1), sharex=True, height_ratios=(1, 0.09 * rows), layout="constrained"
    )
    short = ("correlated", "independent") if figure.name == "E" else figure.labels
    _scatter(axes, trace, figure)
    _ticks(ticks, trace, short, second_mark(figure))
    paper = published.limits.get((figure.name, "a"))
    if paper:
        axes.set_ylim(min(paper[2], trace.metric.min()), max(paper[3], trace.metric.max()))
    margin = 0.012 * trace.time[-1]
    axes.set_xlim(-margin, trace.time[-1] + margin)
    axes.set_ylabel("offloading metric")
    ticks.set_xlabel("time, slots")
    if figure.change is not None and trace.published:
        for place in (axes, ticks):
            place.axvline(figure.change, color=INK, linewidth=0.9, zorder=2)
        axes.annotate("arrivals slow down", (figure.change, 1), xycoords=("data", "axes fraction"), xytext=(4, -3),
                      textcoords="offset points", va="top", fontsize=7.5, color=SOFT)  # fmt: skip
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, handletextpad=0.2, columnspacing=1.2, borderaxespad=0.1
    )
    return drawing
