#!/usr/bin/env bash
# From two classifiers to a sweep of policies: installs what is needed, builds, trains a weak and a strong classifier on digits
# that scikit-learn brings along, makes a dataset of their logits, runs the sweep and draws both. All results lie in
# results/own_classifiers. Options go to `edgesweep run`. A second call only draws again and shows the table.
set -euo pipefail
cd "$(dirname "$0")/.."
source experiments/packages.sh
install_missing_packages "${edgesweep_packages[@]}" "${edgesweep_own_classifiers_packages[@]}"
python=/usr/bin/python3  # the one that has the distribution's packages
folder=results/own_classifiers
cmake --preset default >/dev/null
cmake --build --preset default --target edgesweep

if [ ! -e $folder/dataset.h5 ]; then
  $python experiments/own_classifiers/train_digits.py -o $folder/logits.npz
  build/edgesweep prepare $folder/logits.npz -o $folder/dataset.h5 --cost top1
fi
$python experiments/plot_metric_fit.py $folder/dataset.h5 -o $folder/metric_fit.svg
build/edgesweep run configs/own_classifiers.json -o $folder/sweep.h5 "$@"
$python experiments/plot_sweep.py $folder/sweep.h5 -o $folder/sweep.svg --x rate --panels depth --loss "top-1 loss"
figures="$folder/metric_fit.svg, $folder/sweep.svg"
if [ -e experiments/report.py ]; then
  $python experiments/report.py $folder/sweep.h5 -o $folder/sweep.html
  figures+=", $folder/sweep.html"
fi
echo "Figures: $figures"
