"""The report's comparison with the published losses: what `edgesweep compare` says, by the program or the file."""

import math
import tempfile
from pathlib import Path

from paper import DATASET, GOAL, Published, mean_weak_cost_of, write_tables
from program import answer
from report_tables import Card, Cell, Heading, Table, number
from results_file import Results, Row

HEADINGS = [
    Heading("figure", "all: the figures above together"), Heading("curve", "dqn gain: loss of the MDP - loss of the DQN"),
    Heading("points", "compared, of the published ones"), Heading("mean difference", "ours - published, at one level"),
    Heading("mean absolute", ""), Heading("largest", ""), Heading("at", "where the largest is"),
    Heading("in ours", "published values in our 95 % interval"),
    Heading("in both", "published values in the 95 % interval of both noises"),
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


def goal_card(lines: list[Row]) -> list[Card]:
    """How many DQNs are as good as the published ones."""
    of_dqn = [line for line in lines if line["curve"] == "dqn" and line["figure"] != "all"]
    points = sum(line["compared"] for line in of_dqn)
    if points == 0:
        return []
    within = sum(int(line["within_goal"] or 0) for line in of_dqn)
    return [Card(f"{within} of {points}", f"DQN losses at most {GOAL:g} above the paper's")]


def _cells(line: Row) -> list[Cell]:
    points, interval = line["compared"], line["with_interval"]
    of = points + line["absent"] + line["ambiguous"]
    return [
        Cell(str(line["figure"])),
        Cell(str(line["curve"]).replace("_", " ") + ("" if line.get("in_all", True) else "*")),
        Cell(str(points) if points == of else f"{points} of {of}", points),
        number(line["mean_difference"], "+.6f"),
        number(line["mean_absolute"], ".6f"),
        number(line["largest"], "+.6f"),
        Cell(str(line["largest_point"])),
        *(Cell(f"{line[name]} of {interval}", line[name]) if interval else Cell("", math.nan) for name in ("in_ours", "in_both")),
    ]


def comparison_table(lines: list[Row]) -> Table | None:
    return Table(HEADINGS, [_cells(line) for line in lines]) if lines else None
