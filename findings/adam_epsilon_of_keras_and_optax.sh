#!/usr/bin/env bash
# The same Adam with the same epsilon takes other steps in Keras than in Optax.
#
# Software   Keras 3.12.0 (on JAX 0.8.1), Optax 0.2.6, CPU
# Expected   Both are given learning rate 1e-3 and epsilon 1e-7, so one constant gradient moves a weight by the same amount.
# Seen       Keras adds epsilon to the square root of the second moment *before* its bias is corrected, Optax after. In the first
#            steps that makes Keras' epsilon up to 31.6 times as large: with gradients of 1e-6 its first step is 0.264 of Optax', its
#            first ten together 0.446; with gradients of 1 the two agree to 1e-5.
# Matters    where gradients are small: a DQN on losses that are counted in thousandths trains differently after a port from
#            Keras to Optax with all settings kept. To get Keras' steps there, epsilon must depend on the step number t, as
#            epsilon / sqrt(1 - beta_2^t).
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.12.0 jax==0.8.1 jaxlib==0.8.1 optax==0.2.6
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PYTHON'
import jax.numpy as jnp
import keras
import numpy as np
import optax

RATE, EPSILON = 1e-3, 1e-7


def keras_way(gradient, steps):
    weight = keras.Variable(np.zeros(1, np.float32))
    adam = keras.optimizers.Adam(learning_rate=RATE, epsilon=EPSILON)
    adam.build([weight])
    for _ in range(steps):
        adam.apply([jnp.full(1, gradient, jnp.float32)], [weight])
    return float(weight.numpy()[0])


def optax_way(gradient, steps):
    adam = optax.adam(RATE, eps=EPSILON)
    weight = jnp.zeros(1)
    state = adam.init(weight)
    for _ in range(steps):
        update, state = adam.update(jnp.full(1, gradient, jnp.float32), state, weight)
        weight = optax.apply_updates(weight, update)
    return float(weight[0])


print("gradient  steps  way of Keras / way of Optax")
ratios = {}
for gradient in (1.0, 1e-3, 1e-6):
    for steps in (1, 10):
        ratios[gradient, steps] = keras_way(gradient, steps) / optax_way(gradient, steps)
        print(f"{gradient:8.0e}  {steps:5}  {ratios[gradient, steps]:.4f}")
assert abs(ratios[1.0, 1] - 1) < 1e-4
assert abs(ratios[1e-6, 1] - 0.264) < 0.002
assert abs(ratios[1e-6, 10] - 0.446) < 0.002
PYTHON
