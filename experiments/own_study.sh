#!/usr/bin/env bash
# The experiments of EdgeML-MDP for a pair of classifiers of our own: installs what is needed, builds, trains the two classifiers of
# digits of experiments/own_classifiers, makes nine datasets of their logits (three costs by three folds), runs the single-device study
# and the study of robustness on all nine, and draws both. All results lie in results/own_study. --many-devices runs that study too (on
# the folds of top-1); other options go to `edgesweep run`. What is finished is not done again.
set -euo pipefail
cd "$(dirname "$0")/.."
source experiments/packages.sh
studies=(single_device robustness)
options=()
for option in "$@"; do
  if [ "$option" = --many-devices ]; then studies+=(many_devices); else options+=("$option"); fi
done
install_missing_packages "${edgesweep_packages[@]}" "${edgesweep_own_classifiers_packages[@]}"
python=/usr/bin/python3  # the one that has the distribution's packages
folder=results/own_study
cmake --preset default >/dev/null
cmake --build --preset default --target edgesweep

[ -e $folder/logits.npz ] || $python experiments/own_classifiers/train_digits.py -o $folder/logits.npz --folds 3
[ -e $folder/rank10_fold2.h5 ] ||
  build/edgesweep prepare $folder/logits.npz -o "$folder/{cost}_fold{fold}.h5" --cost all --fold all --force
for study in "${studies[@]}"; do
  build/edgesweep run "configs/edgeml_mdp/own_$study.json" -o "$folder/$study.h5" ${options[@]+"${options[@]}"} | tail -1
done
$python experiments/edgeml_mdp_figures.py $folder -o $folder/figures
