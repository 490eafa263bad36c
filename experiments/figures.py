#!/usr/bin/env python3
"""Draws the paper's figures from a results file, the published curves behind them.

    experiments/figures.py results/paper.h5 -o results/paper_figures

Writes an SVG for each figure that has runs and says in one line what is missing. Several files are read as one. Needs
h5py, numpy and matplotlib.
"""
import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from figure_losses import CAPTION, loss_figure, loss_panels
from figure_style import save, use_style
from figure_testbed import testbed_caption, testbed_figure
from figure_traces import trace_caption, trace_figure, trace_of
from paper_figures import LOSS_FIGURES, TRACE_FIGURES
from published_values import EXPERIMENTS, PUBLISHED, Published
from results_file import Results
from testbed_replay import policy_replays

DATASET = EXPERIMENTS / "datasets" / "imagenet_top5.npz"


@dataclass(frozen=True)
class Dataset:
    """What the figures need of the dataset: mean and standard deviation of training metrics, mean weak loss of test images."""

    metric_mean: float
    metric_deviation: float
    mean_weak_loss: float


def read_dataset(path: Path) -> Dataset:
    try:
        with np.load(path) as arrays:
            metrics = arrays["metric_tr"]
            return Dataset(metrics.mean(), metrics.std(), arrays["wcost_ts"].mean())
    except (OSError, KeyError, ValueError) as error:
        raise SystemExit(f"{path}: cannot read this dataset: {error}") from error


def teller(figure: str) -> Callable[[str], None]:
    """Prints each message about a figure once."""
    told = set()

    def tell(message: str) -> None:
        if message not in told:
            told.add(message)
            print(f"figure {figure}: {message}")

    return tell


def drawn_figures(results: Results, published: Published, dataset: Dataset) -> Iterator[tuple[str, str, str, Figure]]:
    """Name, title, caption and picture of each figure that has runs."""
    for figure in LOSS_FIGURES:
        tell = teller(figure.name)
        if not results.of_figure(figure.name, figure.settings):
            tell("no run in the results: skipped")
            continue
        panels = loss_panels(figure, results, published, dataset.mean_weak_loss, tell)
        if panels:
            yield figure.name, figure.title, CAPTION, loss_figure(figure, panels, published)
    testbed = published.testbed()
    if testbed is None:
        teller("4")(f"no fig4_testbed.csv in {published.folder}: skipped")
    else:
        replays = policy_replays(results, testbed, dataset.metric_mean, dataset.metric_deviation)
        caption = testbed_caption(testbed)
        yield "4", "The testbed's images through our bucket", caption, testbed_figure(testbed, replays)
    for figure in TRACE_FIGURES:
        trace = trace_of(figure, results, published, dataset.metric_mean, dataset.metric_deviation)
        if trace is None:
            teller(figure.name)("no run with a stored trace in the results: skipped")
            continue
        yield figure.name, f"{figure.title}: {figure.subtitle}", trace_caption(trace), trace_figure(figure, trace, published)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="results file(s) of edgesweep run")
    parser.add_argument("-o", "--output", type=Path, default=Path("figures"), help="folder to write to [figures]")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="folder of the published values")
    parser.add_argument("--dataset", type=Path, default=DATASET, help="the .npz the runs read")
    parser.add_argument("--format", choices=("svg", "png", "pdf"), default="svg")
    arguments = parser.parse_args()
    use_style()
    results, published = Results(arguments.results), Published(arguments.published)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, title, caption, figure in drawn_figures(results, published, read_dataset(arguments.dataset)):
        path = arguments.output / f"figure_{name.lower()}.{arguments.format}"
        save(figure, path, f"Figure {name}: {title}", caption)
        print(path)


if __name__ == "__main__":
    main()
