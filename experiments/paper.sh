#!/usr/bin/env bash
# The whole paper: trains and tests every run of its figures, compares with the published losses, draws the figures and writes a
# report. The same command goes on where it was stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
experiments/paper.sh [--scale F] [--seeds N] [--own-sequences] [-o FILE.h5] [options of edgesweep run]

  --scale F          a smaller size: iterations and numbers of sequences times F, for a first look [1]
  --seeds N          train every DQN N times, seeds 1..N [1]
  --own-sequences    test on sequences of edgesweep's generator [the paper's own, results/released]
  -o FILE.h5         results file [results/paper.h5; with other options the name says them]

Example, a first look:  experiments/paper.sh --scale 0.05
TEXT
}

scale=1
seeds=1
config=results/released/paper.json
name=paper
output=
while [ $# -gt 0 ]; do
  case "$1" in
    --scale) scale=${2:?--scale needs a number}; shift 2 ;;
    --seeds) seeds=${2:?--seeds needs a number}; shift 2 ;;
    --own-sequences) config=configs/paper/paper.json; name=paper_own_sequences; shift ;;
    -o) output=${2:?-o needs a file}; shift 2 ;;
    -h|--help) usage; exit 0 ;;
    *) break ;;
  esac
done
[[ $seeds =~ ^[1-9][0-9]*$ ]] || { echo "paper.sh: --seeds: found \"$seeds\"; allowed: 1, 2, 3, ..." >&2; exit 2; }
sizes=()
if [ "$scale" != 1 ]; then sizes+=(--scale "$scale"); name+=_scale_$scale; fi
if [ "$seeds" != 1 ]; then sizes+=(--set "seed=$(seq -s, 1 "$seeds" | sed 's/.*/[&]/')"); name+=_seeds_$seeds; fi
output=${output:-results/$name.h5}

source experiments/packages.sh
install_missing_packages "${edgesweep_packages[@]}" "${edgesweep_paper_packages[@]}"
python=$(python_with_packages)
cmake --preset default >/dev/null
cmake --build --preset default --target edgesweep
if [ "$config" = results/released/paper.json ]; then "$python" experiments/released_sequences.py; fi

build/edgesweep plan "$config" "${sizes[@]}"
build/edgesweep run "$config" -o "$output" "${sizes[@]}" "$@"
"$python" experiments/paper.py
build/edgesweep compare "$output"
# Figures and page at the same time; what the page says comes after what the figures say.
page_says=$(mktemp)
trap 'rm -f "$page_says"; kill $(jobs -p) 2>/dev/null || true' EXIT
"$python" experiments/report.py "$output" -o "${output%.h5}.html" >"$page_says" 2>&1 &
page=$!
failed=0
"$python" experiments/figures.py "$output" -o "${output%.h5}_figures" || failed=$?
wait "$page" || failed=$?
cat "$page_says"
[ "$failed" -eq 0 ] || exit "$failed"
echo
echo "Report:  $PWD/${output%.h5}.html"
echo "Figures: $PWD/${output%.h5}_figures"
echo "Results: $PWD/$output"
