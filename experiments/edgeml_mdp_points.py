"""Runs of EdgeML-MDP's experiments by cost and fold: datasets named <cost>_fold<K> are the folds of one cost."""

import re
from pathlib import PurePosixPath

from curves import values_of
from results_file import Row, same

FOLD = re.compile(r"(?P<cost>.*?)[_-]?fold[_-]?(?P<fold>\d+)")
DEPTHS = (1, 1.5, 2, 3, 5)


def cost_of(dataset: str) -> str:
    """The name of a dataset file without folder, ending and fold: folds of one cost have the same."""
    stem = PurePosixPath(dataset).stem
    found = FOLD.fullmatch(stem)
    return found["cost"] if found else stem


def by_cost(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """(cost, its rows) in the order of the file."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(cost_of(row["dataset"]), []).append(row)
    return list(found.items())


def depths_of(rows: list[Row]) -> list[float]:
    """The reference's choice of depths, or the first where none of them is there."""
    there = values_of(rows, "depth")
    return [depth for depth in DEPTHS if any(same(depth, found) for found in there)] or there[:5]


def title_of(cost: str, rows: list[Row]) -> str:
    """What a panel says about its datasets."""
    folds = len(values_of(rows, "dataset"))
    return f"{cost}, mean and range of {folds} folds" if folds > 1 else cost
