#!/usr/bin/env bash
# Loss against Q iterations and seconds of the default and of the published recipe, at eight points of the paper's figures with three
# seeds each. The same command goes on where it was stopped. Options go to `edgesweep run`.
set -euo pipefail
cd "$(dirname "$0")/.."
source experiments/packages.sh
install_missing_packages "${edgesweep_packages[@]}" "${edgesweep_paper_packages[@]}"
python=$(python_with_packages)
cmake --preset default >/dev/null
cmake --build --preset default --target edgesweep
"$python" experiments/released_sequences.py

config=results/released/recipes.json
build/edgesweep run $config -o results/recipes_warm.h5 "$@"
build/edgesweep run $config -o results/recipes_published.h5 --set dqn.recipe=published --set dqn.evaluate_every=250 "$@"
for recipe in warm published; do build/edgesweep compare results/recipes_$recipe.h5 >/dev/null; done
"$python" experiments/recipes.py results/recipes_warm.h5 results/recipes_published.h5 -o results/recipes.svg
