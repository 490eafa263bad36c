#!/usr/bin/env bash
# The program with the real CUDA backend starts on a machine without driver or GPU: `devices` says so, `--backend cuda` exits
# with 2, `auto` takes the CPU and says why.   without_driver.sh PROGRAM HAS_NVCC CONFIG
set -uo pipefail
program=$1
if [ "$2" != ON ]; then
  echo "skipped: this build has no nvcc"
  exit 77
fi
if "$program" devices | grep -q '^cuda  [0-9]'; then
  echo "skipped: there is a GPU"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" devices | grep '^cuda  none: no ' || exit 1
"$program" run "$3" -o "$folder/out.h5" --backend cuda 2>"$folder/error"
[ $? -eq 2 ] || { echo "expected exit code 2"; exit 1; }
grep 'without a GPU' "$folder/error" || exit 1
"$program" run "$3" -o "$folder/out.h5" --set 'policies=["mdp"]' --set test.images=1000 >/dev/null 2>"$folder/error" || exit 1
grep 'on cpu: .*(no GPU: no ' "$folder/error"
