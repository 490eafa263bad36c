"""Figures that show losses: 5a, 5b, 6, 8, 9 and 11. Ours with markers, the published curves as thin lines behind."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curves import Curve, Point, curve, mean_and_range
from figure_style import POLICIES, draw_curve, label_line_ends
from paper import LossFigure, Panel, Published
from results_file import Results, Row

CAPTION = (
    "Markers: this sweep; thin lines: the paper, its level corrected (published \N{MINUS SIGN} weak loss of its "
    "sequence + mean weak loss of all test images)."
)


@dataclass(frozen=True)
class DrawnPanel:
    panel: Panel
    curves: dict[str, Curve]
    published: dict[str, tuple[np.ndarray, np.ndarray]]


def _recipe(row: Row, x: str, settings: list[str]) -> tuple:
    """Settings of training and testing; runs of one curve have them in common. Files differ along it."""
    names = [name for name in settings if name.startswith(("dqn_", "mdp_", "test_", "math"))]
    return tuple((name, str(row[name])) for name in names if name in row and name != x and not name.endswith("_file"))


def one_recipe(rows: list[Row], x: str, settings: list[str], tell) -> list[Row]:
    """The runs of the recipe that has most of them: a curve compares points, not ways to train."""
    if not rows:
        return rows
    counts = Counter(_recipe(row, x, settings) for row in rows)
    kept = counts.most_common(1)[0][0]
    if len(counts) > 1:
        other = next(recipe for recipe in counts if recipe != kept)
        names = sorted({mine[0] for mine, theirs in zip(kept, other) if mine != theirs})
        tell(f"runs differ in {', '.join(names)}; drawn are the {counts[kept]} of the most frequent kind")
    return [row for row in rows if _recipe(row, x, settings) == kept]


def seeds_point(results: Results, policy: str, rows: list[Row], column: str) -> Point:
    """A loss and its interval over seeds: the interquartile mean and bootstrap interval of /summary, if it has one."""
    summary = results.summary_of(rows[0], policy) if len(rows) > 1 else None
    if summary and np.isfinite(summary["loss_low"]):
        return summary["loss_interquartile_mean"], summary["loss_low"], summary["loss_high"]
    return mean_and_range([row[column] for row in rows])


def loss_curve(rows: list[Row], figure: LossFigure, policy: str, results: Results) -> Curve | None:
    """Of a policy, on the figure's axis."""
    line = curve(rows, figure.x, f"{policy}_loss", partial(seeds_point, results, policy))
    return line and replace(line, x=np.array([figure.scaled(place) for place in line.x]))


def loss_panels(figure: LossFigure, results: Results, published: Published, tell) -> list[DrawnPanel]:
    """The figure's panels that have runs; `tell` gets a message for what is missing or left out."""
    drawn = []
    for panel in figure.panels:
        found = results.of_experiment(figure.experiment, figure.settings | panel.settings)
        rows = one_recipe(found, figure.x, results.settings, tell)
        curves = {policy: loss_curve(rows, figure, policy, results) for policy in figure.policies}
        curves = {policy: line for policy, line in curves.items() if line is not None}
        if not curves:
            tell(f"no run with {panel.title or 'its settings'}: panel left out")
            continue
        level = next((row["weak_loss"] for row in rows if math.isfinite(row.get("weak_loss", math.nan))), None)
        if level is None:
            tell("the policy weak, which gives the level, is in no run: published curves left out")
        theirs = published.curves(figure.name, panel.letter, level) if level is not None else {}
        shown = {place for line in curves.values() for place in np.round(line.x, 3)}
        wanted = {place for x, _ in theirs.values() for place in np.round(x, 3)}
        if wanted - shown:
            tell(f"{panel.title}: {len(wanted - shown)} of the paper's {len(wanted)} points are not in the results")
        drawn.append(DrawnPanel(panel, curves, theirs))
    return drawn


def _limits(axes: Axes, drawn: DrawnPanel, paper: tuple | None) -> None:
    """The paper's limits, widened where a curve of ours would leave them. Only what knows all rewards may: it lies
    so far below that the others would lie on top of each other."""
    ours = [line for policy, line in drawn.curves.items() if policy != "clairvoyant"] or list(drawn.curves.values())
    lines = (
        [(line.x, line.low) for line in ours] + [(line.x, line.high) for line in ours] + list(drawn.published.values())
    )
    x, y = (np.concatenate([line[axis] for line in lines]) for axis in (0, 1))
    margins = [(values.min(), values.max(), 0.05 * (np.ptp(values) or 1)) for values in (x, y)]
    x_low, x_high, y_low, y_high = [end for low, high, more in margins for end in (low - more, high + more)]
    if paper:
        x_low, x_high = min(paper[0], x.min()), max(paper[1], x.max())
        y_low = paper[2] if y.min() >= paper[2] else y_low
        y_high = paper[3] if y.max() <= paper[3] else y_high
    axes.set_xlim(x_low, x_high)
    axes.set_ylim(y_low, y_high)


def draw_panel(axes: Axes, figure: LossFigure, drawn: DrawnPanel, published: Published) -> None:
    for policy, (x, loss) in drawn.published.items():
        style = POLICIES.get(policy)
        if style:
            axes.plot(x, loss, color=style.colour, linewidth=0.7, alpha=0.75, zorder=style.order)
    for policy, line in drawn.curves.items():
        style = POLICIES[policy]
        draw_curve(axes, line, order=style.order + 10, color=style.colour, linestyle=style.line, marker=style.marker,
                   linewidth=1.5 if style.marker else 1.2, markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    _limits(axes, drawn, published.limits.get((figure.name, drawn.panel.letter)))
    axes.set_title(drawn.panel.title)
    axes.set_xlabel(figure.x_label)
    axes.locator_params(axis="y", nbins=7)
    axes.ticklabel_format(axis="y", useOffset=False)
    if figure.x == "depth":
        axes.set_xticks([1, 5, 10, 15, 20])


def _label(axes: Axes, drawn: DrawnPanel, labels: dict[str, str] | None = None) -> None:
    ends = {policy: (line.x[-1], line.mean[-1]) for policy, line in drawn.curves.items()}
    low, high = axes.get_ylim()
    label_line_ends(axes, {policy: end for policy, end in ends.items() if low <= end[1] <= high}, labels)


def loss_figure(figure: LossFigure, panels: list[DrawnPanel], published: Published) -> Figure:
    """All panels side by side; policies are named at the right."""
    width = 0.9 + 3.0 * len(panels) if len(panels) > 1 else 5.4
    drawing, places = plt.subplots(1, len(panels), figsize=(width, 3.1), squeeze=False, layout="constrained")
    for axes, panel in zip(places[0], panels):
        draw_panel(axes, figure, panel, published)
    places[0][0].set_ylabel("average top-5 loss")
    drawing.canvas.draw()
    _label(places[0][-1], panels[-1])
    return drawing


def panel_figure(figure: LossFigure, drawn: DrawnPanel, published: Published) -> Figure:
    """One panel alone, for pages that put panels beside or below each other. All have one size."""
    drawing = plt.figure(figsize=(3.5, 2.75))
    axes = drawing.add_axes((0.115, 0.165, 0.67, 0.735))
    draw_panel(axes, figure, drawn, published)
    _label(axes, drawn, {"lower_bound": "bound", "clairvoyant": "all rewards", "clairvoyant_metric": "all metrics"})
    return drawing
