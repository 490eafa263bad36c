#!/usr/bin/env python3
"""Writes numpy_legacy.json: draws of numpy.random.RandomState, for tests/unit/numpy_legacy_test.cpp.

    tests/data/numpy_legacy.py > tests/data/numpy_legacy.json

Every NumPy writes the same file. Each stream has a seed and draws that follow each other: of these the first and the last
values, and the SHA-256 of all as little-endian int64 or float64.
"""

import hashlib
import json
import sys

import numpy as np

# A power of two, one more, one less, and the most that int32 holds; bits of no word are used by the first.
HIGH = (1, 2, 3, 5, 255, 256, 257, 16384, 16385, 16667, 2**30 + 1, 2**31 - 1)
# From 1/3 on it is a search, below a quotient of logarithms.
PROBABILITIES = (1.0, 0.9, 0.5, 1 / 3, 0.3333, 0.31622776601683794, 0.05, 0.001, 0.00025, 1e-12)
# Odd counts: draws of two words then begin at every place of the generator's 624 words.
COUNT = 1001
SHOWN = 3


def values_of(random: np.random.RandomState, draw: str, argument) -> np.ndarray:
    if draw == "randint":
        return random.randint(0, argument, size=COUNT, dtype=np.int32).astype("<i8")
    if draw == "geometric":
        return random.geometric(argument, size=COUNT).astype("<i8")
    return random.random_sample(COUNT).astype("<f8")


def stream(seed: int) -> dict:
    random = np.random.RandomState(seed)
    draws = []
    uniforms = ("random_sample", (None,))
    for draw, arguments in (("randint", HIGH), uniforms, ("geometric", PROBABILITIES), uniforms):
        for argument in arguments:
            values = values_of(random, draw, argument)
            draws.append({
                "draw": draw, "argument": argument, "count": COUNT,
                "first": values[:SHOWN].tolist(), "last": values[-SHOWN:].tolist(),
                "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
            })  # fmt: skip
    return {"seed": seed, "draws": draws}


def main() -> None:
    streams = [stream(seed) for seed in (0, 1, 20220801, 2**32 - 1)]
    lines = [f'{{"seed": {one["seed"]}, "draws": [\n' + ",\n".join(map(json.dumps, one["draws"])) + "\n]}" for one in streams]
    sys.stdout.write('{"streams": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
