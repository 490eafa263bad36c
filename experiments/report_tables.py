"""The report's tables, cards and lists, as HTML."""

import html
import json
import math
from collections.abc import Iterable

from results_file import Results, Row

Cell = tuple[str, float | None]  # text (after a tab: its error), number to sort by (none: sorted as text)
POLICIES = ("lower_bound", "baseline", "mdp", "dqn", "clairvoyant_metric", "clairvoyant")


def text(value) -> str:
    return html.escape(str(value))


def _with_error(shown: str) -> str:
    value, tab, error = shown.partition("\t")
    return text(value) + (f'<span class="error"> ± {text(error)}</span>' if tab else "")


def table(headings: list[tuple[str, str]], rows: Iterable[list[Cell]], settings: int | None = None) -> str:
    """`headings`: text and what it means (shown on pointing at it). Cells with a number stand at the right. `settings`:
    for a table that one can sort and filter, the number of columns at the left that the filter looks at."""
    rows = list(rows)
    numeric = [all(row[column][1] is not None for row in rows) for column in range(len(headings))]
    head = ""
    for (name, meaning), number in zip(headings, numeric):
        inside = f'<button type="button">{text(name)}</button>' if settings is not None else text(name)
        attributes = f'scope="col" title="{text(meaning)}" data-name="{text(name)}"{"" if number else " class=text"}'
        head += f"<th {attributes}>{inside}</th>"
    lines = []
    for row in rows:
        cells = "".join(
            (
                f'<td data-value="{value:.10g}">{_with_error(shown)}</td>'
                if number
                else f"<td class=text>{text(shown)}</td>"
            )
            for (shown, value), number in zip(row, numeric)
        )
        lines.append(f"<tr>{cells}</tr>")
    attribute = "" if settings is None else f' data-settings="{settings}"'
    return f"<table{attribute}><thead><tr>{head}</tr></thead><tbody>{chr(10).join(lines)}</tbody></table>"


def number(value, digits: str = "g") -> Cell:
    value = float(value) if value not in (None, "") else math.nan
    return ("" if math.isnan(value) else f"{value:{digits}}".replace("-", "\N{MINUS SIGN}"), value)


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


def run_table(results: Results) -> str:
    """All runs: settings, losses with standard errors over sequences, gain of the DQN, time."""
    runs = results.runs
    policies = [policy for policy in POLICIES if _is_policy_done(runs, policy)]
    figures: dict[str, list[str]] = {}
    for row in results.members:
        figures.setdefault(row["run"], []).append(str(row["experiment"]).removeprefix("figure_"))
    headings = [("run", "id of the run")]
    headings += [("figures", "figures of the paper that show it")] if figures else []
    headings += [("images", "how successive images are drawn"), ("arrivals", "when images arrive, time units"),
                 ("rate", "tokens per time unit"), ("depth", "tokens"),
                 ("history", "metrics the DQN sees"), ("seed", "")]  # fmt: skip
    settings = len(headings)
    headings += [(policy.replace("_", " "), "average loss ± standard error over sequences") for policy in policies]
    headings += [("MDP \N{MINUS SIGN} DQN", "gain in loss over the MDP"),
                 ("offloaded", "share of images the DQN offloads"), ("seconds", "training and simulation")]  # fmt: skip

    def cells(run: Row) -> list[Cell]:
        row: list[Cell] = [(run["id"], None)]
        row += [(", ".join(figures.get(run["id"], [])), None)] if figures else []
        row += [(images_of(run), None), (arrivals_of(run), None), number(run["rate"]), number(run["depth"])]
        row += [number(run.get("dqn_history_metrics", math.nan) + 1), number(run["seed"])]
        for policy in policies:
            shown, value = number(run.get(f"{policy}_loss"), ".5f")
            error = run.get(f"{policy}_loss_se") or 0
            row.append((shown + (f"\t{error:.5f}" if shown and error > 0 else ""), value))
        gain = run.get("mdp_loss", math.nan) - run.get("dqn_loss", math.nan)
        seconds = sum(run[name] for name in ("training_seconds", "simulation_seconds") if math.isfinite(run[name]))
        row += [number(gain, "+.5f"), number(run.get("dqn_offload_rate"), ".4f"), number(seconds, ".1f")]
        return row

    return table(headings, (cells(run) for run in runs), settings)


def cards(results: Results) -> str:
    """The report in a few numbers."""
    runs = results.runs
    trained = [run for run in runs if math.isfinite(run.get("dqn_loss", math.nan)) and "dqn" in run["policies"]]
    compared = [run["mdp_loss"] - run["dqn_loss"] for run in trained if math.isfinite(run.get("mdp_loss", math.nan))]
    total = sum(int(attributes["total_runs"]) for attributes in results.attributes)
    seconds = sum(run["training_seconds"] for run in trained if math.isfinite(run["training_seconds"]))
    found = [(f"{len(runs)}" if total == len(runs) else f"{len(runs)} of {total}", "runs finished"),
             (f"{len(trained)}", f"DQNs trained, seeds: {len({run['seed'] for run in trained})}")]  # fmt: skip
    if compared:
        better = sum(gain > 0 for gain in compared)
        found += [(f"{better} of {len(compared)}", "DQNs below the MDP's loss"),
                  (number(sum(compared) / len(compared), "+.4f")[0], "mean gain over the MDP, loss"),
                  (number(max(compared), "+.4f")[0], "largest gain over the MDP")]  # fmt: skip
    if seconds:
        found.append((duration(seconds), "training, all runs added"))
    return "".join(f'<div class="card"><b>{text(value)}</b><span>{text(what)}</span></div>' for value, what in found)


def duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def provenance(results: Results) -> str:
    """For each file: where it comes from and what it must be equal to."""
    parts = []
    for attributes in results.attributes:
        names = {"path": "file", "digest": "digest", "dataset": "dataset", "dataset_sha256": "dataset SHA-256",
                 "version": "edgesweep", "backend": "backend", "device": "device", "math": "arithmetic"}  # fmt: skip
        entries = "".join(f"<dt>{name}</dt><dd>{text(attributes.get(key, ''))}</dd>" for key, name in names.items())
        config = json.dumps(json.loads(str(attributes["config"])), indent=2)
        parts.append(
            f"<dl>{entries}</dl><details><summary>Config as it was run</summary><pre>{text(config)}</pre></details>"
        )
    return "".join(parts)
