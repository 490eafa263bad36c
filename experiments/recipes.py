#!/usr/bin/env python3
"""Loss against Q iterations and seconds of several training recipes at the same points: a table and a picture.

    experiments/recipes.py results/recipes_warm.h5 results/recipes_published.h5 -o results/recipes.svg

Each file holds the runs of one recipe, with several seeds and evaluations on the way; experiments/recipes.sh makes them.
All recipes see the same validation sequences of a seed, so their differences have little sampling noise. "excess" is the loss
above the lowest end of any recipe at that point. "- published" needs `edgesweep compare FILE.h5` before. Needs h5py, numpy and
matplotlib.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

import matplotlib.pyplot as plt
import numpy as np

from figure_style import SOFT, save, use_style
from results_file import Results, Row

SETTINGS = ("rate", "depth", "metric_sequence_type", "metric_sequence_spread", "metric_sequence_reset_probability")
POLICIES = ("mdp", "dqn", "clairvoyant_metric")  # that every run needs
COLOURS = ("#1565c0", "#c2570c", "#12805c", "#a04bb0")
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)  # of a schedule
REACHED = 1e-4  # above the lowest end: as good as there
Point = tuple


@dataclass
class Training:
    """The seeds of one recipe at one point: evaluations with a row for each seed."""

    iterations: np.ndarray
    seconds: np.ndarray  # mean over seeds, of training alone
    losses: np.ndarray  # seeds x evaluations, on validation sequences
    tests: np.ndarray  # DQN losses on test sequences, by seed
    way: np.ndarray  # share of the way from the MDP to clairvoyant_metric, by seed
    published: float  # at our level; not a number if not compared

    def end(self) -> float:
        return float(self.losses[:, -1].mean())

    def reached(self, lowest: float) -> int | None:
        """The evaluation from which on the mean loss stays within REACHED of the lowest end."""
        late = np.flatnonzero(self.losses.mean(axis=0) > lowest + REACHED)
        first = int(late[-1]) + 1 if len(late) else 0
        return first if first < len(self.iterations) else None


def point_of(run: Row) -> Point:
    values = (run.get(name, "") for name in SETTINGS)
    return tuple("" if value != value else value for value in values)  # not a number: does not apply


def point_name(point: Point) -> str:
    rate, depth, kind, spread, reset = point
    images = f"spread {spread:g}, reset {reset:g}" if kind == "local_reset" else "independent, bursts"
    return f"rate {rate:g}, depth {depth:g}, {images}"


def published_losses(results: Results) -> dict[Point, float]:
    """Published DQN losses at our level, by point."""
    runs = {run["id"]: run for run in results.runs}
    rows = [row for row in results.table("comparison") if row["curve"] == "dqn" and row["status"] == "compared"]
    return {point_of(runs[row["run"]]): row["published_at_our_level"] for row in rows if row["run"] in runs}


def sequence_levels(trainings: list[Training]) -> np.ndarray:
    """How far the validation sequences of each seed lie above those of the mean seed: they are not a recipe's doing."""
    ends = [training.losses[:, -1] for training in trainings]
    if len({len(end) for end in ends}) > 1:
        raise SystemExit("the files have different seeds")
    mean = np.mean(ends, axis=0)
    return mean - mean.mean()


def training_of(runs: list[Row], curves: dict[str, list[Row]], published: float) -> Training:
    runs = sorted(runs, key=lambda run: run["seed"])
    rows = [curves[run["id"]] for run in runs]
    column = lambda name: np.array([[row[name] for row in curve] for curve in rows], dtype=float)  # noqa: E731
    of_runs = lambda name: np.array([run[name] for run in runs], dtype=float)  # noqa: E731
    if len({run["seed"] for run in runs}) < len(runs):
        raise SystemExit(f"{point_name(point_of(runs[0]))}: its runs differ in more than the seed")
    gained = of_runs("mdp_loss") - of_runs("dqn_loss")
    way = gained / (of_runs("mdp_loss") - of_runs("clairvoyant_metric_loss"))
    return Training(
        column("iteration")[0], column("seconds").mean(axis=0), column("validation_loss"), of_runs("dqn_loss"), way, published
    )


def read_recipe(path: Path) -> tuple[str, dict[Point, Training]]:
    """The recipe's name and its trainings by point."""
    results = Results([path])
    names = {str(run.get("dqn_recipe", "")) for run in results.runs}
    curves: dict[str, list[Row]] = {}
    for row in results.table("curves"):
        curves.setdefault(row["run"], []).append(row)
    missing = [policy for policy in POLICIES if f"{policy}_loss" not in results.runs[0]]
    if missing:
        raise SystemExit(f"{path}: its runs have no {', '.join(missing)}")
    groups: dict[Point, list[Row]] = {}
    for run in results.runs:
        if run["id"] not in curves:
            raise SystemExit(f"{path}: run {run['id']} has no evaluations; dqn.evaluate_every has to be above 0")
        groups.setdefault(point_of(run), []).append(run)
    published = published_losses(results)
    trained = {p: training_of(runs, curves, published.get(p, np.nan)) for p, runs in groups.items()}
    return ", ".join(sorted(names)), trained


def line_of(name: str, training: Training, lowest: float) -> str:
    excess = 1e4 * (training.losses.mean(axis=0) - lowest)
    at = [excess[np.searchsorted(training.iterations, share * training.iterations[-1])] for share in SHARES]
    against = 1e4 * (training.tests - training.published)
    place = training.reached(lowest)
    reached = f"{training.iterations[place]:.0f} in {training.seconds[place]:.1f} s" if place is not None else "never"
    span = f"{against.mean():+.2f} ({against.min():+.2f}..{against.max():+.2f})"
    return (
        f"  {name:10} {training.iterations[-1]:6.0f} {training.seconds[-1]:8.1f}  "
        + " ".join(f"{value:7.2f}" for value in at)
        + f"  {reached:>17}  {span:>23}  {100 * training.way.mean():5.0f} %"
    )


def print_table(recipes: dict[str, dict[Point, Training]], points: list[Point]) -> None:
    print(f"Losses times 1e4, means over seeds. excess: at {', '.join(f'{100 * s:g}' for s in SHARES)} % of the iterations.")
    head = "  recipe  iterations  seconds  excess" + " " * 34
    print(f"{head}within {1e4 * REACHED:g} from    - published (seeds)   way to clairvoyant")
    for point in points:
        lowest = min(trained[point].end() for trained in recipes.values())
        print(point_name(point))
        for name, trained in recipes.items():
            print(line_of(name, trained[point], lowest))


def draw(axes, recipes: dict[str, dict[Point, Training]], point: Point, x: str) -> None:
    trainings = {name: trained[point] for name, trained in recipes.items()}
    lowest = min(training.end() for training in trainings.values())
    levels = sequence_levels(list(trainings.values()))
    for colour, (name, training) in zip(COLOURS, trainings.items()):
        excess = 1e4 * (training.losses - levels[:, np.newaxis] - lowest)
        places = getattr(training, x)[1:]  # a logarithm has no room for the start
        axes.plot(places, excess.mean(axis=0)[1:], color=colour, label=name)
        axes.fill_between(places, excess.min(axis=0)[1:], excess.max(axis=0)[1:], color=colour, alpha=0.2, linewidth=0)
    axes.set_xscale("log")
    axes.set_ylim(-2, 40)
    axes.set_title(point_name(point), fontsize=8)


def picture(recipes: dict[str, dict[Point, Training]], points: list[Point], path: Path) -> None:
    use_style()
    size = (7.5, 1.9 * len(points))
    figure, panels = plt.subplots(len(points), 2, sharey=True, squeeze=False, figsize=size, layout="constrained")
    for row, point in zip(panels, points):
        for axes, x in zip(row, ("iterations", "seconds")):
            draw(axes, recipes, point, x)
        row[0].set_ylabel("excess loss, 1e-4")
    for axes, x in zip(panels[-1], ("Q iterations", "seconds of training")):
        axes.set_xlabel(x)
    panels[0][0].legend()
    caption = (
        "Validation loss above the lowest end of any recipe at the point; mean of the seeds, band from the lowest to the"
        " highest.\nWhat the validation sequences of a seed add to every recipe is left out."
    )
    figure.suptitle("Loss while training", x=0, ha="left", fontsize=11, fontweight="bold")
    figure.text(0, -0.003, caption, fontsize=7, color=SOFT, va="top")
    save(figure, path, "Loss while training", caption)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path, help="a results file for each recipe")
    parser.add_argument("-o", "--output", type=Path, help="picture to write (.svg, .png, .pdf)")
    arguments = parser.parse_args()
    recipes: dict[str, dict[Point, Training]] = {}
    for path in arguments.results:
        name, trained = read_recipe(path)
        recipes[path.stem if name in recipes else name] = trained
    points = [point for point in next(iter(recipes.values())) if all(point in trained for trained in recipes.values())]
    if not points:
        raise SystemExit("these files have no point in common")
    print_table(recipes, points)
    if arguments.output:
        picture(recipes, points, arguments.output)
        print(arguments.output)


if __name__ == "__main__":
    main()
