"""A trained network that decides, in NumPy: what `edgesweep export` writes. docs/export.md says what is computed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgesweep import _program, models
from edgesweep.errors import InputError

if TYPE_CHECKING:
    from edgesweep.results import Layer

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Example:
    """A sequence of images, and what the engine decides for them. Each array (images,)."""

    metric: Doubles
    """As in the dataset, not normalised."""
    gap: Integers
    """Time units since the image before; the first one is not used."""
    units: Integers
    """In the bucket before the image."""
    offload: Integers
    """1: offloaded."""


@dataclass(frozen=True)
class Network:
    """A policy of one camera: a network, its bucket and its rule."""

    run: str
    refill: int
    """Bucket units that arrive in one time unit (Q)."""
    cost: int
    """Bucket units that an offload takes (P)."""
    capacity: int
    """Most bucket units (M)."""
    metrics: int
    """In the window, newest first."""
    gaps: int
    """In the window, behind the metrics; 0: none."""
    metric_mean: float
    metric_deviation: float
    hidden: list[Layer]
    difference: Floats
    """(M - P + 1, width): by units from P on, the output weights of offloading minus those of keeping."""
    bias_difference: Floats
    """(M - P + 1,)."""
    reward_low: Doubles
    reward_high: Doubles
    reward: Floats
    """The reward that a metric promises, in steps: of the first one with high - m >= m - low, or the last reward."""
    example: Example

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """A .npz file that `edgesweep export` wrote."""
        from edgesweep.results import Layer

        with np.load(path) as file:
            if "format" not in file or str(file["format"]) != "edgesweep policy 1":
                raise InputError.of(os.fspath(path), "format", "another kind of file", "a .npz file of edgesweep export")
            layers = sum(name.startswith("weight_") for name in file.files)
            refill, cost, capacity = (int(value) for value in file["bucket"])
            metrics, gaps = (int(value) for value in file["window"])
            mean, deviation = (float(value) for value in file["metric_scale"])
            return cls(
                run=str(file["run"]),
                refill=refill,
                cost=cost,
                capacity=capacity,
                metrics=metrics,
                gaps=gaps,
                metric_mean=mean,
                metric_deviation=deviation,
                hidden=[Layer(file[f"weight_{layer}"], file[f"bias_{layer}"]) for layer in range(layers - 1)],
                difference=file["difference"],
                bias_difference=file["bias_difference"],
                reward_low=file["reward_low"],
                reward_high=file["reward_high"],
                reward=file["reward"],
                example=Example(*(file[f"example_{name}"] for name in ("metric", "gap", "units", "offload"))),
            )

    def promised(self, metric: Doubles) -> Floats:
        """The reward that each normalised metric promises."""
        low, high = self.reward_low, self.reward_high
        first = np.zeros(metric.shape, dtype=np.int64)
        count = np.full(metric.shape, len(low), dtype=np.int64)
        while np.any(count > 0):
            half = count // 2
            step = np.minimum(first + half, max(len(low) - 1, 0))
            before = (count > 0) & (high[step] - metric < metric - low[step])
            first = np.where(before, first + half + 1, first)
            count = np.where(before, count - half - 1, half)
        return self.reward[first]

    def windows(self, metric: Doubles, gap: Integers) -> Floats:
        """(images, metrics + gaps): what the network sees at each image of one sequence from its beginning."""
        normalised = ((metric - self.metric_mean) / self.metric_deviation).astype(np.float32)
        before = gap.astype(np.float32)
        before[:1] = 0
        parts = []
        for values, length in ((normalised, self.metrics), (before, self.gaps)):
            padded = np.concatenate([np.zeros(max(length - 1, 0), np.float32), values])
            if length:
                parts.append(np.lib.stride_tricks.sliding_window_view(padded, length)[:, ::-1])
        return np.concatenate(parts, axis=1)

    def rows(
        self, metric: Sequence[float] | Doubles, gap: Sequence[int] | Integers, units: Sequence[int] | Integers
    ) -> dict[str, npt.NDArray[Any]]:
        """The images of one sequence as inputs of a model (edgesweep.models): `metric`, `units` and, if it sees gaps, `gap`."""
        before = np.full(self.metrics - 1, self.metric_mean)
        padded = np.concatenate([before, np.asarray(metric, dtype=np.float64)])
        rows: dict[str, npt.NDArray[Any]] = {
            "metric": np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, self.metrics)[:, ::-1]),
            "units": np.asarray(units, dtype=np.int64),
        }
        if self.gaps:
            window = self.windows(np.asarray(metric, dtype=np.float64), np.asarray(gap, dtype=np.int32))
            rows["gap"] = np.ascontiguousarray(window[:, self.metrics :])
        return rows

    def to_onnx(self) -> Any:
        """An onnx.ModelProto that decides (edgesweep.models), for onnx.save or a runtime."""
        return models.onnx_model(self)

    def to_torch(self) -> Any:
        """A torch.nn.Module that decides (edgesweep.models)."""
        return models.torch_module(self)

    def gains(self, metric: Sequence[float] | Doubles, gap: Sequence[int] | Integers) -> Floats:
        """(images, M - P + 1): what offloading is worth more than keeping, by units in the bucket from P on."""
        metric, gap = np.asarray(metric, dtype=np.float64), np.asarray(gap, dtype=np.int32)
        x = self.windows(metric, gap)
        for layer in self.hidden:
            y = x @ layer.weight + layer.bias
            x = np.maximum(y, np.float32(0.2) * y)
        promised = self.promised((metric - self.metric_mean) / self.metric_deviation)
        gains: Floats = x @ self.difference.T + self.bias_difference + promised[:, None]
        return gains

    def decide(self, metric: Sequence[float] | Doubles, gap: Sequence[int] | Integers) -> Integers:
        """(images,): 1 for each image of a sequence that is offloaded, from a full bucket on.

        metric: as in the dataset. gap: time units since the image before, 1 or more; the first is not used. The engine adds in
        another order, so its decision may differ where the two values differ by less than 2e-6.
        """
        gains, gap = self.gains(metric, gap), np.asarray(gap, dtype=np.int64)
        offload = np.zeros(len(gap), dtype=np.int32)
        units = self.capacity
        for image in range(len(gap)):
            if image > 0:
                units = min(self.capacity, units + self.refill * int(gap[image]))
            if units >= self.cost and gains[image, units - self.cost] >= 0:
                offload[image] = 1
                units -= self.cost
        return offload


def exported(results: Path, run: str) -> Network:
    """The network of a run, by way of the program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        _program.ask(["export", os.fspath(results), "--run", run, "-o", str(path)])
        return Network.load(path)
