"""Batch experiments on adaptive edge offloading under a token bucket, from Python.

    import edgesweep

    results = edgesweep.run("configs/quickstart.json", set={"rate": [0.1, 0.25]})
    print(results.runs[["rate", "depth", "mdp_loss", "dqn_loss"]])

`run` starts the program edgesweep in a process of its own; `plan` says what it would do; `open` reads a results file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from edgesweep.results import Results as open  # noqa: N813
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

# Where each name is, to be imported when it is first used: the console script needs none of them, nor pandas.
_MODULES = {
    "BusyError": "errors",
    "EdgesweepError": "errors",
    "Example": "network",
    "FailedRunsWarning": "errors",
    "InputError": "errors",
    "InterruptedRunError": "errors",
    "Layer": "results",
    "MachineError": "errors",
    "Network": "network",
    "Plan": "running",
    "PolicyTrace": "results",
    "Results": "results",
    "Traces": "results",
    "plan": "running",
    "run": "running",
}


def __getattr__(name: str) -> Any:
    if name == "open":
        return __getattr__("Results")
    if name not in _MODULES:
        raise AttributeError(f"module 'edgesweep' has no attribute '{name}'")
    return getattr(import_module(f"edgesweep.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
