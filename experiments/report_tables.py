"""The report's tables, cards and lists, as data for the templates in experiments/report."""

import json
import math
from dataclasses import dataclass
from typing import NamedTuple

from results_file import Results, Row

POLICIES = ("lower_bound", "baseline", "mdp", "dqn", "clairvoyant_metric", "clairvoyant")


class Cell(NamedTuple):
    shown: str
    value: float | None = None  # to sort by; nothing: sorted as text
    error: str = ""


class Heading(NamedTuple):
    name: str
    meaning: str  # shown on pointing at it


class Card(NamedTuple):
    value: str
    what: str


@dataclass(frozen=True)
class Table:
    """Columns of numbers stand at the right."""

    headings: list[Heading]
    rows: list[list[Cell]]
    settings: int | None = None  # of a table to sort and filter: how many columns at the left the filter looks at

    @property
    def numeric(self) -> list[bool]:
        """Of each column, whether all its cells are numbers."""
        return [all(row[column].value is not None for row in self.rows) for column in range(len(self.headings))]


def number(value, digits: str = "g") -> Cell:
    value = float(value) if value not in (None, "") else math.nan
    return Cell("" if math.isnan(value) else f"{value:{digits}}".replace("-", "\N{MINUS SIGN}"), value)


def images_of(run: Row, prefix: str = "") -> str:
    """The kind of image sequence in a few words."""
    kind = run.get(f"{prefix}metric_sequence_type", "")
    if kind == "local_reset":
        spread, reset = (run[f"{prefix}metric_sequence_{name}"] for name in ("spread", "reset_probability"))
        return f"spread {spread:g}, reset {reset:.3g}"
    return {"iid": "independent"}.get(str(kind), str(kind))


def arrivals_of(run: Row) -> str:
    if run["arrivals_type"] != "markov_modulated":
        return run["arrivals_type"]
    intervals = f"{run['arrivals_interval_1']:g} or {run['arrivals_interval_2']:g}"
    return f"every {intervals}, p {run['arrivals_p_12']:.2g}, {run['arrivals_p_21']:.2g}"


def _is_policy_done(runs: list[Row], policy: str) -> bool:
    return any(math.isfinite(run.get(f"{policy}_loss", math.nan)) for run in runs)


def loss_cell(run: Row, policy: str) -> Cell:
    """A loss with its standard error over sequences."""
    cell = number(run.get(f"{policy}_loss"), ".5f")
    error = run.get(f"{policy}_loss_se") or 0
    return cell._replace(error=f"{error:.5f}" if cell.shown and error > 0 else "")


def run_table(results: Results) -> Table:
    """All runs: settings, losses with standard errors over sequences, gain of the DQN, time."""
    policies = [policy for policy in POLICIES if _is_policy_done(results.runs, policy)]
    figures: dict[str, list[str]] = {}
    for row in results.members:
        figures.setdefault(row["run"], []).append(str(row["experiment"]).removeprefix("figure_"))
    headings = [Heading("run", "id of the run")]
    headings += [Heading("figures", "figures of the paper that show it")] if figures else []
    headings += [Heading("images", "how successive images are drawn"), Heading("arrivals", "when images arrive, time units"),
                 Heading("rate", "tokens per time unit"), Heading("depth", "tokens"),
                 Heading("history", "metrics the DQN sees"), Heading("seed", "")]  # fmt: skip
    settings = len(headings)
    headings += [Heading(policy.replace("_", " "), "average loss ± standard error over sequences") for policy in policies]
    headings += [Heading("MDP \N{MINUS SIGN} DQN", "gain in loss over the MDP"),
                 Heading("offloaded", "share of images the DQN offloads"),
                 Heading("seconds", "training and simulation")]  # fmt: skip

    def cells(run: Row) -> list[Cell]:
        row = [Cell(run["id"])]
        row += [Cell(", ".join(figures.get(run["id"], [])))] if figures else []
        row += [Cell(images_of(run)), Cell(arrivals_of(run)), number(run["rate"]), number(run["depth"])]
        row += [number(run.get("dqn_history_metrics", math.nan) + 1), number(run["seed"])]
        row += [loss_cell(run, policy) for policy in policies]
        gain = run.get("mdp_loss", math.nan) - run.get("dqn_loss", math.nan)
        seconds = sum(run[name] for name in ("training_seconds", "simulation_seconds") if math.isfinite(run[name]))
        return [*row, number(gain, "+.5f"), number(run.get("dqn_offload_rate"), ".4f"), number(seconds, ".1f")]

    return Table(headings, [cells(run) for run in results.runs], settings)


def cards(results: Results) -> list[Card]:
    """The report in a few numbers."""
    runs = results.runs
    trained = [run for run in runs if math.isfinite(run.get("dqn_loss", math.nan)) and "dqn" in run["policies"]]
    compared = [run["mdp_loss"] - run["dqn_loss"] for run in trained if math.isfinite(run.get("mdp_loss", math.nan))]
    total = sum(int(attributes["total_runs"]) for attributes in results.attributes)
    seconds = sum(run["training_seconds"] for run in trained if math.isfinite(run["training_seconds"]))
    found = [Card(f"{len(runs)}" if total == len(runs) else f"{len(runs)} of {total}", "runs finished"),
             Card(f"{len(trained)}", f"DQNs trained, seeds: {len({run['seed'] for run in trained})}")]  # fmt: skip
    if compared:
        better = sum(gain > 0 for gain in compared)
        found += [Card(f"{better} of {len(compared)}", "DQNs below the MDP's loss"),
                  Card(number(sum(compared) / len(compared), "+.4f").shown, "mean gain over the MDP, loss"),
                  Card(number(max(compared), "+.4f").shown, "largest gain over the MDP")]  # fmt: skip
    if seconds:
        found.append(Card(duration(seconds), "training, all runs added"))
    return found


def duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def provenance(results: Results) -> list[dict]:
    """For each file: where it comes from and what it must be equal to."""
    names = {"path": "file", "digest": "digest", "dataset": "dataset", "dataset_sha256": "dataset SHA-256",
             "version": "edgesweep", "backend": "backend", "device": "device", "math": "arithmetic"}  # fmt: skip
    return [
        {
            "entries": [(name, attributes.get(key, "")) for key, name in names.items()],
            "config": json.dumps(json.loads(str(attributes["config"])), indent=2),
        }
        for attributes in results.attributes
    ]
