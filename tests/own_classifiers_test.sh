#!/usr/bin/env bash
# own_classifiers_test.sh PROGRAM: the steps of experiments/own_classifiers.sh and own_study.sh with small sweeps. Exit code 77
# (skipped) without scikit-learn.
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

$python "$root/experiments/own_classifiers/train_digits.py" -o fold_logits.npz --folds 3
"$program" prepare fold_logits.npz -o 'study/{cost}_fold{fold}.h5' --cost all --fold all
for study in single_device robustness many_devices; do
  small=()
  [ $study != many_devices ] || small=(--set devices.search.sequences=2 --set devices.search.images=2000)
  datasets=$(printf ',"%s"' "$scratch"/study/*_fold*.h5)
  "$program" run "$root/configs/edgeml_mdp/own_$study.json" -o study/$study.h5 --quiet --set "dataset=[${datasets:1}]" \
    --set 'rate=[0.1]' --set 'depth=[1,2]' --set test.sequences=2 --set test.images=5000 \
    "${small[@]}"
done
$python "$root/experiments/edgeml_mdp_figures.py" study -o figures
$python - <<'PYTHON'
import h5py

with h5py.File("study/single_device.h5") as sweep:
    runs = sweep["runs"][:]
assert len(runs) == 18, "nine datasets, two depths"
for run in runs:
    assert run["lower_bound_loss"] < run["weak_loss"]
    assert run["mdp_loss"] < run["weak_loss"]
    assert (run["weak_loss"] > 1) == (b"rank10" in run["dataset"]), "a rank is at least 1"
PYTHON
for figure in single_device_loss single_device_statistics_rank10 robustness_loss many_devices_loss many_devices_search_top1; do
  test -s figures/$figure.svg
done
