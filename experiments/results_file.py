"""What a results file of edgesweep says, as plain Python: runs as dicts, traces as arrays.

docs/results.md lists the columns.
"""

import math
from pathlib import Path

import h5py
import numpy as np

Row = dict[str, object]
# Columns in which the runs of one point of a figure may differ: the seed, and what was measured or found.
SEED_COLUMNS = ("seed",)


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
    """One or more results files, read as one. Traces are read when asked for."""

    def __init__(self, paths: list[Path]):
        self.paths = paths
        self.runs: list[Row] = []
        self.summary: list[Row] = []
        self.members: list[Row] = []  # which run belongs to which experiment
        self.comparison: list[Row] = []  # with published losses, a line a figure and curve
        self._tables = {"summary": self.summary, "experiment_runs": self.members, "comparison_summary": self.comparison}
        self.attributes: list[Row] = []
        self._files: dict[str, Path] = {}  # by run
        self._trace_files: dict[str, Path] = {}
        for path in paths:
            self._read(path)
        if not self.runs:
            raise SystemExit(f"{', '.join(map(str, paths))}: no finished run to draw")

    def _read(self, path: Path) -> None:
        try:
            with h5py.File(path) as file:
                if plain(file.attrs.get("format", b"")) != "edgesweep results":
                    raise SystemExit(f"{path}: this is not a results file of edgesweep")
                runs = [row for row in table_rows(file["runs"]) if row["status"] == "done"]
                self.runs += runs
                self._files.update({row["id"]: path for row in runs})
                for name, rows in self._tables.items():
                    if name in file:
                        rows.extend(table_rows(file[name]))
                self.attributes.append({name: plain(value) for name, value in file.attrs.items()} | {"path": str(path)})
                for run in file.get("traces", ()):
                    self._trace_files[run] = path
        except OSError as error:
            raise SystemExit(f"{path}: cannot read this results file: {error}") from error

    def file_of(self, run: Row) -> Path:
        return self._files[run["id"]]

    def select(self, settings: Row) -> list[Row]:
        """Runs with these settings (column names of /runs)."""
        return [row for row in self.runs if matches(row, settings)]

    def of_figure(self, figure: str, settings: Row) -> list[Row]:
        """Runs of a figure of the paper: those of its experiment, if a file has it, else those with its settings."""
        rows = self.select(settings)
        named = {row["run"] for row in self.members if row["experiment"] == f"figure_{figure.lower()}"}
        if named:
            return [row for row in rows if row["id"] in named]
        # A test unlike training belongs to figure E alone; replays stand for what was trained on.
        return [row for row in rows if row.get("test_metric_sequence_type", "") in ("", "replay")]

    def summary_of(self, run: Row, policy: str) -> Row | None:
        """The row of /summary that stands for the run and its sisters of other seeds."""
        skipped = {
            "policy",
            "seeds",
            "loss_mean",
            "loss_interquartile_mean",
            "loss_low",
            "loss_high",
            "offload_rate_mean",
        }
        for row in self.summary:
            settings = {name: value for name, value in row.items() if name in run and name not in skipped}
            if row["policy"] == policy and all(_equal(run[name], value) for name, value in settings.items()):
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


def _equal(one, other) -> bool:
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )
