#!/usr/bin/env python3
"""Size and time of one decision of an exported network, one at a time on one thread: the table of docs/export.md.

    PYTHONPATH=python build/readers/bin/python tests/bench/export_latency.py results/one.h5

Median over decisions. C is compiled with -O3 -march=native; PyTorch is measured where it is installed.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import edgesweep
from edgesweep._program import ask

MAIN = """
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "camera.h"
static int by_value(const void* a, const void* b) { return *(const double*)a < *(const double*)b ? -1 : 1; }
int main(void) {
  enum { COUNT = 100000 };
  static double spent[COUNT];
  camera_state state;
  int i, offloads = 0;
  camera_start(&state);
  for (i = 0; i < COUNT; ++i) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    offloads += camera_decide(&state, camera_example_metric[i % 1000], 1 << 20); /* the bucket is full */
    clock_gettime(CLOCK_MONOTONIC, &end);
    spent[i] = (end.tv_sec - begin.tv_sec) * 1e6 + (end.tv_nsec - begin.tv_nsec) * 1e-3;
  }
  qsort(spent, COUNT, sizeof(double), by_value);
  printf("%g %d\\n", spent[COUNT / 2], offloads);
  return 0;
}
"""


def median_us(decide: Callable[[], object], count: int) -> float:
    for _ in range(count // 10):
        decide()
    spent = []
    for _ in range(count):
        begin = time.perf_counter_ns()
        decide()
        spent.append((time.perf_counter_ns() - begin) / 1e3)
    return statistics.median(spent)


def of_c(results: Path, folder: Path) -> tuple[int, float]:
    header = folder / "camera.h"
    ask(["export", str(results), "-o", str(header)])
    (folder / "main.c").write_text(MAIN, encoding="utf-8")
    subprocess.run(["cc", "-std=c99", "-O3", "-march=native", "main.c", "-o", "decide", "-lm"], cwd=folder, check=True)
    answer = subprocess.run([folder / "decide"], capture_output=True, text=True, check=True).stdout
    return os.path.getsize(folder / "decide"), float(answer.split()[0])


def of_onnx(network: edgesweep.Network) -> tuple[int, float]:
    import onnxruntime

    model = network.to_onnx().SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    row = first_row(network)
    return len(model), median_us(lambda: session.run(["offload"], row), 5000)


def of_torch(network: edgesweep.Network) -> tuple[int, float]:
    import io

    import torch

    torch.set_num_threads(1)
    module = network.to_torch()
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    row = {name: torch.from_numpy(values) for name, values in first_row(network).items()}
    with torch.no_grad():
        time_us = median_us(lambda: module(row["metric"], row.get("gap"), row["units"]), 2000)
    return len(file.getvalue()), time_us


def first_row(network: edgesweep.Network) -> dict[str, np.ndarray]:
    example = network.example
    rows = network.rows(example.metric, example.gap, np.full_like(example.units, network.capacity))
    return {name: np.ascontiguousarray(values[-1:]) for name, values in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="results file of one run with stored weights")
    results = parser.parse_args().results
    network = edgesweep.open(results).network("")
    with tempfile.TemporaryDirectory() as folder:
        npz = Path(folder) / "camera.npz"
        ask(["export", str(results), "-o", str(npz)])
        example = network.example
        rows = {
            "C": lambda: of_c(results, Path(folder)),
            "NumPy, of a sequence of 1000": lambda: (
                npz.stat().st_size,
                median_us(lambda: network.decide(example.metric, example.gap), 20) / len(example.metric),
            ),
            "ONNX Runtime": lambda: of_onnx(network),
            "PyTorch": lambda: of_torch(network),
        }
        print("| with | bytes | one decision (median, us) |\n| --- | --- | --- |")
        for name, measure in rows.items():
            try:
                size, microseconds = measure()
            except ImportError:
                print(f"| {name} | not installed | |")
                continue
            print(f"| {name} | {size} | {microseconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
