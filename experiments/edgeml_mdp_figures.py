#!/usr/bin/env python3
"""Draws the experiments of EdgeML-MDP (Chakrabarti et al., arXiv:2010.13737) from their results files.

    edgesweep run configs/edgeml_mdp/single_device.json     and robustness.json, many_devices.json
    experiments/edgeml_mdp_figures.py results -o pictures

Draws what it finds of RESULTS/single_device.h5, robustness.h5 and many_devices.h5. Runs that differ in the dataset
(folds) are averaged; statistics are those of the first. Needs h5py, numpy and matplotlib.
"""
import argparse
import pathlib

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

DEPTHS = [1, 1.5, 2, 3, 5]
STRATEGIES = {
    "isolated": ("tab:blue", "-", "isolated"),
    "hierarchical": ("tab:orange", "-", "hierarchical"),
    "smart": ("tab:green", "-", "smart switch"),
    "lower_bound": ("0.3", ":", "bound without a bucket"),
}


def curve(rows, x, column):
    """x ascending, and the mean of a column over the rows of each x."""
    places = np.unique(rows[x])
    return places, np.array([rows[rows[x] == place][column].mean() for place in places])


def at(rows, **settings):
    """Rows with these settings."""
    for name, value in settings.items():
        rows = rows[np.isclose(rows[name], value)]
    return rows


def depths_of(rows):
    """The reference's choice of depths, or all where none of them is there."""
    there = np.unique(rows["depth"])
    return [depth for depth in DEPTHS if np.isclose(there, depth).any()] or list(there[:5])


def finish(figure, path):
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)
    print(path)


def draw_loss(rows, path):
    """Loss against rate for depths, and against depth for rates."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
    for name, line, label in [("weak", "--", "weak only"), ("strong", "-.", "strong only"), ("lower_bound", ":", "bound")]:
        panels[0].plot(*curve(rows, "rate", f"{name}_loss"), color="0.4", linestyle=line, label=label)
    for number, depth in enumerate(depths_of(rows)):
        here = at(rows, depth=depth)
        panels[0].plot(*curve(here, "rate", "mdp_loss"), f"C{number}.-", label=f"MDP, depth {depth:g}")
    panels[0].set_xlabel("token rate")
    panels[0].set_ylabel("average loss")
    for number, rate in enumerate([0.05, 0.1, 0.25, 0.5]):
        here = at(rows, rate=rate)
        if len(here) == 0:
            continue
        panels[1].plot(*curve(here, "depth", "mdp_loss"), f"C{number}.-", label=f"MDP, rate {rate:g}")
        panels[1].plot(*curve(here, "depth", "baseline_loss"), f"C{number}.--", label=f"baseline, rate {rate:g}")
        panels[1].plot(*curve(here, "depth", "lower_bound_loss"), f"C{number}:")
    panels[1].set_xlabel("bucket depth (dotted: bound)")
    for axes in panels:
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    finish(figure, path)


def first_statistics(file, rows, **settings):
    """The row and the statistics of the first run with these settings, or None."""
    for row in at(rows, **settings):
        name = row["id"].decode()
        if name in file.get("statistics", {}):
            return row, file["statistics"][name]
    return None, None


def smoothed(sums, counts, width):
    """Ratio of two moving sums."""
    ones = np.ones(width)
    return np.convolve(sums, ones, "valid") / np.maximum(np.convolve(counts, ones, "valid"), 1)


def draw_statistics(file, rows, path):
    """Threshold by tokens, offload frequency by metric rank, and occupancy, one row of panels a rate."""
    rates = [rate for rate in [0.05, 0.1, 0.25, 0.5] if len(at(rows, rate=rate))]
    figure, panels = plt.subplots(len(rates), 3, figsize=(13, 3.2 * len(rates)), squeeze=False)
    policies = file["policies"][:]
    for axes, rate in zip(panels, rates):
        for number, depth in enumerate(depths_of(rows)):
            row, counted = first_statistics(file, rows, rate=rate, depth=depth)
            if counted is None:
                continue
            label = f"depth {depth:g}"
            own = policies[(policies["run"] == row["id"]) & (policies["policy"] == b"mdp")]
            axes[0].plot(own["tokens"], own["threshold"], f"C{number}.-", markersize=3, label=label)
            mdp = counted["mdp"]
            draws = counted["draws_by_rank"][:]
            width = max(len(draws) // 100, 1)
            frequency = smoothed(mdp["offloads_by_rank"][:], draws, width)
            axes[1].plot(np.linspace(0, 100, len(frequency)), frequency, color=f"C{number}", label=label)
            occupancy = mdp["occupancy"][:]
            tokens = (row["bucket_refill"] + np.arange(len(occupancy))) / row["bucket_cost"]
            axes[2].plot(tokens, occupancy / occupancy.max(), f"C{number}.-", markersize=3, label=label)
        axes[0].set(xlabel="tokens", ylabel="threshold on the metric", title=f"rate {rate:g}")
        axes[1].set(xlabel="metric (percentile)", ylabel="share offloaded", xlim=(max(0, 100 * (1 - 3 * rate)), 100))
        axes[2].set(xlabel="tokens", ylabel="occupancy / largest")
        for panel in axes:
            panel.grid(alpha=0.3)
            panel.legend(fontsize=7)
    figure.tight_layout()
    finish(figure, path)


def draw_offload_share(rows, path):
    """Images offloaded against rate: what the bucket wastes."""
    figure, axes = plt.subplots(figsize=(5.5, 4))
    for number, depth in enumerate(depths_of(rows)):
        here = at(rows, depth=depth)
        axes.plot(*curve(here, "rate", "mdp_offload_rate"), f"C{number}.-", label=f"MDP, depth {depth:g}")
        axes.plot(*curve(here, "rate", "baseline_offload_rate"), f"C{number}.--", label=f"baseline, depth {depth:g}")
    places = np.unique(rows["rate"])
    axes.plot(places, places, "0.3", label="rate")
    axes.set(xlabel="token rate", ylabel="share of images offloaded")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    finish(figure, path)


def draw_robustness(rows, path):
    """Loss against depth for deviations of the training images, a panel a rate; solid MDP, dashed baseline."""
    rates = np.unique(rows["rate"])
    figure, panels = plt.subplots(1, len(rates), figsize=(4.5 * len(rates), 4), squeeze=False)
    deviations = np.unique(rows["training_deviation"])
    colours = plt.get_cmap("coolwarm")(np.linspace(0, 1, len(deviations)))
    for axes, rate in zip(panels[0], rates):
        for deviation, colour in zip(deviations, colours):
            here = at(rows, rate=rate, training_deviation=deviation)
            shade = "k" if deviation == 0 else colour
            axes.plot(*curve(here, "depth", "mdp_loss"), color=shade, label=f"{deviation:+g} %")
            axes.plot(*curve(here, "depth", "baseline_loss"), color=shade, linestyle="--")
        axes.set(xlabel="bucket depth", title=f"rate {rate:g}")
        axes.grid(alpha=0.3)
    panels[0][0].set_ylabel("average loss (solid MDP, dashed baseline)")
    panels[0][-1].legend(fontsize=7, title="deviation")
    finish(figure, path)


def draw_devices(rows, path):
    """Loss against the number of devices for the strategies, a panel a rate and depth."""
    rates, depths = np.unique(rows["rate"]), np.unique(rows["depth"])
    figure, panels = plt.subplots(len(depths), len(rates), figsize=(4 * len(rates), 3.3 * len(depths)), squeeze=False)
    for line, depth in zip(panels, depths):
        for axes, rate in zip(line, rates):
            here = at(rows, rate=rate, depth=depth)
            for name, (colour, style, label) in STRATEGIES.items():
                if f"{name}_loss" in rows.dtype.names and len(here):
                    axes.plot(*curve(here, "devices_count", f"{name}_loss"), color=colour, linestyle=style, marker=".",
                              label=label)
            axes.set_title(f"rate {rate:g}, depth {depth:g} for each device", fontsize=9)
            axes.grid(alpha=0.3)
        line[0].set_ylabel("average loss")
    for axes in panels[-1]:
        axes.set_xlabel("devices")
    panels[0][0].legend(fontsize=7)
    figure.tight_layout()
    finish(figure, path)


def draw_search(file, rows, path):
    """Training reward of the hierarchical devices' buckets, as far as simulated to the end; a cross is the best."""
    counts = [count for count in [2, 4, 8] if count in rows["devices_count"]] or list(np.unique(rows["devices_count"]))[:3]
    rates = np.unique(rows["rate"])
    depth = np.unique(rows["depth"])[0]
    figure, panels = plt.subplots(len(counts), len(rates), figsize=(4 * len(rates), 3 * len(counts)), squeeze=False)
    searches = file["searches"][:]
    for line, count in zip(panels, counts):
        for axes, rate in zip(line, rates):
            here = at(rows, rate=rate, depth=depth, devices_count=count)
            points = searches[searches["run"] == here[0]["id"]] if len(here) else searches[:0]
            if len(points) == 0:
                continue
            image = axes.scatter(points["depth"], points["rate"], c=points["reward"], marker="s", s=14)
            best = points[np.argmax(points["reward"])]
            axes.plot(best["depth"], best["rate"], "rx")
            figure.colorbar(image, ax=axes)
            axes.set_title(f"{count} devices, share ({rate:g}, {depth:g})", fontsize=9)
        line[0].set_ylabel("rate of a device")
    for axes in panels[-1]:
        axes.set_xlabel("depth of a device")
    figure.tight_layout()
    finish(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path, help="folder of the results files")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("pictures"), help="folder to draw into")
    parser.add_argument("--format", default="svg", choices=["svg", "png", "pdf"])
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    found = False
    for name in ["single_device", "robustness", "many_devices"]:
        source = arguments.results / f"{name}.h5"
        if not source.exists():
            continue
        found = True
        picture = lambda what: arguments.output / f"{name}_{what}.{arguments.format}"  # noqa: E731
        with h5py.File(source) as file:
            rows = file["runs"][:]
            rows = rows[rows["status"] == b"done"]
            if name == "single_device":
                draw_loss(rows, picture("loss"))
                draw_statistics(file, rows, picture("statistics"))
                draw_offload_share(rows, picture("offloads"))
            elif name == "robustness":
                draw_robustness(rows, picture("loss"))
            else:
                draw_devices(rows, picture("loss"))
                if "searches" in file:
                    draw_search(file, rows, picture("search"))
    if not found:
        parser.error(f"no single_device.h5, robustness.h5 or many_devices.h5 in {arguments.results}")


if __name__ == "__main__":
    main()
