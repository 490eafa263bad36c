"""What the paper's figures show, in the names of the columns of /runs."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

Settings = dict[str, object]


@dataclass(frozen=True)
class Panel:
    letter: str  # as in experiments/published
    title: str
    settings: Settings  # that a run of this panel has


@dataclass(frozen=True)
class LossFigure:
    name: str
    title: str
    panels: tuple[Panel, ...]
    x: str  # column on the horizontal axis
    x_label: str
    scaled: Callable[[float], float] = float
    settings: Settings = field(default_factory=dict)  # of all panels
    policies: tuple[str, ...] = ("lower_bound", "clairvoyant", "clairvoyant_metric", "baseline", "mdp", "dqn")


@dataclass(frozen=True)
class TraceFigure:
    name: str
    title: str
    subtitle: str
    settings: Settings
    # Second policy: the MDP, or the same DQN trained on other sequences (its settings of training).
    second: str = "mdp"
    second_settings: Settings | None = None
    change: int | None = None  # time slot in which the arrivals' state changes
    labels: tuple[str, str] = ("DQN", "MDP")


CORRELATED = {"metric_sequence_type": "local_reset"}
INDEPENDENT = {"metric_sequence_type": "iid"}
PERIODIC = {"arrivals_type": "periodic", "dqn_history_gaps": -1}
BURSTS = {
    "arrivals_type": "markov_modulated",
    "arrivals_interval_1": 1,
    "arrivals_interval_2": 3,
    "arrivals_p_12": 0.001,
    "arrivals_p_21": 0.0005,
    "dqn_history_gaps": 0,
}
SMALL = {"rate": 0.1, "depth": 4}
LONG = {"dqn_history_metrics": 95}
RATES = tuple(Panel(letter, f"rate {rate:g}", {"rate": rate}) for letter, rate in zip("abc", (0.05, 0.1, 0.25)))
WALK = CORRELATED | {"metric_sequence_spread": 0.1, "metric_sequence_reset_probability": 0.01}

LOSS_FIGURES = (
    LossFigure(
        "5a", "Loss against spread, correlated images",
        tuple(Panel(letter, f"reset probability {p:g}", {"metric_sequence_reset_probability": p})
              for letter, p in zip("abc", (0.1, 0.01, 0.001))),
        "metric_sequence_spread", "spread", settings=SMALL | CORRELATED | PERIODIC | LONG,
    ),
    LossFigure(
        "5b", "Loss against reset probability, correlated images",
        tuple(Panel(letter, f"spread {spread:g}", {"metric_sequence_spread": spread})
              for letter, spread in zip("abc", (0.1, 0.2, 0.5))),
        "metric_sequence_reset_probability", "reset probability, log10", math.log10,
        SMALL | CORRELATED | PERIODIC | LONG,
    ),
    LossFigure(
        "6", "Loss against bucket depth, correlated images", RATES, "depth", "bucket depth, tokens",
        settings=WALK | {"metric_sequence_reset_probability": 0.1} | PERIODIC | LONG,
    ),
    LossFigure(
        "8", "Loss against burstiness of arrivals, independent images",
        tuple(Panel(letter, f"intervals 1 and {i}", {"arrivals_interval_2": i}) for letter, i in zip("ab", (3, 6))),
        "arrivals_p_12", "probability of a change of state, log10", math.log10,
        SMALL | INDEPENDENT | LONG
        | {"arrivals_type": "markov_modulated", "arrivals_interval_1": 1, "dqn_history_gaps": 0},
    ),
    LossFigure(
        "9", "Loss against bucket depth, arrivals in bursts", RATES, "depth", "bucket depth, tokens",
        settings=INDEPENDENT | BURSTS | LONG,
    ),
    LossFigure(
        "11", "Loss against length of the history", (Panel("a", "rate 0.1, depth 4", {}),), "dqn_history_metrics",
        "metrics in the history, log2", lambda previous: math.log2(previous + 1), SMALL | WALK | BURSTS,
        ("mdp", "dqn"),
    ),
)  # fmt: skip

_TRACE_7, _TRACE_10 = WALK | PERIODIC | LONG, INDEPENDENT | BURSTS | LONG
TRACE_FIGURES = (
    TraceFigure("7a", "Who is offloaded, correlated images", "rate 0.1, depth 4", _TRACE_7 | SMALL),
    TraceFigure("7b", "Who is offloaded, correlated images", "rate 0.1, depth 20", _TRACE_7 | SMALL | {"depth": 20}),
    TraceFigure("10a", "Who is offloaded, arrivals in bursts", "rate 0.1, depth 4", _TRACE_10 | SMALL, change=711),
    TraceFigure(
        "10b", "Who is offloaded, arrivals in bursts", "rate 0.1, depth 20", _TRACE_10 | SMALL | {"depth": 20},
        change=711,
    ),
    TraceFigure(
        "E", "What training on correlated images changes", "rate 0.1, depth 4", WALK | BURSTS | LONG | SMALL,
        second="dqn", second_settings=INDEPENDENT | BURSTS | LONG | SMALL, change=711,
        labels=("DQN of correlated images", "DQN of independent images"),
    ),
)  # fmt: skip
