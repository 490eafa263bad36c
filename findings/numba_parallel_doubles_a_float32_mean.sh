#!/usr/bin/env bash
# `parallel=True` doubles what numba says is the mean of float32 values.
#
# Software   numba 0.62.1 with NumPy 2.3.5 on the CPU, x86-64
# Expected   np.mean inside of @njit is NumPy's np.mean up to the last digits, and parallel=True changes the speed and the last digits.
# Seen       The mean of 2^25 float32 ones is 0.5, and their standard deviation 0.5. With parallel=True the same function on the same
#            array says 1.0. NumPy says 1.0 and 0. numba adds one value after another in float32, so a sum stops growing at 2^24; NumPy
#            adds pairwise, and with parallel=True each thread adds its own part.
# Matters    where losses of many images are kept in float32 and averaged in compiled code: those of 1,000 sequences of 100,000 images add
#            up to more than 2^24, so their mean comes out too low, and the lower the more images there are. Sums in float64, as of
#            np.mean(values.astype(np.float64)), are right.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.62.1 numpy==2.3.5
NUMBA_NUM_THREADS=2 "$folder/venv/bin/python" - <<'PYTHON'
import numba
import numpy as np


def mean_and_deviation(values):
    return np.mean(values), np.std(values)


def mean(values):
    return np.mean(values)


ones = np.ones(2**25, np.float32)
plain = numba.njit(mean_and_deviation)(ones)
parallel = numba.njit(mean, parallel=True)(ones)
print(f"NumPy                  mean {ones.mean()}, standard deviation {ones.std()}")
print(f"numba                  mean {plain[0]}, standard deviation {plain[1]}")
print(f"numba, parallel=True   mean {parallel}")
print(f"numba, float64         mean {numba.njit(mean)(ones.astype(np.float64))}")
assert ones.mean() == 1 and ones.std() == 0
assert plain == (0.5, 0.5)
assert parallel == 1
PYTHON
