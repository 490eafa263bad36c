#!/usr/bin/env bash
# The folder for a machine with a GPU, made and used here: on the emulation of CUDA every check passes, a check that fails is said to
# fail, and the programs that nvcc built say that there is no GPU.
#   bundle_test.sh emulation EDGESWEEP CUDA_BENCH    the two programs on the emulation
#   bundle_test.sh without_gpu BUILD HAS_NVCC        a build with nvcc; exit code 77 (skipped) without
set -uo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Paths with a space are where shell scripts break.
bundle="$folder/for the device"
results="$folder/the results"

fail() {
  echo "FAILED: $1" >&2
  cat "$folder/log" "$results"/*.json 2>/dev/null >&2
  exit 1
}

# statuses FILE: "step status" lines; fails unless the file is JSON.
statuses() {
  python3 -c 'import json, sys
for step in json.load(open(sys.argv[1]))["steps"]: print(step["step"], step["status"])' "$1"
}

expect() { statuses "$results/$1.json" | grep -qx "$2" || fail "$1.json has no line \"$2\""; }

checks() {
  env -u EDGESWEEP_DATASET "$bundle/on_device.sh" "$1" "$results" >"$folder/log" 2>&1
}

case $1 in
  emulation)
    export EDGESWEEP_BUNDLE_PROGRAM=$2 EDGESWEEP_BUNDLE_BENCH=$3
    export EDGESWEEP_CHECKS_OPTIONS="--set dqn.mini_batches=1 --set dqn.training_sequences.images=100 --set dqn.validation.images=100
      --set test.sequences=2 --set test.images=300 --set store.traces.images=50 --set devices.search.images=200"
    "$scripts/bundle.sh" "$folder" "$bundle" >"$folder/log" 2>&1 || fail "bundle.sh"
    "$scripts/bundle.sh" "$folder" "$bundle" >"$folder/log" 2>&1 && fail "a folder that exists was overwritten"
    checks checks || fail "checks on the emulation"
    for line in "program passed" "devices passed" "run_on_cpu passed" "verify_cpu_on_cuda passed" "run_on_cuda passed" \
        "verify_cuda_on_cpu passed" "same_digest passed" "cuda_bench passed"; do
      expect checks "$line"
    done
    python3 - "$results/checks.json" <<'PYTHON' || fail "the benchmarks' values are not in the report"
import json, sys
steps = {step["step"]: step for step in json.load(open(sys.argv[1]))["steps"]}
names = [benchmark["name"] for benchmark in steps["cuda_bench"]["values"]["benchmarks"]]
assert any(name.startswith("q_iteration") for name in names), names
assert "training_expected_ms" in steps["cuda_bench"]["values"]["benchmarks"][0]
PYTHON
    # Stopped and called again, the paper goes on.
    export EDGESWEEP_PAPER_OPTIONS="--scale 0.0005 --set policies=[\"weak\",\"baseline\",\"mdp\"]"
    checks paper || fail "the paper"
    expect paper "paper passed"
    expect paper "compare passed"
    checks paper || fail "the paper, called again"
    # A program whose results cannot be verified: the report must say so.
    mv "$bundle/bin/edgesweep" "$bundle/bin/real"
    printf '#!/bin/sh\n[ "$1" = verify ] && { echo "bits \\"differ\\""; exit 1; }\nexec "%s/bin/real" "$@"\n' "$bundle" >"$bundle/bin/edgesweep"
    chmod +x "$bundle/bin/edgesweep"
    checks checks
    [ $? -eq 1 ] || fail "a failed check did not give exit code 1"
    expect checks "verify_cpu_on_cuda failed"
    grep -q 'bits \\"differ\\"' "$results/checks.json" || fail "the report does not quote the failed check"
    ;;
  without_gpu)
    [ "$3" = ON ] || { echo "skipped: this build has no nvcc"; exit 77; }
    "$2/edgesweep" devices | grep -q '^cuda  [0-9]' && { echo "skipped: there is a GPU"; exit 77; }
    "$scripts/bundle.sh" "$2" "$bundle" >"$folder/log" 2>&1 || fail "bundle.sh"
    checks checks
    [ $? -eq 3 ] || fail "expected exit code 3 without a GPU"
    for line in "program passed" "gpu absent" "run_on_cpu passed"; do expect checks "$line"; done
    statuses "$results/checks.json" | grep -q failed && fail "something failed"
    checks paper
    [ $? -eq 3 ] || fail "expected exit code 3 without a GPU"
    ;;
  *) fail "unknown test $1" ;;
esac
exit 0
