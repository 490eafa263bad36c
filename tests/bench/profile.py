#!/usr/bin/env python3
"""Where each percent of a run goes: records it with perf and sums up its samples by part.

    tests/bench/profile.py -- build/edgesweep run configs/quickstart.json -o /tmp/quickstart.h5 --force

Samples are taken by the processor's clock, in every thread, so that they are shares of core time; a core
that waits has none. Needs perf (Debian: linux-perf).
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

# The first that fits a sample, by its function or else by its library. Training and simulation share the
# forward kernel: the summary of the run itself says how its time falls to the two.
PARTS = [
    ("networks: forward passes, in training and simulation", r"ForwardEnds|N_\w+::forward|chain_dot"),
    ("training: last layer, targets, error", r"OutputEnds|N_\w+::output_gradient"),
    ("training: input gradients", r"InputGradientEnds|N_\w+::input_gradient|N_\w+::transpose"),
    ("training: weight gradients and Adam", r"gradient_tile|first_tile|N_\w+::weight_step"),
    ("training: values of next states, mini-batches", r"next_state_values|CpuTrainer|TrainingScratch"),
    ("training: drawing windows", r"draw_windows|Windows"),
    ("simulation: networks, but for their layers", r"network_simul|NetworkSimul|SimulatedNetwork|GroupSimulator|HiddenLayers"),
    ("simulation: thresholds, sequences", r"[Tt]hreshold|[Pp]hilox|stream_words|words_of_streams|[Ss]equence|Metrics|Arrivals"),
    ("simulation: bounds", r"[Cc]lairvoyant|Slopes"),
    ("MDP", r"[Mm]dp|[Hh]ull|value_iteration"),
    ("files: HDF5, checksums, compression", r"H5|hdf5|libz|libcrypto|sha256|[Cc]heckpoint|Recorder|Results"),
    ("start: configs, datasets, plan", r"[Jj]son|[Cc]onfig|valijson|[Dd]ataset|expand|make_plan|[Ss]chema"),
]
OTHER = "other: scheduling, memory, the system"


def part_of(library, function):
    for name, pattern in PARTS:
        if re.search(pattern, function):
            return name
    for name, pattern in PARTS:
        if re.search(pattern, library):
            return name
    return OTHER


def record(command, frequency):
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        recorded = subprocess.run(["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", str(frequency), "--output",
                                   data, "--", *command], check=False)
        if recorded.returncode != 0:
            sys.exit(f"profile.py: {' '.join(command)}: exit status {recorded.returncode}")
        return report(data)


def report(data):
    text = subprocess.run(["perf", "report", "--input", data, "--stdio", "--field-separator", "|", "--sort", "dso,symbol",
                           "--fields", "sample,dso,symbol"], capture_output=True, text=True, check=True).stdout
    samples = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|", 2)]
        if len(fields) == 3 and fields[0].isdigit():
            samples.append((int(fields[0]), fields[1], fields[2]))
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frequency", type=int, default=199, help="samples a second and thread [199]")
    parser.add_argument("--data", help="a file that perf record has written, instead of a command")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="also the N functions with most samples")
    parser.add_argument("command", nargs="*", help="after --: what to run")
    options = parser.parse_args()
    if not shutil.which("perf"):
        sys.exit("profile.py: found no perf; Debian: apt-get install linux-perf")
    if bool(options.data) == bool(options.command):
        parser.error("either a command after -- or --data")
    samples = report(options.data) if options.data else record(options.command, options.frequency)
    total = sum(count for count, _, _ in samples)
    if total == 0:
        sys.exit("profile.py: no samples: the command was too short for this frequency")
    shares = collections.Counter()
    for count, library, function in samples:
        shares[part_of(library, function)] += count
    for name in [name for name, _ in PARTS] + [OTHER]:
        print(f"{name:54} {100 * shares[name] / total:6.2f} %")
    print(f"{'samples':54} {total:6}")
    for count, library, function in sorted(samples, reverse=True)[:options.functions]:
        print(f"{100 * count / total:6.2f} %  {part_of(library, function)[:34]:34}  {library}  {function[:120]}")


if __name__ == "__main__":
    main()
