#!/usr/bin/env bash
# Compiles the kernels for every target with -Xptxas -v and prints registers, stack, spills and static shared memory of each.
# Fails when a kernel spills, when one block of 256 threads has not enough registers, or when static shared memory exceeds what
# host/engine/plan/device_plan.h leaves for it (kTrainingStaticShared, kSimulationStaticShared, kFleetStaticShared).
#   ptxas_report.sh RANDOM123_INCLUDE_DIR [NVCC]      without nvcc: exit code 77 (skipped)
set -euo pipefail
cd "$(dirname "$0")/../.."
include_flags=(-isystem "$1")
[ "$1" = /usr/include ] && include_flags=()  # searched anyway; named again it would hide the compiler's own headers
nvcc=${2:-}
if [ -z "$nvcc" ] || ! [ -x "$nvcc" ]; then
  echo "skipped: no nvcc"
  exit 77
fi
launcher=$(command -v ccache || true)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
printf '%-24s %-8s %9s %6s %6s %7s %15s\n' kernel target registers stack spills static "blocks per SM"
for kernel in train:train_kernel:2560 targets:targets_kernel:2560 network_policies:network_policy_kernel:4096 \
    threshold_policies:threshold_kernel:0 fleet:fleet_kernel:0 learned_fleet:learned_fleet_kernel:7168 clairvoyant:clairvoyant_kernel:1024 fast_train:fast_kernels:2560; do
  IFS=: read -r file name static_limit <<<"$kernel"
  for target in 80 90 100 120; do
    $launcher "$nvcc" -std=c++20 -O3 -fmad=false -I. "${include_flags[@]}" -gencode "arch=compute_$target,code=sm_$target" \
      -Xptxas -v -c "kernels/$file.cu" -o "$folder/kernel.o" 2>"$folder/report" || { cat "$folder/report"; exit 1; }
    number() { grep -oE "$1" "$folder/report" | grep -oE '[0-9]+' | sort -n | tail -1 || true; }
    registers=$(number 'Used [0-9]+ registers')
    stack=$(number '[0-9]+ bytes stack frame')
    spills=$(number '[0-9]+ bytes spill stores')
    static=$(number '[0-9]+ bytes smem')
    threads=256
    case $name in threshold_kernel | fleet_kernel) threads=32 ;; esac
    # Registers are given to warps in eights per thread; at most 32 blocks (24 on sm_120) share a multiprocessor.
    blocks=$((65536 / ((registers + 7) / 8 * 8 * threads)))
    [ "$blocks" -gt 32 ] && blocks=32
    printf '%-24s sm_%-5s %9s %6s %6s %7s %15s\n' "$name" "$target" "$registers" "$stack" "$spills" "${static:-0}" "$blocks"
    if [ "$spills" -gt 0 ]; then echo "  ^ spills" && status=1; fi
    if [ "$blocks" -lt 1 ]; then echo "  ^ no block fits" && status=1; fi
    if [ "${static:-0}" -gt "$static_limit" ]; then echo "  ^ more static shared memory than $static_limit" && status=1; fi
  done
done
exit $status
