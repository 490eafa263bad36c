"""Batch experiments on adaptive edge offloading under a token bucket, from Python.

    import edgesweep

    results = edgesweep.run("configs/quickstart.json", set={"rate": [0.1, 0.25]})
    print(results.runs[["rate", "depth", "mdp_loss", "dqn_loss"]])

`run` starts the program edgesweep in a process of its own; `plan` says what it would do; `open` reads a results file.
"""

from edgesweep.errors import (
    BusyError,
    EdgesweepError,
    FailedRunsWarning,
    InputError,
    InterruptedRunError,
    MachineError,
)
from edgesweep.network import Example, Network
from edgesweep.results import Layer, PolicyTrace, Results, Traces
from edgesweep.running import Plan, plan, run

__all__ = [
    "BusyError",
    "EdgesweepError",
    "Example",
    "FailedRunsWarning",
    "InputError",
    "InterruptedRunError",
    "Layer",
    "MachineError",
    "Network",
    "Plan",
    "PolicyTrace",
    "Results",
    "Traces",
    "open",
    "plan",
    "run",
]

open = Results
