#!/usr/bin/env bash
# stands_alone.sh CMAKE GENERATOR COMPILER: a copy of this folder, with nothing around it, configures and builds, and a program on
# it runs. Unoptimised, because the compiler takes longer than the program.
set -euo pipefail
cmake=$1 generator=$2 compiler=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$(dirname "$0")" "$folder/copy"
cd "$folder"
"$cmake" -S copy -B build -G "$generator" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
  -DCUDA_EMULATION_TESTS=OFF
"$cmake" --build build --target cuda_emulation_example -j 2

# expect TEXT [VARIABLE=VALUE]...: the program's output in that environment.
expect() {
  local expected=$1 output
  shift
  output=$(env "$@" build/cuda_emulation_example 2>/dev/null)
  if [ "$output" != "$expected" ]; then
    echo "expected '$expected' with '$*', found '$output'"
    exit 1
  fi
}
expect "ended: no error"
expect "ended: no error" CUDA_EMULATION_SEED=1
expect "ended: unspecified launch failure" CUDA_EMULATION_FAULT=launch:1
