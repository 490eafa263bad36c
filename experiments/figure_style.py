"""One look for every picture: colours of policies, fonts, grids, labels at the ends of lines, and how SVG is written.

Colours keep their distance for readers who do not tell red from green, and every policy also has a line and a marker of
its own.
"""

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curves import Curve


@dataclass(frozen=True)
class PolicyStyle:
    label: str
    colour: str
    line: str | tuple
    marker: str
    order: int  # of drawing: the greater lies above


INK, SOFT, GRID = "#1f2933", "#5b6770", "#e4e7eb"
POLICIES = {
    "weak": PolicyStyle("weak only", "#9aa5b1", (0, (1, 2)), "", 1),
    "strong": PolicyStyle("strong only", "#9aa5b1", (0, (1, 2)), "", 1),
    "lower_bound": PolicyStyle("bound without bucket", "#52606d", (0, (1, 1.6)), "", 2),
    "baseline": PolicyStyle("baseline", "#c2570c", (0, (5, 2)), "^", 3),
    "mdp": PolicyStyle("MDP", "#12805c", (0, (6, 1.6, 1.2, 1.6)), "s", 4),
    "clairvoyant_metric": PolicyStyle("clairvoyant, metrics", "#a04bb0", (0, (3, 1.5)), "", 2),
    "clairvoyant": PolicyStyle("clairvoyant, rewards", "#6b3fa0", (0, (1.5, 1)), "", 2),
    "isolated": PolicyStyle("isolated", "#9c6a00", (0, (5, 2)), "^", 3),
    "hierarchical": PolicyStyle("hierarchical", "#12805c", (0, (6, 1.6, 1.2, 1.6)), "s", 4),
    "smart": PolicyStyle("smart switch", "#b5297a", (0, (3, 1.5)), "D", 3),
    "dqn": PolicyStyle("DQN", "#1565c0", "-", "o", 5),
}
# Marks in a trace (colour, marker, size): who offloads.
TRACE_MARKS = {
    "none": ("#cbd2d9", ".", 9),
    "dqn": (POLICIES["dqn"].colour, "o", 22),
    "mdp": (POLICIES["mdp"].colour, "s", 20),
    "other_dqn": ("#b5297a", "s", 20),
    "both": ("#e08a00", "D", 20),
}

SETTINGS = {
    "font.family": "sans-serif",  # an SVG names all of font.sans-serif, so that a reader without the first has another
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": SOFT,
    "axes.edgecolor": "#9aa5b1",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "edgesweep",
    "savefig.facecolor": "white",
}


def use_style() -> None:
    plt.rcParams.update(SETTINGS)


def draw_curve(axes: Axes, curve: Curve | None, band: bool = True, order: float = 2, **looks) -> None:
    """The mean as a line, the range as a band behind it; nothing where there is no curve."""
    if curve is None:
        return
    (line,) = axes.plot(curve.x, curve.mean, zorder=order, **looks)
    if band and curve.has_band:
        axes.fill_between(curve.x, curve.low, curve.high, color=line.get_color(), alpha=0.16, linewidth=0, zorder=order - 0.5)


def spread_out(places: list[float], least: float, low: float, high: float) -> list[float]:
    """Moves labels apart so that neighbours in height are at least `least` from each other, within low..high."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [min(max(place, low), high) for place in places]
    for _ in range(200):
        for below, above in pairwise(order):
            lack = least - (moved[above] - moved[below])
            if lack > 0:
                moved[below] = max(moved[below] - lack / 2, low)
                moved[above] = min(moved[above] + lack / 2, high)
    return moved


def label_line_ends(axes: Axes, ends: dict[str, tuple[float, float]], labels: dict[str, str] | None = None) -> None:
    """Names policies right of the plot, at the height where their lines end, in their colours."""
    if not ends:
        return
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = [to_axes.transform(end)[1] for end in ends.values()]
    least = 12 / (axes.get_window_extent().height / axes.figure.dpi * 72)
    for policy, height in zip(ends, spread_out(heights, least, 0.02, 1.0)):
        style = POLICIES[policy]
        text = (labels or {}).get(policy, style.label)
        axes.annotate(text, (1.0, height), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points",
                      va="center", color=style.colour, annotation_clip=False)  # fmt: skip


def add_title_and_caption(figure: Figure, title: str, caption: str) -> None:
    """Writes the title above and the caption below a picture that stands alone, in lines as wide as it."""
    figure.text(0.0, 1.045, title, fontsize=11, fontweight="bold", va="bottom")
    lines = textwrap.fill(caption, width=int(16 * figure.get_figwidth()))
    figure.text(0.0, -0.02, lines, fontsize=7, color=SOFT, va="top", linespacing=1.4)


def save(figure: Figure, path: Path, title: str, caption: str = "") -> None:
    """Writes the picture; an SVG names itself to screen readers, and its bytes depend on nothing but what it shows."""
    metadata = {"Date": None, "Creator": "edgesweep", "Title": title, "Description": caption}
    figure.savefig(
        path, bbox_inches="tight", pad_inches=0.06, dpi=160, metadata=metadata if path.suffix == ".svg" else None
    )
    plt.close(figure)
