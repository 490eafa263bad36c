#!/usr/bin/env bash
# Copies all that a check on a GPU needs into one folder, for a machine without root, network, compiler or our packages (x86-64 with
# glibc 2.36 or later, libstdc++ and an NVIDIA driver).
#   bundle.sh BUILD OUT     BUILD: a build with nvcc (build/); OUT: a new folder, less than 60 MB. Then copy it there and run
#                           OUT/on_device.sh.
# EDGESWEEP_BUNDLE_PROGRAM, EDGESWEEP_BUNDLE_BENCH and EDGESWEEP_BUNDLE_TESTS replace the three programs, for example by those on the
# emulation of CUDA; EDGESWEEP_BUNDLE_GLIBC the newest glibc that they may need, where the other machine is as new as this one.
set -euo pipefail
build=${1:?usage: bundle.sh BUILD OUT}
out=${2:?usage: bundle.sh BUILD OUT}
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
program=${EDGESWEEP_BUNDLE_PROGRAM:-$build/edgesweep}
bench=${EDGESWEEP_BUNDLE_BENCH:-$build/tests/cuda/cuda_bench}
tests=${EDGESWEEP_BUNDLE_TESTS:-$build/tests/cuda/device_tests}
most_kilobytes=60000
newest_glibc=${EDGESWEEP_BUNDLE_GLIBC:-2.36}

fail() {
  echo "bundle.sh: $1" >&2
  exit 1
}
[ -x "$program" ] || fail "$program: no such program; build first"
for program_of_nvcc in "$bench" "$tests"; do
  [ -x "$program_of_nvcc" ] || fail "$program_of_nvcc: no such program; only a build with nvcc has it (-DEDGESWEEP_CUDA=ON)"
done
[ ! -e "$out" ] || fail "$out: exists already"
# Made beside it and renamed, so that a folder of this name is a whole one.
partial=$out.partial.$$
mkdir -p "$partial/bin" "$partial/lib"
trap 'rm -rf "$partial"' EXIT

cp "$program" "$partial/bin/edgesweep"
cp "$bench" "$partial/bin/cuda_bench"
cp "$tests" "$partial/bin/device_tests"
strip "$partial/bin/"*
cp "$source_dir/tests/cuda/on_device.sh" "$source_dir/tests/cuda/device_report.sh" "$partial/"
# Configs and data lie to each other as in the sources.
mkdir -p "$partial/tests/cuda"
cp -r "$source_dir/tests/cuda/device_checks" "$partial/tests/cuda/"
mkdir -p "$partial/configs" "$partial/experiments/datasets" "$partial/experiments/published"
cp -r "$source_dir/configs/paper" "$source_dir/configs/schema.json" "$partial/configs/"
cp "$source_dir/experiments/datasets/"*.{h5,npz,csv} "$partial/experiments/datasets/"
cp -r "$source_dir/experiments/published/at_our_level" "$partial/experiments/published/"
cp "$source_dir/LICENSE" "$partial/"

# What the programs load, but for what every Linux with a compiler's runtime has: these must be the machine's own.
for binary in "$partial/bin/"*; do
  ldd "$binary" | grep -q 'not found' && fail "$binary: $(ldd "$binary" | grep 'not found')"
  ldd "$binary" | awk '$3 ~ /^\// { print $3 }'
done | sort -u | while read -r library; do
  case $(basename "$library") in
    ld-linux* | libc.so.* | libm.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libresolv.so.* | libstdc++.so.* | libgcc_s.so.*) ;;
    *) cp -L "$library" "$partial/lib/" ;;
  esac
done

needed=$(objdump -T "$partial/bin/"* "$partial/lib/"* 2>/dev/null | grep -oE 'GLIBC_2\.[0-9]+' | sort -uV | tail -1)
[ "$(printf '%s\n' "GLIBC_$newest_glibc" "$needed" | sort -V | tail -1)" = "GLIBC_$newest_glibc" ] ||
  fail "needs $needed; at most GLIBC_$newest_glibc is promised"
size=$(du -sk "$partial" | cut -f1)
[ "$size" -lt "$most_kilobytes" ] || fail "$size kB; less than $most_kilobytes kB are promised"
mv -T "$partial" "$out"
trap - EXIT
echo "$out: $size kB, needs $needed. On the machine with the GPU: on_device.sh checks RESULTS, on_device.sh paper RESULTS"
