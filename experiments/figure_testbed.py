"""Figure 4: the paper's testbed, with our bucket and our policies on the same images."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figure_style import POLICIES, SOFT
from testbed_replay import Replay, check_published

DELAYS = (("weak_ms", "weak", "#b6c0ca"), ("dqn_ms", "DQN", "#1565c0"), ("transmission_ms", "transmission", "#f0b94b"),
          ("strong_ms", "strong", "#7a5195"))  # fmt: skip
ZOOM = (12.375, 13.375, 19, 23)  # the paper's inset: seconds, milliseconds


def _draw_metrics(axes: Axes, testbed: dict[str, np.ndarray], offloaded: np.ndarray) -> None:
    time, metric = testbed["arrival_s"], testbed["offloading_metric"]
    axes.scatter(time[~offloaded], metric[~offloaded], s=12, color="#b6c0ca", linewidths=0, label="not offloaded")
    axes.scatter(time[offloaded], metric[offloaded], s=24, color=POLICIES["dqn"].colour, edgecolors="white",
                 linewidths=0.4, zorder=3, label="offloaded")  # fmt: skip
    axes.set_ylabel("offloading metric")


def _draw_tokens(axes: Axes, testbed: dict[str, np.ndarray], replays: dict[str, Replay]) -> None:
    time = testbed["arrival_s"]
    for policy, found in replays.items():
        style = POLICIES[policy]
        axes.plot(
            time,
            found.tokens,
            color=style.colour,
            linestyle=style.line,
            linewidth=0.9,
            label=f"{style.label}, replayed",
        )
    axes.plot(time, testbed["tokens_before"], color=POLICIES["dqn"].colour, linewidth=1.5, marker="o", markersize=2.2,
              label="DQN, as measured")  # fmt: skip
    axes.set_ylabel("tokens")


def _draw_delays(axes: Axes, testbed: dict[str, np.ndarray], width: float = 0.15) -> None:
    bottom = np.zeros(len(testbed["arrival_s"]))
    for column, label, colour in DELAYS:
        axes.bar(
            testbed["arrival_s"] + width / 2, testbed[column], width, bottom=bottom, color=colour, label=label, zorder=2
        )
        bottom = bottom + testbed[column]


def _draw_decisions(axes: Axes, testbed: dict[str, np.ndarray], replays: dict[str, Replay]) -> None:
    rows = {"dqn": testbed["offloaded"].astype(bool)} | {policy: found.offload for policy, found in replays.items()}
    names = {"dqn": "DQN, measured"}
    for place, (policy, chosen) in enumerate(rows.items()):
        axes.vlines(
            testbed["arrival_s"][chosen], -place - 0.36, -place + 0.36, color=POLICIES[policy].colour, linewidth=1.6
        )
    labels = [names.get(policy, POLICIES[policy].label) + f" ({np.count_nonzero(rows[policy])})" for policy in rows]
    axes.set_yticks([-place for place in range(len(rows))], labels)
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.grid(axis="y", visible=False)


def testbed_figure(testbed: dict[str, np.ndarray], replays: dict[str, Replay]) -> Figure:
    """The paper's three panels, and who offloads under each policy."""
    offloaded = testbed["offloaded"].astype(bool)
    figure, places = plt.subplots(
        4,
        1,
        figsize=(8.6, 7.6),
        sharex=True,
        height_ratios=(1, 1, 1.25, 0.16 * (1 + len(replays)) + 0.05),
        layout="constrained",
    )
    _draw_metrics(places[0], testbed, offloaded)
    _draw_tokens(places[1], testbed, replays)
    _draw_delays(places[2], testbed)
    places[2].set_ylabel("time, ms")
    _draw_decisions(places[3], testbed, replays)
    places[3].set_xlabel("arrival, s")
    inset = places[2].inset_axes((0.425, 0.42, 0.178, 0.5))
    _draw_delays(inset, testbed)
    inset.set(xlim=ZOOM[:2], ylim=ZOOM[2:], xticks=[], yticks=[20, 21, 22])
    inset.set_title("the DQN's share", fontsize=7.5, fontweight="normal", loc="right", pad=2, color=SOFT)
    for spine in inset.spines.values():
        spine.set_visible(True)
    places[2].indicate_inset_zoom(inset, edgecolor=SOFT, alpha=0.8, linewidth=0.7)
    for axes in places[:3]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 0.98), ncols=4, handlelength=1.4, columnspacing=1.2, borderaxespad=0
        )
    return figure


def testbed_caption(testbed: dict[str, np.ndarray], latency_ms: float | None = None) -> str:
    """`latency_ms`: of one DQN decision here, in milliseconds."""
    overdrawn, difference = check_published(testbed)
    text = (
        f"100 images of the paper's testbed. Its {int(testbed['offloaded'].sum())} offloads, replayed through our "
        f"bucket, overdraw it {overdrawn} times; its token counts differ from ours by at most {difference:.4f}, as the "
        "testbed refilled by its own clock. "
        f"One DQN decision took {testbed['dqn_ms'].mean():.3f} ms there"
    )
    return text + (f", {latency_ms:.2g} ms with edgesweep on this processor." if latency_ms else ".")
