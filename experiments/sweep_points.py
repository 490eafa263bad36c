"""The runs of a config as settings: what `sweep` stands for. configs/schema.json says how it is written."""

import itertools
import json
from decimal import Decimal
from pathlib import Path


def read_config(path: Path) -> dict:
    """The config as written. Numbers that are not whole stay as they are printed, so that ranges are exact."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, json.JSONDecodeError) as error:
        raise SystemExit(f"{path}: cannot read this config: {error}") from error


def _range(first: Decimal, last: Decimal, step: Decimal) -> list[Decimal]:
    count = int((last - first) / step) + 1
    return [first + step * position for position in range(count)]


def axis_values(axis: list | dict) -> list:
    """Values of one axis: a list, a range {from, to, step} or {log10: {from, to, step}}."""
    if isinstance(axis, list):
        return [float(value) if isinstance(value, Decimal) else value for value in axis]
    ends = axis.get("log10", axis)
    values = _range(*(Decimal(ends[name]) for name in ("from", "to", "step")))
    if "log10" in axis:
        return [10.0 ** float(exponent) for exponent in values]
    return [int(value) if value == value.to_integral_value() else float(value) for value in values]


def sweep_axes(sweep: dict) -> list[list[dict]]:
    """The axes as lists of steps; a step gives values to one setting or, in a zip, to several."""
    axes = []
    for name, axis in sweep.items():
        for group in axis if name == "zip" else [{name: axis}]:
            columns = {setting: axis_values(values) for setting, values in group.items()}
            axes.append([dict(zip(columns, step)) for step in zip(*columns.values(), strict=True)])
    return axes


def sweep_points(config: dict) -> list[dict]:
    """One dict of swept settings (dotted names) for each run, the last axis fastest."""
    product = itertools.product(*sweep_axes(config.get("sweep", {})))
    return [{name: value for step in steps for name, value in step.items()} for steps in product]


def setting(config: dict, point: dict, name: str, default):
    """The value of a setting at a point of the sweep; an axis may also give a whole object, as `metric_sequence`."""
    parts = name.split(".")
    value, left = config["base"], parts
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in point:
            value, left = point[".".join(parts[:length])], parts[length:]
            break
    for part in left:
        value = value.get(part) if isinstance(value, dict) else None
    value = default if value is None else value
    return float(value) if isinstance(value, Decimal) else value
