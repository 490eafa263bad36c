#!/usr/bin/env python3
"""Measures the memory and time of many runs and large results, beside an older program and the plan.

    tests/bench/memory.py OLDER_PROGRAM [--program build/edgesweep] [--dataset FILE]

Both programs execute the same configs, one after the other. Prints a line a case: the largest resident memory
and the processor time of both, what the newer program's `plan` predicts, and the goals that are missed. Ends
with 1 if any is.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHORT_TEST = {"sequences": 2, "images": 100}
TENTHS = {"from": 0.05, "to": 0.5, "step": 0.05}

# Name, command, config, most memory and most time as shares of the older program's (None: no goal).
CASES = [
    ("plan of 100,000 runs", "plan",
     {"base": {"policies": ["weak", "baseline"], "test": SHORT_TEST},
      "sweep": {"rate": TENTHS, "depth": {"from": 1, "to": 100, "step": 1}, "seed": {"from": 1, "to": 100, "step": 1}}},
     1 / 10, 1 / 3),
    ("plan of 100,000 networks", "plan",
     {"base": {"test": SHORT_TEST},
      "sweep": {"seed": {"from": 1, "to": 100, "step": 1}, "rate": TENTHS, "depth": {"from": 1, "to": 100, "step": 1}}},
     1 / 10, 1 / 3),
    ("25,000 runs, baseline", "run",
     {"base": {"policies": ["baseline"], "test": SHORT_TEST},
      "sweep": {"rate": TENTHS, "depth": {"from": 1, "to": 25, "step": 1}, "seed": {"from": 1, "to": 100, "step": 1}}},
     1 / 5, None),
    ("10,000 runs, no networks", "run",
     {"base": {"policies": ["weak", "lower_bound", "baseline", "mdp"], "test": SHORT_TEST},
      "sweep": {"rate": TENTHS, "depth": {"from": 1, "to": 10, "step": 1}, "seed": {"from": 1, "to": 100, "step": 1}}},
     None, None),
    ("6 runs with traces", "run",
     {"base": {"policies": ["weak", "lower_bound", "baseline", "mdp"], "test": {"sequences": 100, "images": 10000},
               "store": {"traces": {"sequences": 100, "images": 10000}}},
      "sweep": {"rate": [0.1, 0.2], "depth": [2, 4, 8]}},
     None, None),
]  # fmt: skip
LARGEST_ERROR = 0.2  # of the planned memory


def measure(program, command, folder):
    """Largest resident bytes, processor seconds and output of a command that must succeed."""
    process = subprocess.Popen([program, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{program} {' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, output


def planned_bytes(text):
    value, prefix = re.search(r"Memory: ([0-9.]+) ([kMGT]?)B", text).groups()
    return float(value) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[prefix]


def run_case(case, older, newer, dataset, folder):
    name, command, config, most_memory, most_time = case
    config["base"]["dataset"] = str(dataset)
    (folder / "sweep.json").write_text(json.dumps(config))
    output = [] if command == "plan" else ["-o", "out.h5", "--force"]
    old_bytes, old_seconds, _ = measure(older, [command, "sweep.json", *output], folder)
    new_bytes, new_seconds, text = measure(newer, [command, "sweep.json", *output], folder)
    memory, time = new_bytes / old_bytes, new_seconds / old_seconds
    missed = []
    if most_memory and memory > most_memory:
        missed.append(f"memory above {most_memory:.2f}")
    if most_time and time > most_time:
        missed.append(f"time above {most_time:.2f}")
    planned = "-"
    if command == "run":
        text = measure(newer, ["plan", "sweep.json"], folder)[2]
        error = planned_bytes(text) / new_bytes - 1
        planned = f"{planned_bytes(text) / 1e6:.0f} MB ({100 * error:+.0f} %)"
        if abs(error) > LARGEST_ERROR:
            missed.append(f"plan is off by more than {100 * LARGEST_ERROR:.0f} %")
    row = [name, f"{old_bytes / 1e6:.0f} MB", f"{new_bytes / 1e6:.0f} MB", f"{memory:.3f}",
           f"{old_seconds:.1f} s", f"{new_seconds:.1f} s", f"{time:.2f}", planned,
           "; ".join(missed) or "as wanted"]  # fmt: skip
    return row, bool(missed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("older")
    parser.add_argument("--program", default=ROOT / "build/edgesweep")
    parser.add_argument("--dataset", default=ROOT / "experiments/datasets/imagenet_top5.npz")
    options = parser.parse_args()
    older, newer, dataset = (pathlib.Path(path).resolve() for path in (options.older, options.program, options.dataset))
    widths = [26, 9, 9, 7, 8, 8, 6, 18, 0]
    header = ["case", "older", "newer", "ratio", "older", "newer", "ratio", "planned", "goals"]
    any_missed = False
    print("  ".join(f"{cell:{width}}" for cell, width in zip(header, widths)).rstrip())
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            row, missed = run_case(case, older, newer, dataset, pathlib.Path(folder))
        any_missed = any_missed or missed
        print("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip(), flush=True)
    sys.exit(1 if any_missed else 0)


if __name__ == "__main__":
    main()
