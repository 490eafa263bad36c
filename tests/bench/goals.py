#!/usr/bin/env python3
"""Runs the benchmarks and prints each goal of the CPU engine with what was measured.

    tests/bench/goals.py [--program build/tests/edgesweep_bench] [--repetitions 15]

Every figure is the best of the repetitions, which are interleaved, so that the peak and what is held
against it see the same machine. Run it on a machine that does nothing else.
"""
import argparse
import json
import subprocess
import sys

FILTER = "Peak|Steps|OneNetwork|PlainStep|OpenBlas|QIteration/|DrawWindows|Networks|SimulateNetwork|Thresholds|MdpSweep/"


class Results:
    """Best time (lowest) and rate (highest) of each benchmark."""

    def __init__(self, benchmarks):
        self.rate, self.time, self.label = {}, {}, {}
        for row in benchmarks:
            if row.get("run_type") != "iteration" or row.get("error_occurred"):
                continue
            name = row["run_name"].removesuffix("/real_time")
            seconds = row["cpu_time" if not row["run_name"].endswith("real_time") else "real_time"]
            seconds *= {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[row["time_unit"]]
            self.time[name] = min(seconds, self.time.get(name, seconds))
            rate = row.get("FLOP", row.get("items_per_second", 0))
            self.rate[name] = max(rate, self.rate.get(name, rate))
            self.label[name] = row.get("label", "")

    def peak(self, isa):
        return next((rate for name, rate in self.rate.items() if name.startswith("Peak") and self.label[name] == isa), None)

    def share(self, family, outputs, isa):
        """Floating-point rate over the peak of the same instruction set."""
        for name, rate in self.rate.items():
            if name.startswith(f"{family}/outputs:{outputs}/") and self.label[name] == isa:
                return rate / self.peak(isa)
        return None


def run(program, repetitions):
    command = [program, f"--benchmark_filter={FILTER}", f"--benchmark_repetitions={repetitions}",
               "--benchmark_min_time=0.05", "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0 or not finished.stdout:
        sys.exit(f"{program} failed:\n{finished.stderr}")
    return Results(json.loads(finished.stdout)["benchmarks"])


def rows_of(r):
    """(what, goal as text, measured as text, reached: True, False or None for no goal)"""

    def percent(value):
        return "-" if value is None else f"{100 * value:.1f} %"

    best = "avx512" if r.peak("avx512") else "avx2" if r.peak("avx2") else "neon"
    for isa in ("avx512", "avx2", "neon"):
        if r.peak(isa):
            yield f"peak, {isa}", "", f"{r.peak(isa) / 1e9:.1f} GFLOP/s a core", None
    for outputs, goal in ((13, 0.90), (91, 0.90), (781, 0.86)):
        value = r.share("Steps", outputs, best)
        yield f"training step, O = {outputs}, {best}", f">= {percent(goal)} of peak", percent(value), value >= goal
    if best == "avx512":
        for outputs in (13, 91, 781):
            value = r.share("Steps", outputs, "avx2")
            yield f"training step, O = {outputs}, avx2", ">= 85.0 % of avx2 peak", percent(value), value >= 0.85
    for layers in (2, 3):
        value = r.rate[f"SmallSteps/layers:{layers}"] / r.peak(best)
        yield f"training step, {layers} x 32, {best}", ">= 60.0 % of peak", percent(value), value >= 0.60
    one, two = (r.time[f"OneNetwork/threads:{threads}"] for threads in (1, 2))
    yield "one network on two threads", ">= 1.50 x one thread", f"{one / two:.2f} x", one / two >= 1.5
    for outputs, goal in ((13, 0.78), (91, 0.78), (781, 0.75)):
        value = r.share("QIteration", outputs, best)
        yield f"Q iteration, O = {outputs}, {best}", f">= {percent(goal)} of peak", percent(value), value >= goal
    for outputs in (13, 91, 781):
        steps = next(t for n, t in r.time.items() if n.startswith(f"Steps/outputs:{outputs}/") and r.label[n] == best) / 128
        yield f"  against the plain step, O = {outputs}", "", f"{r.time[f'PlainStep/outputs:{outputs}'] / steps:.0f} x", None
        if f"OpenBlasStep/outputs:{outputs}" in r.time:
            yield f"  against OpenBLAS, O = {outputs}", "", f"{r.time[f'OpenBlasStep/outputs:{outputs}'] / steps:.2f} x", None
    two = r.rate["NetworksOnCores/networks:2"] / r.rate["NetworksOnCores/networks:1"]
    yield "two networks on two cores", ">= 1.95 x one", f"{two:.2f} x", two >= 1.95
    for outputs in (13, 91, 781):
        value = r.peak(best) / r.rate[f"SimulateNetwork/outputs:{outputs}"]
        yield f"simulation of a DQN, O = {outputs}", "<= 1.20 x work / peak", f"{value:.2f} x", value <= 1.20
    for kind, modulated in (("periodic", 0), ("modulated", 1)):
        value = r.rate[f"ScanThresholds/modulated:{modulated}"]
        yield f"threshold policy, {kind}", ">= 300 million images/s", f"{value / 1e6:.0f} million", value >= 3e8
        yield "  against the plain loop", "", f"{value / r.rate[f'PlainThresholds/modulated:{modulated}']:.0f} x", None
    for capacity, goal in ((50, 0.5), (400, 4.0)):
        value = 1e6 / r.rate[f"MdpSweep/M:{capacity}"]
        yield f"MDP sweep, M = {capacity}", f"<= {goal} us", f"{value:.3f} us", value <= goal
    draws = r.time["DrawWindows/gaps:-1"]
    iteration = next(t for n, t in r.time.items() if n.startswith("QIteration/outputs:91/") and r.label[n] == best)
    yield "drawing windows, one network, O = 91", "<= 8 % of a Q iteration", percent(draws / iteration), draws / iteration <= 0.08
    saved = r.rate["NetworksSideBySide/networks:4"] / r.rate["NetworksSideBySide/networks:1"]
    shared = draws / 4 / (iteration - draws * 3 / 4)
    yield "  four networks that share them", "<= 8 % of a Q iteration", percent(shared), shared <= 0.08
    yield "  ... train faster by", "", percent(saved - 1), None


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(": ", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tests/edgesweep_bench")
    parser.add_argument("--repetitions", type=int, default=15)
    arguments = parser.parse_args()
    print(f"{processor()}, best of {arguments.repetitions}")
    for what, goal, measured, reached in rows_of(run(arguments.program, arguments.repetitions)):
        verdict = "" if reached is None else "reached" if reached else "FALLS SHORT"
        print(f"{what:42} {goal:24} {measured:>22}  {verdict}")


if __name__ == "__main__":
    main()
