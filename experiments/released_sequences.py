#!/usr/bin/env python3
"""Writes the test sequences of the paper's figures as replays, and configs that test on them.

    experiments/released_sequences.py                    # into results/released; files that are there stay
    edgesweep run results/released/paper.json

Training draws from edgesweep's generator as ever; `test.metric_sequence` and `test.arrivals` of every run name the
sequences and gaps that the released code simulates (100 x 100,000 test images, seed 0; for traces 500 x 3000, the
published one first). manifest.json lists the files with the SHA-256 of their values. Needs h5py and numpy.
"""

import argparse
import hashlib
import json
import os
from pathlib import Path

from needed_packages import need

need("h5py", "numpy")

import h5py  # noqa: E402
import numpy as np  # noqa: E402

from released_generator import iid_indices, local_reset_indices, markov_gaps  # noqa: E402
from sweep_points import read_config, setting, sweep_points  # noqa: E402

EXPERIMENTS = Path(__file__).resolve().parent
DATASET = EXPERIMENTS / "datasets" / "imagenet_top5.npz"
LOSSES = (100, 100_000)  # sequences, images
TRACES = (500, 3000)
COLLECTIONS = ("paper.json", "recipes.json")  # configs that include the others
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

    def add(self, file: str, dataset: str, draw) -> str:
        """Draws and writes the table unless it is there; returns the file's name."""
        path = self.folder / file
        if file in self.files and path.exists() and path.stat().st_size == self.files[file]["bytes"]:
            return file
        table = draw()
        unfinished = path.with_suffix(".tmp")
        with h5py.File(unfinished, "w") as out:
            out.create_dataset(dataset, data=table, chunks=(1, table.shape[1]), compression=1, shuffle=True)
        os.replace(unfinished, path)
        digest = hashlib.sha256(table.astype("<i4").tobytes()).hexdigest()
        self.files[file] = {
            "dataset": dataset, "shape": list(table.shape), "sha256": digest, "bytes": path.stat().st_size
        }  # fmt: skip
        write_json(self.path, dict(sorted(self.files.items())))
        print(f"{path}: {table.shape[0]} x {table.shape[1]}", flush=True)
        return file


def write_json(path: Path, value) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(value, indent=1, default=float) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def index_file(folder: SequenceFolder, config: dict, point: dict, image_count: int, row: int | None) -> str:
    """The file of test images for one run; `row`: the published trace, which comes first."""
    shape, ending = (LOSSES, "") if row is None else (TRACES, f"_from_{row}")
    if setting(config, point, "metric_sequence.type", "local_reset") == "iid":
        name, draw = "index_iid", lambda: iid_indices(image_count, *shape)
    else:
        spread = float(setting(config, point, "metric_sequence.spread", 0.1))
        reset = float(setting(config, point, "metric_sequence.reset_probability", 0.1))
        name = f"index_spread_{number(spread)}_reset_{number(reset)}"
        draw = lambda: local_reset_indices(image_count, *shape, spread, reset)  # noqa: E731
    return folder.add(f"{name}{ending}.h5", "index", lambda: np.roll(draw(), -(row or 0), axis=0))


def gap_file(folder: SequenceFolder, config: dict, point: dict, row: int | None) -> str | None:
    """The file of test gaps for one run, or none where images arrive once a time unit."""
    if setting(config, point, "arrivals.type", "periodic") == "periodic":
        return None
    shape, ending = (LOSSES, "") if row is None else (TRACES, f"_from_{row}")
    intervals = [int(setting(config, point, f"arrivals.interval_{k}", d)) for k, d in ((1, 1), (2, 3))]
    changes = [float(setting(config, point, f"arrivals.{k}", d)) for k, d in (("p_12", 0.001), ("p_21", 0.0005))]
    name = "gap_" + "_".join(map(number, intervals + changes)) + ending
    return folder.add(
        f"{name}.h5", "gap", lambda: np.roll(markov_gaps(*shape, *intervals, *changes), -(row or 0), axis=0)
    )


def tested(config: dict, point: dict) -> tuple[dict, dict]:
    """The config and point in whose place the test stands: a test of its own, as in figure E, goes before that."""
    own = {
        name: value for name, value in config["base"].get("test", {}).items() if name in ("metric_sequence", "arrivals")
    }
    moved = {name.removeprefix("test."): value for name, value in point.items() if name.startswith("test.")}
    kept = {name: value for name, value in point.items() if name.split(".")[0] not in own}
    return {"base": config["base"] | own}, kept | moved


def released_config(folder: SequenceFolder, config: dict, figure: str, image_count: int) -> dict:
    """The config with every run tested on the released sequences; its axes become one, run by run."""
    points = sweep_points(config)
    index_row, gap_row = trace_rows(figure) or (None, None)
    test = dict(config["base"].get("test", {})) | {"metric_sequence": {"type": "replay", "file": ""}}
    for point in points:
        settings = tested(config, point)
        point["test.metric_sequence.file"] = index_file(folder, *settings, image_count, index_row)
        gaps = gap_file(folder, *settings, gap_row)
        if gaps:
            point["test.arrivals.file"] = gaps
            test["arrivals"] = {"type": "replay", "file": ""}
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
    return {"name": figure, "description": config.get("description", ""), "base": base} | sweep


def test_image_count() -> int:
    with np.load(DATASET) as arrays:
        return len(arrays["metric_ts"])


def write_all(output: Path, configs: Path) -> list[Path]:
    """Writes sequences and configs; returns the configs that include the others."""
    folder = SequenceFolder(output)
    schema = os.path.relpath(configs.parent / "schema.json", output)
    image_count = test_image_count()
    written = []
    for name in COLLECTIONS:
        if not (configs / name).exists():
            continue
        whole = read_config(configs / name)
        for part in whole["include"]:
            config = released_config(folder, read_config(configs / part), Path(part).stem, image_count)
            write_json(output / part, {"$schema": schema} | config)
        write_json(output / name, whole | {"$schema": schema})
        written.append(output / name)
    if not written:
        raise SystemExit(f"{configs}: found none of {', '.join(COLLECTIONS)}")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=EXPERIMENTS.parent / "results" / "released",
                        help="folder to write to [results/released]")  # fmt: skip
    parser.add_argument("--configs", type=Path, default=EXPERIMENTS.parent / "configs" / "paper",
                        help="folder of paper.json, recipes.json and the configs they include")  # fmt: skip
    arguments = parser.parse_args()
    print(*write_all(arguments.output, arguments.configs), sep="\n")


if __name__ == "__main__":
    main()
