#!/usr/bin/env python3
"""Draws the experiments of EdgeML-MDP (Chakrabarti et al., arXiv:2010.13737) from their results files.

    edgesweep run configs/edgeml_mdp/single_device.json     and robustness.json, many_devices.json
    experiments/edgeml_mdp_figures.py results -o pictures

Draws what it finds of RESULTS/single_device.h5, robustness.h5 and many_devices.h5. Datasets named <cost>_fold<K>, as
`edgesweep prepare -o '{cost}_fold{fold}.h5'` names them, are folds of one cost: lines are means over folds, bands go from the
lowest to the highest fold. Each cost has panels or pictures of its own. Needs h5py, numpy and matplotlib.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from needed_packages import need_for_drawing

need_for_drawing()

from matplotlib.figure import Figure

from edgeml_mdp_devices import draw_devices, draw_search
from edgeml_mdp_points import by_cost
from edgeml_mdp_single import draw_losses, draw_offload_share, draw_robustness, draw_statistics
from figure_style import save, use_style
from results_file import Results


def figures_of(name: str, results: Results) -> Iterator[tuple[str, Figure]]:
    """(what it shows, the figure), one after another."""
    rows = results.runs
    costs = by_cost(rows)
    ending = (lambda cost: f"_{cost}") if len(costs) > 1 else (lambda cost: "")
    if name == "single_device":
        yield "loss", draw_losses(rows)
        yield "offloads", draw_offload_share(rows)
        for cost, own in costs:
            yield f"statistics{ending(cost)}", draw_statistics(results, own, cost)
    elif name == "robustness":
        yield "loss", draw_robustness(rows)
    else:
        yield "loss", draw_devices(rows)
        for cost, own in costs if results.table("searches") else ():
            yield f"search{ending(cost)}", draw_search(results, own, cost)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="folder of the results files")
    parser.add_argument("-o", "--output", type=Path, default=Path("pictures"), help="folder to draw into [pictures]")
    parser.add_argument("--format", default="svg", choices=["svg", "png", "pdf"])
    arguments = parser.parse_args()
    sources = {name: arguments.results / f"{name}.h5" for name in ("single_device", "robustness", "many_devices")}
    if not any(source.exists() for source in sources.values()):
        parser.error(f"no single_device.h5, robustness.h5 or many_devices.h5 in {arguments.results}")
    use_style()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        if not source.exists():
            continue
        for what, figure in figures_of(name, Results([source])):
            path = arguments.output / f"{name}_{what}.{arguments.format}"
            save(figure, path, f"{name.replace('_', ' ')}: {what.replace('_', ' ')}")
            print(path)


if __name__ == "__main__":
    main()
