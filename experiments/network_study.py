#!/usr/bin/env python3
"""What a network's size and training cost and what they bring: losses against core-seconds, a table and a picture.

    experiments/network_study.py -o results/study.svg                      # all variants, about an hour of two cores
    experiments/network_study.py --only default,3x32_history_15 -o results/study.svg
    experiments/network_study.py --variant mine dqn.width=48 dqn.batch=32  # one of your own, beside those that are there

Every variant trains and tests the DQNs of configs/paper/study.json (twelve points, five seeds) on the paper's own test
sequences, which experiments/released_sequences.py writes. Losses are differences to the recipe warm_5x64 at the same point,
all on the same test sequences. Core-seconds are what the whole command takes. results/study keeps what is done. Needs h5py,
numpy and matplotlib.
"""

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import ScalarFormatter

import program
from figure_style import INK, SOFT, save, use_style
from results_file import Results

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "warm_5x64"
HIGHEST = 2.2  # 1e-4: what lies above is drawn here, with its value
POINT = ("rate", "depth", "metric_sequence_type", "metric_sequence_spread", "metric_sequence_reset_probability")


def schedule(iterations: int, highest: float, lowest: float = 1e-6, warm_up: int = 30) -> str:
    rise = {"iterations": warm_up, "learning_rate": 1e-4, "final_learning_rate": highest}
    fall = {"iterations": iterations - warm_up, "learning_rate": highest, "final_learning_rate": lowest, "shape": "cosine"}
    return f"dqn.schedule={json.dumps([rise, fall])}"


def network(layers: int, width: int, history: int) -> list[str]:
    return [f"dqn.layers={layers}", f"dqn.width={width}", f"dqn.history_metrics={history}"]


# Each lever alone, from the default on, then several together.
VARIANTS: dict[str, list[str]] = {
    REFERENCE: ["dqn.recipe=warm_5x64"],
    "default": [],
    "best": ["dqn.recipe=best"],
    **{f"{layers}x32": [f"dqn.layers={layers}"] for layers in (1, 2, 4, 5)},
    **{f"3x{width}": [f"dqn.width={width}"] for width in (16, 48, 64)},
    **{f"3x32_history_{history}": [f"dqn.history_metrics={history}"] for history in (7, 15, 63, 127)},
    **{f"batch_{batch}": [f"dqn.batch={batch}"] for batch in (16, 32, 128)},
    **{f"iterations_{iterations}": [schedule(iterations, 3e-3)] for iterations in (150, 300, 800)},
    **{f"rate_{rate:g}": [schedule(500, rate)] for rate in (1e-3, 2e-3, 5e-3)},
    "mini_batches_128_iterations_250": ["dqn.mini_batches=128", schedule(250, 3e-3)],
    "mini_batches_32_iterations_1000": ["dqn.mini_batches=32", schedule(1000, 3e-3, warm_up=60)],
    **{f"smoothing_{share:g}": [f"dqn.reward_smoothing={share}"] for share in (0.03, 0.09, 0.12, 0.18, 0.3)},
    "2x32_history_15": network(2, 32, 15),
    "2x32_history_15_batch_32": [*network(2, 32, 15), "dqn.batch=32"],
    "batch_128_iterations_1200": ["dqn.batch=128", schedule(1200, 3e-3)],
}


@dataclass
class Measured:
    name: str
    core_seconds: float
    losses: dict[tuple, np.ndarray]  # by point: a loss a seed, in the order of seeds

    def above(self, reference: "Measured") -> np.ndarray:
        """Mean loss minus that of the reference, by point."""
        return np.array([losses.mean() - reference.losses[point].mean() for point, losses in self.losses.items()])

    def error(self, reference: "Measured") -> float:
        """Standard error of the mean over points, from the spread over seeds."""
        spread = lambda losses: losses.var(ddof=1) / len(losses) if len(losses) > 1 else np.nan  # noqa: E731
        return float(np.sqrt(sum(spread(self.losses[p]) + spread(reference.losses[p]) for p in self.losses))) / len(self.losses)


def measure(command: list[str], name: str, settings: list[str], folder: Path) -> Measured:
    """Runs a variant by the command, unless its file and time are there."""
    path, times = folder / f"{name}.h5", folder / f"{name}.json"
    if not (path.exists() and times.exists()):
        command = [*command, "-o", str(path), "--force", "--quiet"]
        for setting in settings:
            command += ["--set", setting]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        times.write_text(json.dumps({"core_seconds": seconds, "settings": settings}) + "\n", encoding="utf-8")
    losses: dict[tuple, dict[int, float]] = {}
    for run in Results([path]).runs:
        point = tuple("" if value != value else value for value in (run.get(column, "") for column in POINT))
        losses.setdefault(point, {})[run["seed"]] = run["dqn_loss"]
    in_order = {point: np.array([by_seed[seed] for seed in sorted(by_seed)]) for point, by_seed in losses.items()}
    return Measured(name, json.loads(times.read_text(encoding="utf-8"))["core_seconds"], in_order)


def front(measured: list[Measured], means: dict[str, float]) -> list[Measured]:
    """Those that no cheaper one equals, by cost."""
    kept: list[Measured] = []
    for variant in sorted(measured, key=lambda one: one.core_seconds):
        if not kept or means[variant.name] < means[kept[-1].name]:
            kept.append(variant)
    return kept


def line_of(variant: Measured, reference: Measured) -> str:
    above = 1e4 * variant.above(reference)
    points = " ".join(f"{value:+5.1f}" for value in above)
    cost = f"{variant.core_seconds:8.1f} {variant.core_seconds / reference.core_seconds:6.2f}"
    return f"{variant.name:34} {cost}  {above.mean():+6.2f} {1e4 * variant.error(reference):5.2f} {above.max():+6.1f}  {points}"


def picture(measured: list[Measured], reference: Measured, path: Path) -> None:
    use_style()
    figure, axes = plt.subplots(figsize=(7.5, 4.6), layout="constrained")
    means = {variant.name: 1e4 * float(variant.above(reference).mean()) for variant in measured}
    for number, variant in enumerate(sorted(measured, key=lambda one: (one.core_seconds, one.name))):
        mean = means[variant.name]
        place = (variant.core_seconds, min(mean, HIGHEST))
        label = variant.name if mean <= HIGHEST else f"{variant.name}: {mean:+.1f}"
        if mean <= HIGHEST:
            axes.errorbar(*place, 1e4 * variant.error(reference), fmt="none", color=SOFT, lw=0.8)
        axes.plot(*place, "o" if mean <= HIGHEST else "^", ms=4, color=SOFT)
        # Neighbours in cost have their names on other sides.
        side, offset = (("left", 4), ("right", -4))[number % 2]
        axes.annotate(label, place, (offset, 2), textcoords="offset points", fontsize=5.5, ha=side)
    best = front(measured, means)
    axes.plot([one.core_seconds for one in best], [means[one.name] for one in best], color=INK, lw=1, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(0.7 * best[0].core_seconds, 1.5 * max(one.core_seconds for one in measured))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(ScalarFormatter())
    axes.set_xlabel("core-seconds of twelve points with five seeds, tests included")
    axes.set_ylabel(f"mean loss - that of {REFERENCE}, 1e-4")
    caption = "Bars: standard error from the spread over seeds. The line joins what nothing cheaper equals."
    save(figure, path, "Losses against work", caption)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names of variants, separated by commas [all]")
    parser.add_argument("--variant", nargs="+", metavar=("NAME", "SETTING"), help="one more: its name and its settings")
    config = ROOT / "results" / "released" / "study.json"
    parser.add_argument("--config", type=Path, default=config, help="points and seeds [results/released/study.json]")
    parser.add_argument("--scale", default="1", help="a smaller size, for a first look: as of edgesweep run [1]")
    parser.add_argument("--folder", type=Path, default=ROOT / "results" / "study", help="where results are kept [results/study]")
    parser.add_argument("-o", "--output", type=Path, help="picture to write (.svg, .png, .pdf)")
    program.add_argument(parser)
    arguments = parser.parse_args()
    variants = dict(VARIANTS)
    if arguments.only:
        unknown = set(arguments.only.split(",")) - set(VARIANTS)
        if unknown:
            parser.error(f"--only: found {', '.join(sorted(unknown))}; allowed: {', '.join(VARIANTS)}")
        variants = {name: VARIANTS[name] for name in dict.fromkeys([REFERENCE, *arguments.only.split(",")])}
    if arguments.variant:
        name, *settings = arguments.variant
        variants = {name: settings} | {REFERENCE: VARIANTS[REFERENCE]} | (variants if arguments.only else {})
    if not arguments.config.exists():
        raise SystemExit(f"{arguments.config}: found no such file; experiments/released_sequences.py writes study.json")
    if arguments.edgesweep is None:
        parser.error("--edgesweep: found no built program; ./experiments/quickstart.sh builds it")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    command = [str(arguments.edgesweep), "run", str(arguments.config), "--scale", arguments.scale]
    reference = measure(command, REFERENCE, variants.pop(REFERENCE), arguments.folder)
    print(f"{'variant':34} core-sec. ratio    mean error  worst  by point (loss - that of {REFERENCE}, 1e-4)")
    measured = [reference]
    print(line_of(reference, reference), flush=True)
    for name, settings in variants.items():
        measured.append(measure(command, name, settings, arguments.folder))
        print(line_of(measured[-1], reference), flush=True)
    if arguments.output:
        picture(measured, reference, arguments.output)
        print(arguments.output)


if __name__ == "__main__":
    sys.exit(main())
