#!/usr/bin/env bash
# own_classifiers_test.sh PROGRAM: the steps of experiments/own_classifiers.sh with a small sweep. Exit code 77 (skipped) without
# scikit-learn.
set -euo pipefail
program=$1
root=$(cd "$(dirname "$0")/.." && pwd)
python=/usr/bin/python3
$python -c "import sklearn, h5py, matplotlib" 2>/dev/null || { echo "SKIPPED: python3-sklearn, python3-h5py, python3-matplotlib"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
$python "$root/experiments/own_classifiers/train_digits.py" -o logits.npz
"$program" prepare logits.npz -o dataset.h5 --cost top1
$python "$root/experiments/plot_metric_fit.py" dataset.h5 -o metric_fit.svg
"$program" run "$root/configs/own_classifiers.json" -o sweep.h5 --quiet --set "dataset=\"$scratch/dataset.h5\"" \
  --set 'dqn.schedule=[{"iterations":20,"learning_rate":0.001}]' --set test.images=5000
$python "$root/experiments/plot_sweep.py" sweep.h5 -o sweep.svg --loss "top-1 loss"
$python - <<'PYTHON'
import h5py

with h5py.File("dataset.h5") as data, h5py.File("sweep.h5") as sweep:
    assert 1 - data["scost_ts"][:].mean() > 0.97, "the strong classifier is strong"
    assert data["wcost_ts"][:].mean() > 5 * data["scost_ts"][:].mean(), "the weak one is weak"
    assert abs(data["wcost_tr"][:].mean() - data["wcost_ts"][:].mean()) < 0.03, "out-of-fold errors are those of new images"
    for run in sweep["runs"][:]:
        assert run["lower_bound_loss"] < run["mdp_loss"] < run["baseline_loss"] < run["weak_loss"]
PYTHON
test -s metric_fit.svg && test -s sweep.svg
