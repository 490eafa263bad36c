#!/usr/bin/env bash
# Checks a GPU: run it in the folder that tests/cuda/bundle.sh made.
#   on_device.sh checks RESULTS   at most 5 minutes: the machine; device_tests; the same bits on CPU and GPU, each verified by the
#                                 other; compute-sanitizer; cuda_bench next to what the model expects; ncu of train_kernel
#   on_device.sh paper RESULTS    at most 8 minutes: every figure of the paper on the GPU; the same command goes on where it stopped
# RESULTS is a folder for logs, files and RESULTS/<command>.json. A tool that the machine lacks is one line, "absent", and no failure.
# Exit code: 0 nothing failed, 1 something did, 2 wrong words, 3 no GPU (what needs none was tried).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export EDGESWEEP_DATASET=$here/experiments/datasets/imagenet_top5.h5
source "$here/device_report.sh"
edgesweep=$here/bin/edgesweep
checks_folder=$here/tests/cuda/device_checks
no_gpu=3
# Options of `run` for tests of this script, separated by white space.
read -r -d '' -a checks_options <<<"${EDGESWEEP_CHECKS_OPTIONS:-}"
read -r -d '' -a paper_options <<<"${EDGESWEEP_PAPER_OPTIONS:-}"

usage() {
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# digest FILE: that of a results file, in which equal bits are equal.
digest() { "$edgesweep" show "$1" --json | grep -oE '"digest": "[0-9a-f]{64}"' | grep -oE '[0-9a-f]{64}'; }

same_digest() {
  local first second
  first=$(digest "$1") && second=$(digest "$2") || return 1
  echo "$first $second"
  [ "$first" = "$second" ]
}

look_at_machine() {
  step program 20 "$edgesweep" --version || return 1
  step devices 30 "$edgesweep" devices || return 1
  if command -v nvidia-smi >/dev/null; then
    step driver 20 nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total,clocks.max.sm,clocks.sm,power.limit --format=csv
  else
    add_step driver absent 0 "no nvidia-smi"
  fi
  grep -q '^cuda  [0-9]' <<<"$("$edgesweep" devices 2>/dev/null)"
}

# Every run of a small sweep, made on one backend and verified on the other, both ways.
compare_bits() {
  local from to
  for from in cpu cuda; do
    to=cuda
    [ "$from" = cuda ] && to=cpu
    step "run_on_$from" 60 "$edgesweep" run "$checks_folder/checks.json" -o "$report_folder/$from.h5" --backend "$from" --force --quiet \
      "${checks_options[@]}" &&
      step "verify_${from}_on_$to" 60 "$edgesweep" verify "$report_folder/$from.h5" --backend "$to" --sample 0
  done
  step same_digest 20 same_digest "$report_folder/cpu.h5" "$report_folder/cuda.h5"
}

sanitize() {
  local tool
  if ! command -v compute-sanitizer >/dev/null; then
    add_step compute-sanitizer absent 0 "no compute-sanitizer"
    return
  fi
  for tool in memcheck racecheck initcheck synccheck; do
    step "$tool" 35 compute-sanitizer --tool "$tool" --error-exitcode 9 "$edgesweep" run "$checks_folder/sanitized.json" \
      -o "$report_folder/$tool.h5" --backend cuda --force --quiet
  done
}

bench() {
  local start=$SECONDS log=$report_folder/cuda_bench.json
  if run_limited 75 "$report_folder/cuda_bench.log" "$here/bin/cuda_bench" --benchmark_min_time=0.2 --benchmark_out="$log" \
    --benchmark_out_format=json; then
    add_step cuda_bench passed $((SECONDS - start)) "$(grep -cE '^(q_iteration|fleet_iteration|simulation)' "$report_folder/cuda_bench.log") benchmarks" "$(cat "$log")"
  else
    add_step cuda_bench failed $((SECONDS - start)) "$(tail -n 3 "$report_folder/cuda_bench.log")"
  fi
}

# One launch of train_kernel: share of the pipe of multiply-adds, why warps wait, conflicts between banks of shared memory.
profile() {
  local start=$SECONDS log=$report_folder/ncu.csv
  if ! command -v ncu >/dev/null; then
    add_step ncu absent 0 "no ncu"
    return
  fi
  run_limited 45 "$log" ncu --kernel-name regex:train_kernel --launch-skip 1 --launch-count 1 --clock-control none --csv --page raw \
    --section SpeedOfLight --section ComputeWorkloadAnalysis --section WarpStateStats --section MemoryWorkloadAnalysis_Tables \
    "$here/bin/cuda_bench" --benchmark_filter='q_iteration/depth:4/networks:132/mini_batches:128/fast:0' --benchmark_min_time=0.01
  if grep -q ERR_NVGPUCTRPERM "$log"; then
    add_step ncu absent $((SECONDS - start)) "this user may not read the counters (ERR_NVGPUCTRPERM)"
  elif values=$(ncu_values "$log") && [ -n "$values" ]; then
    add_step ncu passed $((SECONDS - start)) "one launch of train_kernel, 132 networks" "$values"
  else
    # Machines differ in what they let a profiler do; nothing of ours has failed.
    add_step ncu absent $((SECONDS - start)) "$(tail -n 3 "$log")"
  fi
}

checks() {
  begin_report "$1" checks 285
  if ! look_at_machine; then
    add_step gpu absent 0 "$("$edgesweep" devices 2>&1 | grep '^cuda' || echo 'the program does not start')"
    step run_on_cpu 60 "$edgesweep" run "$checks_folder/checks.json" -o "$report_folder/cpu.h5" --backend cpu --force --quiet
    return "$no_gpu"
  fi
  # Every kernel against its plain version; a line of its own for each test that fails is in device_tests.log.
  step device_tests 90 "$here/bin/device_tests" --gtest_brief=1
  compare_bits
  bench
  profile
  sanitize
}

paper() {
  begin_report "$1" paper 465
  look_at_machine || {
    add_step gpu absent 0 "$("$edgesweep" devices 2>&1 | grep '^cuda' || echo 'the program does not start')"
    return "$no_gpu"
  }
  local start=$SECONDS code=0 log=$report_folder/paper.log
  run_limited 420 "$log" "$edgesweep" run "$here/configs/paper/paper.json" -o "$report_folder/paper.h5" --backend cuda \
    "${paper_options[@]}" || code=$?
  local finished
  finished=$(grep -E '^[0-9]+ of [0-9]+ runs in ' "$log" | tail -1)
  case $code in
    0) add_step paper passed $((SECONDS - start)) "$finished" ;;
    124 | 130) add_step paper failed $((SECONDS - start)) "$finished
not finished in its time; the same command goes on" ;;
    *) add_step paper failed $((SECONDS - start)) "$(tail -n 8 "$log")
exit code $code" ;;
  esac
  [ "$code" = 0 ] || return
  step compare 30 env -C "$here" "$edgesweep" compare "$report_folder/paper.h5"
  step verify_paper_on_cpu 60 "$edgesweep" verify "$report_folder/paper.h5" --backend cpu --sample 2
}

[ $# = 2 ] || usage
trap 'exit 130' INT TERM
mkdir -p "$2" || exit 1
results=$(cd "$2" && pwd)
code=0
case $1 in
  checks | paper) "$1" "$results" || code=$? ;;
  *) usage ;;
esac
write_report
echo "$results/$1.json: ${#report_steps[@]} steps, $report_failed failed"
[ "$report_failed" = 0 ] || exit 1
[ "$code" = $no_gpu ] && exit $no_gpu
exit 0
