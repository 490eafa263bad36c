"""Runs of EdgeML-MDP's experiments by cost and fold: datasets named <cost>_fold<K> are the folds of one cost."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

FOLD = re.compile(r"(?P<cost>.*?)[_-]?fold[_-]?(?P<fold>\d+)")
DEPTHS = [1, 1.5, 2, 3, 5]


class Curve(NamedTuple):
    """A line over x: mean over folds, and from the lowest to the highest."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def cost_of(dataset):
    """The name of a dataset file without folder, ending and fold: folds of one cost have the same."""
    text = dataset.decode() if isinstance(dataset, bytes) else dataset
    stem = PurePosixPath(text).stem
    found = FOLD.fullmatch(stem)
    return found["cost"] if found else stem


def by_cost(rows):
    """(cost, its rows) in the order of the file."""
    costs = np.array([cost_of(dataset) for dataset in rows["dataset"]])
    return [(cost, rows[costs == cost]) for cost in dict.fromkeys(costs)]


def folds_of(rows):
    """How many datasets the rows come from."""
    return len(np.unique(rows["dataset"]))


def spread(values):
    """Mean, lowest and highest over the first axis."""
    values = np.asarray(values)
    return values.mean(axis=0), values.min(axis=0), values.max(axis=0)


def curve(rows, x, column):
    """A column over x, ascending."""
    places = np.unique(rows[x])
    found = [spread(rows[rows[x] == place][column]) for place in places]
    return Curve(places, *np.array(found).reshape(len(places), 3).T)


def at(rows, **settings):
    """Rows with these settings."""
    for name, value in settings.items():
        rows = rows[np.isclose(rows[name], value)]
    return rows


def depths_of(rows):
    """The reference's choice of depths, or all where none of them is there."""
    there = np.unique(rows["depth"])
    return [depth for depth in DEPTHS if np.isclose(there, depth).any()] or list(there[:5])


def plot(axes, line, style="-", band=True, **looks):
    """The mean as a line, the folds as a band."""
    drawn = axes.plot(line.x, line.mean, style, **looks)[0]
    if band and np.any(line.high > line.low):
        axes.fill_between(line.x, line.low, line.high, color=drawn.get_color(), alpha=0.15, linewidth=0)


def title_of(cost, rows):
    """What a panel says about its datasets."""
    folds = folds_of(rows)
    return f"{cost}, mean and range of {folds} folds" if folds > 1 else cost
