#!/usr/bin/env bash
# fuzz.sh PROGRAM SEEDS ARGUMENTS...: runs a target of libFuzzer on a fresh corpus and the seeds. Fails when an input ends
# otherwise than read or refused, takes 256 MB at once or 2 GB in all, or 60 seconds; the input is then left beside PROGRAM.
# Exit code 77 (skipped) without the program.
set -euo pipefail
program=$1 seeds=$2
shift 2
if [ ! -x "$program" ]; then
  echo "SKIPPED: no clang++ with libFuzzer (Debian: clang, libclang-rt-dev; tests/run.sh installs them)"
  exit 77
fi
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
# HDF5 forgets what it had open when it meets a damaged file: no fault of ours, so leaks are not looked for. It also asks for whatever
# memory such a file names, and takes a refusal for an error, as it gets one outside of the sanitizer.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-} UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}
"$program" -artifact_prefix="$program-" -malloc_limit_mb=256 -rss_limit_mb=2048 -timeout=60 -max_len=100000 -print_final_stats=1 \
  "$@" "$corpus" "$seeds"
