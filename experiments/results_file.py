"""What a results file of edgesweep says, as plain Python: tables as lists of dicts, traces and statistics as arrays.

docs/results.md lists the columns.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

Row = dict[str, object]


def plain(value):
    """A cell as Python has it: text decoded, numbers without NumPy."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value.item() if isinstance(value, np.generic) else value


def table_rows(table: h5py.Dataset) -> list[Row]:
    names = table.dtype.names
    return [{name: plain(cell) for name, cell in zip(names, row)} for row in table[:]]


def same(found, wanted) -> bool:
    """Whether a cell has the wanted value; numbers may differ in their last digits."""
    if isinstance(wanted, str) or isinstance(found, str):
        return found == wanted
    return math.isclose(found, wanted, rel_tol=1e-5, abs_tol=1e-12)


def matches(row: Row, settings: Row) -> bool:
    return all(name in row and same(row[name], value) for name, value in settings.items())


class Results:
    """One or more results files, read as one. Only what every picture needs is read at once."""

    def __init__(self, paths: list[Path]):
        self.paths = paths
        self.runs: list[Row] = []  # that are done
        self.settings: list[str] = []  # columns of `runs` that are settings; the others were measured or found
        self.attributes: list[Row] = []
        self._files: dict[str, Path] = {}  # by run
        self._trace_files: dict[str, Path] = {}
        for path in paths:
            self._read(path)
        if not self.runs:
            raise SystemExit(f"{', '.join(map(str, paths))}: no finished run to draw")
        self.summary = self.table("summary")
        self.members = self.table("experiment_runs")  # which run belongs to which experiment
        self.comparison = self.table("comparison_summary")  # with published losses, a line a figure and curve

    def _read(self, path: Path) -> None:
        try:
            with h5py.File(path) as file:
                if plain(file.attrs.get("format", b"")) != "edgesweep results":
                    raise SystemExit(f"{path}: this is not a results file of edgesweep")
                runs = [row for row in table_rows(file["runs"]) if row["status"] == "done"]
                self.runs += runs
                self._files.update({row["id"]: path for row in runs})
                for config in file["configs"][:1] if "configs" in file else ():
                    self.settings += [name for name in json.loads(config["settings"]) if name not in self.settings]
                self.attributes.append({name: plain(value) for name, value in file.attrs.items()} | {"path": str(path)})
                self._trace_files.update(dict.fromkeys(file.get("traces", ()), path))
        except OSError as error:
            raise SystemExit(f"{path}: cannot read this results file: {error}") from error

    def tables(self, name: str) -> Iterator[tuple[Path, list[Row]]]:
        """The rows of a table in each file that has it."""
        for path in self.paths:
            with h5py.File(path) as file:
                if name in file:
                    yield path, table_rows(file[name])

    def table(self, name: str) -> list[Row]:
        """The rows of a table in all files."""
        return [row for _, rows in self.tables(name) for row in rows]

    def select(self, settings: Row) -> list[Row]:
        """Runs with these settings (column names of /runs)."""
        return [row for row in self.runs if matches(row, settings)]

    def of_experiment(self, name: str, settings: Row) -> list[Row]:
        """Runs with these settings: those of the experiment, if a file has it, else those that are tested on what they are
        trained on, or on replays of it."""
        rows = self.select(settings)
        named = {row["run"] for row in self.members if row["experiment"] == name}
        if named:
            return [row for row in rows if row["id"] in named]
        return [row for row in rows if row.get("test_metric_sequence_type", "") in ("", "replay")]

    def summary_of(self, run: Row, policy: str) -> Row | None:
        """The row of /summary that stands for the run and its sisters of other seeds."""
        for row in self.summary:
            if row["policy"] == policy and all(_equal(run[name], row[name]) for name in self.settings if name in row):
                return row
        return None

    def has_trace(self, run: Row) -> bool:
        return run["id"] in self._trace_files

    def trace(self, run: Row, policies: list[str], sequence: int = 0) -> dict[str, np.ndarray]:
        """Index, normalised metric and gap of one stored sequence, and `offload` of each policy that has one."""
        with h5py.File(self._trace_files[run["id"]]) as file:
            group = file["traces"][run["id"]]
            names = ["index", "metric", "gap"] + [f"{policy}/offload" for policy in policies]
            return {name: group[name][sequence] for name in names if name in group}

    def statistics(self, run: Row, policy: str) -> dict[str, np.ndarray] | None:
        """Counts over the run's test sequences: of its images, and of this policy; nothing where they were not stored."""
        with h5py.File(self._files[run["id"]]) as file:
            group = file.get(f"statistics/{run['id']}")
            if group is None:
                return None
            return {"draws_by_rank": group["draws_by_rank"][:]} | {name: counts[:] for name, counts in group[policy].items()}


def _equal(one, other) -> bool:
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )
