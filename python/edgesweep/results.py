"""What a results file says, as pandas DataFrames and NumPy arrays. docs/results.md lists the tables and their columns."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from edgesweep.errors import InputError
from edgesweep.network import Network, exported

if TYPE_CHECKING:
    import polars
    import xarray

Floats = npt.NDArray[np.float32]
FORMAT = "edgesweep results"


@dataclass(frozen=True)
class PolicyTrace:
    """What a policy did in the stored sequences."""

    offload: npt.NDArray[np.uint8]
    """(sequences, images): 1 where the image was offloaded."""
    units: npt.NDArray[np.int32] | None
    """(sequences, images): bucket units before the image; None for policies without a bucket."""


@dataclass(frozen=True)
class Traces:
    """Stored test sequences of a run, each array (sequences, images)."""

    index: npt.NDArray[np.int32]
    """Rank of the image among the test images, in ascending metric."""
    metric: Floats
    """Normalised metric of the image."""
    gap: npt.NDArray[np.int32]
    """Time units from the image to the next."""
    policies: dict[str, PolicyTrace]
    units_per_token: int
    first_sequence: int
    """Number of the first row among the test sequences."""


@dataclass(frozen=True)
class Layer:
    """A layer of a network: y = x @ weight + bias."""

    weight: Floats
    """(inputs, outputs)."""
    bias: Floats
    """(outputs,)."""


class Results:
    """A results file. Tables are read when they are asked for, and kept; the file is not held open.

    Raises InputError if the file is none of edgesweep, or not there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with self._file() as file:
            self.attributes: dict[str, Any] = {name: _plain(value) for name, value in file.attrs.items()}
            self._tables = {name for name, item in file.items() if isinstance(item, h5py.Dataset)}
        self.name = str(self.attributes["name"])
        self.swept: list[str] = self.attributes["swept"]
        """Columns of `runs` in which the runs differ, in the order of the sweep."""

    def __repr__(self) -> str:
        done, total = self.attributes["finished_runs"], self.attributes["total_runs"]
        return f"<Results of {self.name}: {done} of {total} runs in {self.path}>"

    def _file(self) -> h5py.File:
        allowed = "a results file that edgesweep wrote"
        try:
            file = h5py.File(self.path, "r")
        except FileNotFoundError:
            raise InputError.of(str(self.path), "", "no such file", allowed) from None
        except OSError as error:
            raise InputError.of(str(self.path), "", f"what cannot be read ({error})", allowed) from error
        if _plain(file.attrs.get("format", b"")) != FORMAT:
            file.close()
            raise InputError.of(str(self.path), "", "another kind of file", allowed)
        return file

    def table(self, name: str) -> pd.DataFrame:
        """A table of the file: text columns as text, numbers as numbers; empty if the file has no such table."""
        if name not in self._tables:
            return pd.DataFrame()
        with self._file() as file:
            return _frame(file[name])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a finished run: its settings, then its results. NaN, or an empty text, where a setting does not apply."""
        runs = self.table("runs")
        for name in self.settings:
            if (runs[name] == "").all():  # of no run: then the file does not know that it is a number
                runs[name] = np.nan
        return runs

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Of the runs that failed: id and failure."""
        return self.runs.loc[self.runs["status"] == "failed", ["id", "failure"]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a policy and group of runs that differ in their seed alone."""
        return self.table("summary")

    @cached_property
    def curves(self) -> pd.DataFrame:
        """The DQN's evaluations during training."""
        return self.table("curves")

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Thresholds of `baseline` and `mdp`."""
        return self.table("policies")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Published losses next to ours, if `edgesweep compare` wrote them into the file; else empty."""
        return self.table("comparison")

    @cached_property
    def experiments(self) -> pd.DataFrame:
        """The experiments of the config: name, description, swept, number of runs."""
        return self.table("experiments")

    def experiment(self, name: str) -> pd.DataFrame:
        """The finished runs of one experiment, in its order."""
        members = self.table("experiment_runs")
        mine = members[members["experiment"] == name].sort_values("position")
        if mine.empty:
            raise InputError.of(str(self.path), "/experiments", f'no experiment "{name}"', ", ".join(self.experiments["name"]))
        return mine[["run"]].merge(self.runs, left_on="run", right_on="id").drop(columns="run")

    @cached_property
    def settings(self) -> list[str]:
        """The columns of `runs` that are settings."""
        with self._file() as file:
            configs = file["configs"]
            return list(json.loads(configs[0]["settings"])) if len(configs) else []

    def config(self, run: str) -> dict[str, Any]:
        """Every setting of a run, as the config has it. run: its id, or enough of its beginning."""
        run = self._id(run)
        with self._file() as file:
            row = next(row for row in file["configs"] if _plain(row["run"]) == run)
            config: dict[str, Any] = json.loads(row["config"])
            return config

    def _id(self, run: str) -> str:
        found = [name for name in self.runs["id"] if name.startswith(run)]
        if len(found) != 1:
            what = f'"{run}", with which {len(found)} ids begin'
            raise InputError.of(str(self.path), "/runs", what, "the id of a finished run, or enough of it")
        return str(found[0])

    def _group(self, file: h5py.File, kind: str, run: str, setting: str) -> h5py.Group:
        group = file.get(f"{kind}/{run}")
        if group is None:
            raise InputError.of(str(self.path), f"/{kind}/{run}", "nothing stored", f"a run with store.{setting} in its config")
        return group

    def weights(self, run: str, which: str = "last") -> list[Layer]:
        """The layers of a run's network (store.weights). which: "last", or "best" of the lowest validation loss."""
        run = self._id(run)
        with self._file() as file:
            group = self._group(file, "weights", run, "weights")
            if which not in group:
                raise InputError.of(str(self.path), f"/weights/{run}", f'no "{which}"', ", ".join(group))
            values: Floats = group[which][:]
            sizes = [int(size) for size in _plain(group.attrs["layer_sizes"]).split()]
        layers, at = [], 0
        for inputs, outputs in pairwise(sizes):
            bias = at + inputs * outputs
            layers.append(Layer(values[at:bias].reshape(inputs, outputs), values[bias : bias + outputs]))
            at = bias + outputs
        return layers

    def network(self, run: str) -> Network:
        """The network of a run (store.weights), with all that it needs to decide. Reads the run's dataset."""
        return exported(self.path, self._id(run))

    def traces(self, run: str) -> Traces:
        """The stored sequences of a run (store.traces)."""
        run = self._id(run)
        with self._file() as file:
            group = self._group(file, "traces", run, "traces")
            policies = {
                name: PolicyTrace(item["offload"][:], item["units"][:] if "units" in item else None)
                for name, item in group.items()
                if isinstance(item, h5py.Group)
            }
            return Traces(
                index=group["index"][:],
                metric=group["metric"][:],
                gap=group["gap"][:],
                policies=policies,
                units_per_token=int(group.attrs["units_per_token"]),
                first_sequence=int(group.attrs["first_sequence"]),
            )

    def to_polars(self, table: str = "runs") -> polars.DataFrame:
        """A table as a polars DataFrame."""
        import polars

        return polars.DataFrame({name: column.to_numpy() for name, column in self.table(table).items()})

    def to_xarray(self, column: str) -> xarray.DataArray:
        """A column of `runs` over the axes of the sweep. Raises ValueError if two runs lie at one place of them."""
        import xarray

        runs = self.runs.set_index(self.swept) if self.swept else self.runs
        array = xarray.DataArray.from_series(runs[column])
        with self._file() as file:
            array.attrs["long_name"] = _plain(file["runs"].attrs.get(column, ""))
        return array


def _plain(value: Any) -> Any:
    """A value as Python has it: text decoded, numbers and lists without NumPy."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value.item() if isinstance(value, np.generic) else value


def _frame(table: h5py.Dataset) -> pd.DataFrame:
    rows = table[:]
    columns: dict[str, Any] = {}
    for name in rows.dtype.names:
        values = rows[name]
        if values.dtype.kind in "OS":
            columns[name] = [_plain(value) for value in values]
        elif values.ndim == 1:
            columns[name] = np.ascontiguousarray(values)
        else:
            columns[name] = list(values)
    return pd.DataFrame(columns)
