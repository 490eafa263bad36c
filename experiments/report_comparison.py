"""The report's comparison with the published losses: what `edgesweep compare` says, by the program or the file."""

import math
import tempfile
from pathlib import Path

from paper import DATASET, GOAL, Published, mean_weak_cost_of, write_tables
from program import answer
from report_tables import Cell, number, table, text
from results_file import Results, Row

HEADINGS = [
    ("figure", "all: the figures above together"), ("curve", "dqn gain: loss of the MDP - loss of the DQN"),
    ("points", "compared, of the published ones"), ("mean difference", "ours - published, at one level"),
    ("mean absolute", ""), ("largest", ""), ("at", "where the largest is"),
    ("in ours", "published values in our 95 % interval"),
    ("in both", "published values in the 95 % interval of both noises"),
]  # fmt: skip


def _level_of(results: Results) -> float:
    """Mean weak cost of the test images, which is the level of all losses."""
    losses = (run.get("weak_loss", math.nan) for run in results.runs)
    return next((loss for loss in losses if math.isfinite(loss)), None) or mean_weak_cost_of(DATASET)


def compare(program: Path | None, results: Results, published: Published) -> tuple[list[Row], list[str]]:
    """Lines (a figure and curve each) and notes. Without a program: what `edgesweep compare` left in the file."""
    if program is None:
        return results.comparison, []
    lines: list[Row] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        tables = Path(temporary)
        write_tables(tables, published.tables(_level_of(results)))
        for path in results.paths:
            said = answer(program, "compare", path, tables, "--json", "--dry-run")
            if isinstance(said, dict):
                lines += said["summary"]
                notes += [note for note in said["notes"] if note not in notes]
            elif "no run with the settings of a published point" not in said:
                print(f"comparison: {said}")
    return lines or results.comparison, notes


def goal_card(lines: list[Row]) -> str:
    """How many DQNs are as good as the published ones."""
    of_dqn = [line for line in lines if line["curve"] == "dqn" and line["figure"] != "all"]
    points = sum(line["compared"] for line in of_dqn)
    if points == 0:
        return ""
    within = sum(int(line["within_goal"] or 0) for line in of_dqn)
    return f'<div class="card"><b>{within} of {points}</b><span>DQN losses at most {GOAL:g} above the paper\'s</span></div>'


def _cells(line: Row) -> list[Cell]:
    points = line["compared"]
    of = points + line["absent"] + line["ambiguous"]
    interval = line["with_interval"]
    row: list[Cell] = [(str(line["figure"]), None)]
    row += [(str(line["curve"]).replace("_", " ") + ("" if line.get("in_all", True) else "*"), None)]
    row += [(str(points) if points == of else f"{points} of {of}", points)]
    row += [
        number(line["mean_difference"], "+.6f"),
        number(line["mean_absolute"], ".6f"),
        number(line["largest"], "+.6f"),
    ]
    row += [(str(line["largest_point"]), None)]
    for inside in ("in_ours", "in_both"):
        row.append((f"{line[inside]} of {interval}", line[inside]) if interval else ("", math.nan))
    return row


def comparison_section(lines: list[Row], notes: list[str]) -> str:
    if not lines:
        return ""
    inside = table(HEADINGS, map(_cells, lines))
    explained = "".join(f'<p class="note">{text(note[0].upper() + note[1:])}.</p>' for note in notes)
    return (
        '<section id="comparison"><h2>Comparison with the published losses</h2>'
        f'<div class="scroll" tabindex="0" aria-label="Comparison, scrolls sideways">{inside}</div>'
        f"{explained}</section>"
    )
