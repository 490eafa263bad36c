#!/usr/bin/env python3
"""Q iterations of many networks at once: edgesweep next to JAX, which trains the same networks by the same mathematics.

    python3 -m venv peer && peer/bin/pip install -r tests/bench/jax_requirements.txt
    peer/bin/python tests/bench/jax_peer.py                            # 24 networks of the default recipe
    peer/bin/python tests/bench/jax_peer.py --set dqn.recipe=warm_5x64

JAX has one jitted program for an iteration of all networks (vmap over networks, scan over mini-batches), and its windows are
there from the start; edgesweep's time includes drawing them. Both use all processors; the time is that of the wall, per
network and Q iteration, the best of several. Run it on a machine that does nothing else.
"""

import argparse
import json
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp

ROOT = Path(__file__).resolve().parent.parent.parent
FEW, MANY = 20, 120  # Q iterations of the two runs whose difference counts
DECAY_1, DECAY_2, EPSILON = 0.9, 0.999, 1e-7


def config(networks: int, iterations: int) -> dict:
    return {
        "name": "peer",
        "base": {
            "dataset": str(ROOT / "experiments" / "datasets" / "imagenet_top5.npz"),
            "policies": ["dqn"],
            "dqn": {"evaluate_every": 0, "schedule": [{"iterations": iterations, "learning_rate": 1e-3}]},
            "test": {"sequences": 1, "images": 1000},
            "store": {"weights": False},
        },
        "sweep": {"seed": list(range(1, networks + 1))},
    }


class Edgesweep:
    def __init__(self, program: Path, networks: int, settings: list[str], folder: Path):
        self.program, self.networks, self.folder = program, networks, folder
        self.settings = [word for setting in settings for word in ("--set", setting)]

    def write(self, iterations: int) -> Path:
        path = self.folder / f"{iterations}.json"
        path.write_text(json.dumps(config(self.networks, iterations)), encoding="utf-8")
        return path

    def run_of_plan(self) -> dict:
        done = subprocess.run([self.program, "plan", self.write(FEW), "--json", *self.settings], check=True, capture_output=True)
        return json.loads(done.stdout)["runs"][0]

    def seconds(self, iterations: int) -> float:
        command = [self.program, "run", self.write(iterations), "-o", self.folder / "out.h5", "--force", "--quiet"]
        start = time.perf_counter()
        subprocess.run([*command, *self.settings], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    def iteration(self) -> float:
        """Seconds of a Q iteration of one network."""
        return (self.seconds(MANY) - self.seconds(FEW)) / ((MANY - FEW) * self.networks)


def initial(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    bound = [jnp.sqrt(6 / fan_in) for fan_in in sizes[:-1]]
    weights = [jax.random.uniform(k, (i, o), minval=-b, maxval=b) for k, i, o, b in zip(keys, sizes[:-1], sizes[1:], bound)]
    return [(weight, jnp.zeros(weight.shape[1])) for weight in weights]


def forward(layers, x):
    for weight, bias in layers[:-1]:
        x = jax.nn.leaky_relu(x @ weight + bias, 0.2)
    weight, bias = layers[-1]
    return x @ weight + bias


def q_iteration(bucket, discount, mini_batches, state, windows, reward):
    """One network: targets with the weights as they are, then a step of Adam a mini-batch. docs/model.md#q-iteration."""
    refill, cost, capacity = bucket
    layers, mean, square, steps = state
    after = forward(layers, windows[:, :-1])  # W[a] of the next states
    offload = reward[:, None] + after[:, : capacity + 1 - cost]
    best = jnp.concatenate([after[:, :cost], jnp.maximum(after[:, cost:], offload)], axis=1)
    targets = discount * best[:, jnp.minimum(jnp.arange(capacity + 1) + refill, capacity)]
    targets -= targets.mean(axis=1, keepdims=True)

    def error(layers, x, y):
        return jnp.mean((forward(layers, x) - y) ** 2)

    def step(carry, batch):
        layers, mean, square, steps = carry
        gradient = jax.grad(error)(layers, *batch)
        steps += 1
        rate = 1e-3 * jnp.sqrt(1 - DECAY_2**steps) / (1 - DECAY_1**steps)
        mean = jax.tree.map(lambda m, g: m + (1 - DECAY_1) * (g - m), mean, gradient)
        square = jax.tree.map(lambda v, g: v + (1 - DECAY_2) * (g * g - v), square, gradient)
        layers = jax.tree.map(lambda x, m, v: x - rate * m / (jnp.sqrt(v) + EPSILON), layers, mean, square)
        return (layers, mean, square, steps), None

    batches = [part.reshape(mini_batches, -1, part.shape[1]) for part in (windows[:, 1:], targets)]
    return jax.lax.scan(step, (layers, mean, square, steps), tuple(batches))[0]


def jax_iteration(run: dict, networks: int, repetitions: int) -> float:
    """Seconds of a Q iteration of one network."""
    dqn = run["config"]["dqn"]
    rows = dqn["batch"] * dqn["mini_batches"]
    keys = jax.random.split(jax.random.key(0), networks)
    layers = jax.vmap(partial(initial, sizes=run["cost"]["network"]))(keys)
    zeros = jax.tree.map(jnp.zeros_like, layers)
    state = (layers, zeros, zeros, jnp.zeros(networks))
    windows = jax.random.normal(jax.random.key(1), (networks, rows, dqn["history_metrics"] + 2))
    reward = jax.random.uniform(jax.random.key(2), (networks, rows))
    bucket = tuple(run["cost"]["bucket"].values())
    iterate = jax.jit(jax.vmap(partial(q_iteration, bucket, dqn["discount"], dqn["mini_batches"])))
    state = jax.block_until_ready(iterate(state, windows, reward))
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        state = jax.block_until_ready(iterate(state, windows, reward))
        best = min(best, time.perf_counter() - start)
    return best / networks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edgesweep", type=Path, default=ROOT / "build" / "edgesweep", help="the program [build/edgesweep]")
    parser.add_argument("--networks", type=int, default=24)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], help="a setting, as of edgesweep run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = Edgesweep(arguments.edgesweep, arguments.networks, arguments.set, Path(folder))
        run = ours.run_of_plan()
        theirs, mine = [], []
        for _ in range(3):  # in turn, so that both see the same machine
            theirs.append(jax_iteration(run, arguments.networks, arguments.repetitions))
            mine.append(ours.iteration())
    sizes = "-".join(map(str, run["cost"]["network"]))
    print(f"{arguments.networks} networks {sizes}, batches of {run['config']['dqn']['batch']}; ms a network and Q iteration")
    ratio = min(theirs) / min(mine)
    print(f"edgesweep {1e3 * min(mine):.3f}   JAX {jax.__version__} {1e3 * min(theirs):.3f}   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
