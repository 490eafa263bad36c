#!/usr/bin/env python3
"""Writes the test sequences of the paper's figures as replays, and configs that test on them.

    experiments/released_sequences.py                    # into results/released; files that are there stay
    edgesweep run results/released/paper.json

Training draws from edgesweep's generator as ever; `test.metric_sequence` and `test.arrivals` of every run name the
sequences and gaps that the released code simulates (100 x 100,000 test images, seed 0; for traces 500 x 3000, the
published one first); `edgesweep sequences` draws them. manifest.json lists the files with the SHA-256 of their values.
Needs numpy.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from needed_packages import need

need("numpy")

import numpy as np

import program
from paper import CONFIGS, DATASET, EXPERIMENTS
from program import answer

LOSSES = (100, 100_000)  # sequences, images
TRACES = (500, 3000)
COLLECTIONS = ("paper.json", "recipes.json", "study.json")  # configs that include the others
# Rows of the 500 sequences that the paper draws: of the images, of the gaps.
TRACE_ROWS = {"figure_7": (362, None), "figure_10": (394, 394), "figure_e": (362, 394)}


def trace_rows(figure: str) -> tuple[int, int | None] | None:
    """Rows of the published trace, if the figure shows one: figure_7a and figure_7b show that of figure_7."""
    return next((rows for name, rows in TRACE_ROWS.items() if figure.rstrip("ab") == name), None)


def number(value: float) -> str:
    """A number in a file's name."""
    return f"{value:.6g}"


class SequenceFolder:
    """The folder of replay files and its manifest: file name to shape and SHA-256 of the values (little-endian)."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "manifest.json"
        self.files = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.asked: dict[str, dict] = {}

    def add(self, file: str, shape: tuple[int, int], table: dict) -> str:
        """Asks for the table unless it is there; returns the file's name. `table`: as `edgesweep sequences --help` says."""
        path = self.folder / file
        if not (file in self.files and path.exists() and path.stat().st_size == self.files[file]["bytes"]):
            self.asked[file] = {"file": file} | dict(zip(("sequences", "images"), shape)) | table
        return file

    def draw(self, edgesweep: Path) -> None:
        """Writes what was asked for."""
        if not self.asked:
            return
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as tables:
            json.dump({"tables": list(self.asked.values())}, tables)
            tables.flush()
            said = answer(edgesweep, "sequences", tables.name, "-o", self.folder, "--force", "--json")
        if isinstance(said, str):
            raise SystemExit(said)
        for table in said["tables"]:
            path = Path(table.pop("file"))
            self.files[path.name] = table
            print(f"{path}: {table['shape'][0]} x {table['shape'][1]}", flush=True)
        self.asked.clear()
        write_json(self.path, dict(sorted(self.files.items())))


def write_json(path: Path, value) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def index_file(folder: SequenceFolder, sequence: dict, image_count: int, row: int | None) -> str:
    """The file of test images for the sequences of one run; `row`: the published trace, which comes first."""
    name = "index_iid"
    if sequence["type"] != "iid":
        spread, reset = float(sequence["spread"]), float(sequence["reset_probability"])
        name = f"index_spread_{number(spread)}_reset_{number(reset)}"
    table = {"metric_sequence": sequence, "image_count": image_count}
    return table_file(folder, name, table, row)


def gap_file(folder: SequenceFolder, arrivals: dict, row: int | None) -> str | None:
    """The file of test gaps for the arrivals of one run, or none where images arrive once a time unit."""
    if arrivals["type"] == "periodic":
        return None
    law = [arrivals["interval_1"], arrivals["interval_2"], float(arrivals["p_12"]), float(arrivals["p_21"])]
    return table_file(folder, "gap_" + "_".join(map(number, law)), {"arrivals": arrivals}, row)


def table_file(folder: SequenceFolder, name: str, table: dict, row: int | None) -> str:
    if row is None:
        return folder.add(f"{name}.h5", LOSSES, table)
    return folder.add(f"{name}_from_{row}.h5", TRACES, table | {"first_row": row})


def axis_settings(config: dict) -> list[str]:
    """The settings that the config sweeps, in the order of its axes."""
    sweep = config.get("sweep", {})
    return [setting for name, axis in sweep.items() for group in (axis if name == "zip" else [{name: axis}]) for setting in group]


def value_of(run: dict, setting: str):
    for name in setting.split("."):
        run = run[name]
    return run


def released_config(folder: SequenceFolder, edgesweep: Path, path: Path, image_count: int) -> dict:
    """The config with every run tested on the released sequences; its axes become one, run by run."""
    config = json.loads(path.read_text(encoding="utf-8"))
    plan = answer(edgesweep, "plan", path, "--json")
    if isinstance(plan, str):
        raise SystemExit(plan)
    index_row, gap_row = trace_rows(path.stem) or (None, None)
    test = dict(config["base"].get("test", {})) | {"metric_sequence": {"type": "replay", "file": ""}}
    points = []
    for run in (run["config"] for run in plan["runs"]):
        point = {setting: value_of(run, setting) for setting in axis_settings(config)}
        # A test of its own, as in figure E, goes before what the run is trained on.
        sequence, arrivals = (run["test"].get(name, run[name]) for name in ("metric_sequence", "arrivals"))
        point["test.metric_sequence.file"] = index_file(folder, sequence, image_count, index_row)
        gaps = gap_file(folder, arrivals, gap_row)
        if gaps:
            point["test.arrivals.file"] = gaps
            test["arrivals"] = {"type": "replay", "file": ""}
        points.append(point)
    if index_row is not None:
        test |= dict(zip(("sequences", "images"), TRACES))
    for name in test.keys() & {"metric_sequence", "arrivals"}:  # a file that all runs share stands in base alone
        files = [point[f"test.{name}.file"] for point in points]
        test[name]["file"] = files[0]
        if len(set(files)) == 1:
            for point in points:
                del point[f"test.{name}.file"]
    columns = {name: [point[name] for point in points] for name in points[0]}
    base = config["base"] | {"dataset": os.path.relpath(DATASET, folder.folder), "test": test}
    sweep = {"sweep": {"zip": [columns]}} if columns else {}
    return {"name": path.stem, "description": config.get("description", ""), "base": base} | sweep


def test_image_count() -> int:
    with np.load(DATASET) as arrays:
        return len(arrays["metric_ts"])


def write_all(edgesweep: Path, output: Path, configs: Path) -> list[Path]:
    """Writes sequences and configs; returns the configs that include the others."""
    folder = SequenceFolder(output)
    schema = os.path.relpath(configs.parent / "schema.json", output)
    image_count = test_image_count()
    written, parts = [], {}
    for name in COLLECTIONS:
        if not (configs / name).exists():
            continue
        whole = json.loads((configs / name).read_text(encoding="utf-8"))
        for part in whole["include"]:
            config = released_config(folder, edgesweep, configs / part, image_count)
            parts[output / part] = {"$schema": schema} | config
        parts[output / name] = whole | {"$schema": schema}
        written.append(output / name)
    if not written:
        raise SystemExit(f"{configs}: found none of {', '.join(COLLECTIONS)}")
    folder.draw(edgesweep)
    for path, config in parts.items():
        write_json(path, config)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=EXPERIMENTS.parent / "results" / "released",
                        help="folder to write to [results/released]")  # fmt: skip
    parser.add_argument("--configs", type=Path, default=CONFIGS,
                        help="folder of paper.json, recipes.json and the configs they include")  # fmt: skip
    program.add_argument(parser)
    arguments = parser.parse_args()
    if arguments.edgesweep is None:
        parser.error("the program edgesweep is not built: cmake --preset default && cmake --build --preset default")
    print(*write_all(arguments.edgesweep, arguments.output, arguments.configs), sep="\n")


if __name__ == "__main__":
    main()
