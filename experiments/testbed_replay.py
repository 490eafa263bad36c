"""The paper's testbed (figure 4) replayed: its 100 images through our bucket, under its decisions and our policies.

The testbed took 5 images a second with 0.5 tokens a second: 0.1 tokens an image, depth 4. It refilled by its own clock,
so its token counts waver by less than 0.001 around those of a bucket that counts images.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from results_file import Results, Row

REFILL, COST, CAPACITY = 1, 10, 40  # rate 0.1 and depth 4 in tenths of a token (docs/model.md#token-bucket)


@dataclass(frozen=True)
class Replay:
    """Decisions and tokens before each image, of one policy."""

    offload: np.ndarray
    tokens: np.ndarray


def replay(offload_if_possible: Callable[[int, int], bool], images: int, first_units: int) -> Replay:
    """Images one slot apart through the integer bucket: `offload_if_possible(image, units)` decides if it can."""
    units, decisions, tokens = first_units, np.zeros(images, bool), np.zeros(images)
    for image in range(images):
        tokens[image] = units / COST
        decisions[image] = units >= COST and offload_if_possible(image, units)
        units = min(CAPACITY, units - COST * decisions[image] + REFILL)
    return Replay(decisions, tokens)


def check_published(testbed: dict[str, np.ndarray]) -> tuple[int, float]:
    """Number of published decisions that would overdraw our bucket, and the largest difference of token counts."""
    decisions = testbed["offloaded"].astype(bool)
    ours = replay(lambda image, _: decisions[image], len(decisions), round(testbed["tokens_before"][0] * COST))
    return int(np.count_nonzero(decisions & ~ours.offload)), float(np.abs(ours.tokens - testbed["tokens_before"]).max())


def thresholds_of(results: Results, run: Row) -> dict[str, dict[int, float]]:
    """Thresholds on the normalised metric by units in the bucket, of baseline (one for all) and MDP."""
    found: dict[str, dict[int, float]] = {"baseline": {}, "mdp": {}}
    for row in results.table("policies"):
        if row["run"] == run["id"] and row["policy"] in found:
            found[row["policy"]][row["units"]] = row["threshold"]
    return {policy: by_units for policy, by_units in found.items() if by_units}


def policy_replays(results: Results, testbed: dict[str, np.ndarray]) -> dict[str, Replay]:
    """Our baseline and MDP on the testbed's metrics; empty if no run of the results has its bucket."""
    runs = results.select({"rate": 0.1, "depth": 4, "arrivals_type": "periodic"})
    if not runs:
        return {}
    # Metrics and thresholds are compared in single precision (docs/model.md#dataset).
    run = runs[0]
    metric = ((testbed["offloading_metric"] - run["metric_mean"]) / run["metric_deviation"]).astype(np.float32)
    first = round(testbed["tokens_before"][0] * COST)
    replays = {}
    for policy, by_units in thresholds_of(results, run).items():
        default = by_units[min(by_units)]
        reached = lambda image, units: metric[image] >= np.float32(by_units.get(units, default))  # noqa: B023, E731
        replays[policy] = replay(reached, len(metric), first)
    return replays
