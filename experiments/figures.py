#!/usr/bin/env python3
"""Draws the paper's figures from a results file, the published curves behind them.

    experiments/figures.py results/paper.h5 -o results/paper_figures

Writes an SVG for each figure that has runs and says in one line what is missing. Several files are read as one. Needs
h5py, numpy and matplotlib.
"""

import argparse
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

import program
from figure_style import add_title_and_caption, save, use_style
from paper import PUBLISHED, Published
from paper_drawing import drawn_figures
from results_file import Results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="results file(s) of edgesweep run")
    parser.add_argument("-o", "--output", type=Path, default=Path("figures"), help="folder to write to [figures]")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="folder of the published values")
    parser.add_argument("--format", choices=("svg", "png", "pdf"), default="svg")
    program.add_argument(parser)
    arguments = parser.parse_args()
    use_style()
    results, published = Results(arguments.results), Published(arguments.published)
    arguments.output.mkdir(parents=True, exist_ok=True)
    latency = program.decision_ms(arguments.edgesweep, arguments.results)
    for drawn in drawn_figures(results, published, latency):
        path = arguments.output / f"figure_{drawn.name.lower()}.{arguments.format}"
        picture = drawn.whole()
        title = f"Figure {drawn.name}: {drawn.title}"
        add_title_and_caption(picture, title, drawn.caption)
        save(picture, path, title, drawn.caption)
        print(path)


if __name__ == "__main__":
    main()
