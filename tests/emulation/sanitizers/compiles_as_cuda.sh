#!/usr/bin/env bash
# compiles_as_cuda.sh NVCC: what the emulation executes must be CUDA too. Exit code 77 (skipped) without nvcc.
set -euo pipefail
nvcc=$1 root=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -x "$nvcc" ]; then
  echo "skipped: there is no nvcc"
  exit 77
fi
object=$(mktemp)
trap 'rm -f "$object"' EXIT
for source in "$root"/sanitizers/*.cpp "$root"/example.cpp; do
  "$nvcc" -x cu -std=c++20 -arch=sm_80 -Xcompiler -Wall,-Wextra,-Werror -I "$root" -c "$source" -o "$object"
done
