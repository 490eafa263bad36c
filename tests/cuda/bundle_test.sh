#!/usr/bin/env bash
# The folder for a machine with a GPU, made and used here: on the emulation of CUDA every check passes, a check that fails is said to
# fail, and the programs that nvcc built say that there is no GPU.
#   bundle_test.sh emulation EDGESWEEP CUDA_BENCH CUDA_TESTS   the programs on the emulation
#   bundle_test.sh without_gpu BUILD HAS_NVCC                  a build with nvcc; exit code 77 (skipped) without
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

expect() { grep -qx "$2" <<<"$(statuses "$results/$1.json")" || fail "$1.json has no line \"$2\""; }

checks() {
  env -u EDGESWEEP_DATASET "$bundle/on_device.sh" "$1" "$results" >"$folder/log" 2>&1
}

# The tests run the folder where they made it, on a Debian that may be newer than the promise.
EDGESWEEP_BUNDLE_GLIBC=$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)
export EDGESWEEP_BUNDLE_GLIBC
case $1 in
  emulation)
    export EDGESWEEP_BUNDLE_PROGRAM=$2 EDGESWEEP_BUNDLE_BENCH=$3 EDGESWEEP_BUNDLE_TESTS=$4
    # ctest runs all of them elsewhere.
    export GTEST_FILTER='*CudaSimulator*:*CudaFleet*'
    export EDGESWEEP_CHECKS_OPTIONS="--set dqn.mini_batches=1 --set dqn.training_sequences.images=100 --set dqn.validation.images=100
      --set test.sequences=2 --set test.images=300 --set store.traces.images=50 --set devices.search.images=200"
    "$scripts/bundle.sh" "$folder" "$bundle" >"$folder/log" 2>&1 || fail "bundle.sh"
    "$scripts/bundle.sh" "$folder" "$bundle" >"$folder/log" 2>&1 && fail "a folder that exists was overwritten"
    checks checks || fail "checks on the emulation"
    for line in "program passed" "devices passed" "device_tests passed" "run_on_cpu passed" "verify_cpu_on_cuda passed" "run_on_cuda passed" \
        "verify_cuda_on_cpu passed" "same_digest passed" "cuda_bench passed"; do
      expect checks "$line"
    done
    command -v ncu >/dev/null || expect checks "ncu absent"
    command -v compute-sanitizer >/dev/null || expect checks "compute-sanitizer absent"
    python3 - "$results/checks.json" <<'PYTHON' || fail "the benchmarks' values are not in the report"
import json, sys
steps = {step["step"]: step for step in json.load(open(sys.argv[1]))["steps"]}
names = [benchmark["name"] for benchmark in steps["cuda_bench"]["values"]["benchmarks"]]
assert any(name.startswith("q_iteration") for name in names), names
assert "training_expected_ms" in steps["cuda_bench"]["values"]["benchmarks"][0]
PYTHON
    # Stand-ins for the tools: the profiler's answer as it prints one, and a sanitizer that only runs the program.
    mkdir "$folder/tools"
    cat >"$folder/tools/ncu" <<'TOOL'
#!/bin/sh
echo '==PROF== Connected to process 1'
echo '"ID","Kernel Name","gpu__time_duration.sum","sm__inst_executed_pipe_fma.avg.pct_of_peak_sustained_active","launch__registers_per_thread"'
echo '"","","nsecond","%","register/thread"'
echo '"0","train_kernel(a, b)","9,710,000","48.25","255"'
TOOL
    # shellcheck disable=SC2016  # the written script expands it
    printf '#!/bin/sh\nshift 4\nexec "$@"\n' >"$folder/tools/compute-sanitizer"
    chmod +x "$folder/tools/"*
    PATH=$folder/tools:$PATH checks checks || fail "checks with stand-ins for the tools"
    for tool in memcheck racecheck initcheck synccheck; do expect checks "$tool passed"; done
    grep -qF '"values": {"gpu__time_duration.sum": 9710000, "sm__inst_executed_pipe_fma.avg.pct_of_peak_sustained_active": 48.25}' \
      "$results/checks.json" || fail "the profile is not in the report"
    # Called again, the paper goes on from what is finished.
    export EDGESWEEP_PAPER_OPTIONS="--scale 0.0005 --set policies=[\"weak\",\"baseline\",\"mdp\"]"
    checks paper || fail "the paper"
    expect paper "paper passed"
    expect paper "compare passed"
    checks paper || fail "the paper, called again"
    # A program whose results cannot be verified: the report must say so.
    mv "$bundle/bin/edgesweep" "$bundle/bin/real"
    # shellcheck disable=SC2016  # the written script expands it
    printf '#!/bin/sh\n[ "$1" = verify ] && { echo "bits \\"differ\\""; exit 1; }\nexec "%s/bin/real" "$@"\n' "$bundle" >"$bundle/bin/edgesweep"
    chmod +x "$bundle/bin/edgesweep"
    checks checks
    [ $? -eq 1 ] || fail "a failed check did not give exit code 1"
    expect checks "verify_cpu_on_cuda failed"
    expect checks "same_digest passed"
    grep -q 'bits \\"differ\\"' "$results/checks.json" || fail "the report does not quote the failed check"
    ;;
  without_gpu)
    [ "$3" = ON ] || { echo "skipped: this build has no nvcc"; exit 77; }
    grep -q '^cuda  [0-9]' <<<"$("$2/edgesweep" devices)" && { echo "skipped: there is a GPU"; exit 77; }
    "$scripts/bundle.sh" "$2" "$bundle" >"$folder/log" 2>&1 || fail "bundle.sh"
    # Nothing but the C and C++ runtimes may come from this machine.
    for binary in "$bundle/bin/"*; do
      foreign=$(LD_LIBRARY_PATH=$bundle/lib ldd "$binary" | awk '$3 ~ /^\// { print $3, $4, $5 }' | grep -vF "$bundle/lib/" |
        grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s)\.so')
      [ -z "$foreign" ] || fail "libraries that the folder lacks: $foreign"
    done
    checks checks
    [ $? -eq 3 ] || fail "expected exit code 3 without a GPU"
    for line in "program passed" "gpu absent" "run_on_cpu passed"; do expect checks "$line"; done
    message=$(LD_LIBRARY_PATH=$bundle/lib "$bundle/bin/device_tests" 2>&1)
    [ $? -eq 77 ] || fail "expected exit code 77 of device_tests without a GPU"
    grep -qx 'no GPU: no .*' <<<"$message" || fail "device_tests do not say that there is no GPU: $message"
    grep -q failed <<<"$(statuses "$results/checks.json")" && fail "something failed"
    checks paper
    [ $? -eq 3 ] || fail "expected exit code 3 without a GPU"
    ;;
  *) fail "unknown test $1" ;;
esac
exit 0
