#!/usr/bin/env bash
# compare.sh GROUP NATIVE EMULATOR ARM64: runs a group of engine_digests here and, emulated, on arm64 with NEON. Each program
# fails where its instruction sets differ from the plain version; here their digests must be equal, case by case. Exit code 77
# (skipped) without emulator.
set -euo pipefail
group=$1 native=$2 emulator=$3 arm64=$4
if [ -z "$emulator" ]; then
  echo "SKIPPED: aarch64-linux-gnu-g++ or qemu-aarch64 is missing (Debian: g++-aarch64-linux-gnu, qemu-user; tests/run.sh installs them)"
  exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
"$native" "$group" >"$scratch/native" || status=$?
"$emulator" "$arm64" "$group" >"$scratch/arm64" || status=$?
grep -h '^#' "$scratch/native" "$scratch/arm64"
if ! grep -qx '# neon' "$scratch/arm64"; then
  echo "the emulated program did not use NEON" >&2
  status=1
fi
if ! diff <(grep -v '^#' "$scratch/native") <(grep -v '^#' "$scratch/arm64"); then
  echo "digests differ between this processor (<) and arm64 (>)" >&2
  status=1
fi
[ $status -ne 0 ] || echo "$(grep -vc '^#' "$scratch/native") digests are equal"
exit $status
