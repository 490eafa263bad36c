"""Curves of runs: a column of a results file over a setting."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from results_file import Row, matches

Point = tuple[float, float, float]  # mean, lowest, highest


@dataclass(frozen=True)
class Curve:
    """Values at ascending x, and the range or interval of each; it is the value where there is one run."""

    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def has_band(self) -> bool:
        return bool(np.any(self.high > self.low))


def values_of(rows: list[Row], name: str) -> list:
    """The values of a column, each once, ascending."""
    return sorted({row[name] for row in rows})


def at(rows: list[Row], **settings) -> list[Row]:
    """The rows with these settings."""
    return [row for row in rows if matches(row, settings)]


def mean_and_range(values) -> tuple:
    """Over the first axis. The mean of equal values may be rounded to either side of them."""
    values = np.asarray(values)
    low, high = values.min(axis=0), values.max(axis=0)
    return np.clip(values.mean(axis=0), low, high), low, high


def curve(rows: list[Row], x: str, column: str, point: Callable[[list[Row], str], Point] | None = None) -> Curve | None:
    """A column over x; nothing where no row has it. `point`: of the rows at one place, their mean and range unless given."""
    there = [row for row in rows if np.isfinite(row.get(column, np.nan))]
    if not there:
        return None
    point = point or (lambda rows, column: mean_and_range([row[column] for row in rows]))
    places = values_of(there, x)
    points = [point([row for row in there if row[x] == place], column) for place in places]
    return Curve(np.array(places), *np.array(points, dtype=float).T)
