#!/usr/bin/env bash
# choices_test.sh CMAKE COMPILER [NVCC]: a configured build keeps to what its caller chose: toolchain file, launchers, what is built, and with
# NVCC the GPUs. Nothing is compiled.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cmake=$1 compiler=$2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
unset CMAKE_CXX_COMPILER_LAUNCHER CMAKE_CUDA_COMPILER_LAUNCHER CUDAARCHS CUDACXX

# configure OPTION...: into an empty folder build.
configure() {
  rm -rf build
  "$cmake" -S "$root" -B build -G Ninja "$@" >log 2>&1 || { cat log; exit 1; }
}
# has PATTERN FILE, has_no PATTERN FILE: of the files of the build.
has() { grep -qE -- "$1" "build/$2" || { echo "no $1 in $2"; exit 1; }; }
# has_launcher LAUNCHER COMPILER: CMake 3.25 writes both into the rule, 3.31 the launcher as a variable of each file.
has_launcher() {
  grep -qF -- "$1 $2" build/CMakeFiles/rules.ninja && return
  grep -qE -- '\$\{?LAUNCHER' build/CMakeFiles/rules.ninja && grep -qF -- "LAUNCHER = $1" build/build.ninja && return
  echo "no launcher $1 of $2"
  exit 1
}
has_no() { ! grep -nE -- "$1" "build/$2" || { echo "^ $1 in $2"; exit 1; }; }

if [ $# -gt 2 ]; then
  nvcc=$3
  [ -x "$nvcc" ] || { echo "no nvcc"; exit 77; }
  gpus=(-DEDGESWEEP_CUDA=ON -DEDGESWEEP_TESTS=OFF -DCMAKE_CXX_COMPILER="$compiler")
  # chosen CODE...: these are compiled, as machine code (sm_75) or PTX (compute_80), and nothing else.
  chosen() {
    local found
    found=$(grep -oE ',code=[^" ]*' build/build.ninja | grep -oE '(sm|compute)_[0-9]+' | sort -u | xargs)
    [ "$found" = "$(printf '%s\n' "$@" | sort | xargs)" ] || { echo "compiles for $found, not for $*"; exit 1; }
  }
  # stand_in LINE: an nvcc that first does LINE, a command of the shell, and does not mind GPUs that it does not know.
  stand_in() {
    cat >stand_in_nvcc <<EOT
#!/bin/sh
$1
for word in "\$@"; do
  shift
  case "\$word" in --generate-code=*) ;; *) set -- "\$@" "\$word" ;; esac
done
exec $nvcc "\$@"
EOT
    chmod +x stand_in_nvcc
  }
  # Toolkits that know other GPUs, by what they list. sm_70 runs on a T4 too; PTX of the last is for what comes after.
  knows() {
    local known
    known=$(printf 'compute_%s\\n' "$@")
    stand_in "[ \"\$1\" != --list-gpu-arch ] || { printf '$known'; exit; }"
    configure "${gpus[@]}" -DCMAKE_CUDA_COMPILER="$here/stand_in_nvcc"
  }
  knows 50 60 70 72 75 80 86 90
  chosen sm_70 sm_80 compute_80 sm_90 compute_90
  knows 75 80 86 89 90 100 110 103 120 121 107
  chosen sm_75 sm_80 compute_80 sm_90 sm_100 sm_120 compute_120
  # An nvcc for which the usual C++ compiler is too new gets another one.
  stand_in "case \"\$*\" in *ccbin*) ;; '-c '*) echo 'unsupported GNU version' >&2; exit 1 ;; esac"
  configure "${gpus[@]}" -DCMAKE_CUDA_COMPILER="$here/stand_in_nvcc"
  has '-ccbin=[^ ]*/g\+\+-[0-9]+' CMakeFiles/rules.ninja
  # Without any, there is no CUDA backend, and nvcc's reason is shown; EDGESWEEP_CUDA=ON is an error.
  stand_in "echo 'unsupported GNU version' >&2; exit 1"
  configure "${gpus[@]}" -DEDGESWEEP_CUDA=AUTO -DCMAKE_CUDA_COMPILER="$here/stand_in_nvcc"
  grep -q 'unsupported GNU version' log || { echo "does not say why there is no CUDA backend"; exit 1; }
  has_no 'kernels/train.cu' build.ninja
  (configure "${gpus[@]}" -DCMAKE_CUDA_COMPILER="$here/stand_in_nvcc" >/dev/null) && { echo "EDGESWEEP_CUDA=ON without an nvcc that compiles"; exit 1; }
  configure "${gpus[@]}" -DCMAKE_CUDA_COMPILER="$nvcc" -DCMAKE_CUDA_ARCHITECTURES=86-real -DCMAKE_CUDA_COMPILER_LAUNCHER=/usr/bin/env
  chosen sm_86
  has_no 'ccbin' CMakeFiles/rules.ninja
  has_launcher /usr/bin/env "$nvcc"
  has_no 'all-warnings' build.ninja
  exit 0
fi

cat >toolchain.cmake <<EOT
set(CMAKE_CXX_COMPILER $compiler)
set(CMAKE_CXX_FLAGS_INIT -DOF_THE_TOOLCHAIN)
EOT
configure -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DCMAKE_CXX_COMPILER_LAUNCHER=/usr/bin/env -DEDGESWEEP_TESTS=OFF -DEDGESWEEP_CUDA=OFF
has '-DOF_THE_TOOLCHAIN' build.ninja
has_launcher /usr/bin/env "$compiler"
has_no 'ccache' CMakeFiles/rules.ninja
has_no 'unit_tests|-Werror' build.ninja
has 'ffp-contract=off' build.ninja
# Only the presets, for those who change the sources, take warnings for errors; no launcher is one too.
configure --preset default -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER= -DEDGESWEEP_BENCHMARKS=OFF -DEDGESWEEP_CUDA=OFF
has '-Werror' build.ninja
has 'unit_tests' build.ninja
has_no 'edgesweep_bench|cuda_bench' build.ninja
has_no 'ccache' CMakeFiles/rules.ninja
# As a part of another project there are the libraries alone.
mkdir outer
cat >outer/CMakeLists.txt <<EOT
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES C CXX)
add_subdirectory("$root" edgesweep)
add_executable(outer outer.cpp)
target_link_libraries(outer PRIVATE edgesweep::edgesweep)
EOT
touch outer/outer.cpp
root=$here/outer
configure -DCMAKE_CXX_COMPILER="$compiler" -DEDGESWEEP_CUDA=OFF
has 'libedgesweep_engine.a' build.ninja
has_no 'unit_tests|-Werror' build.ninja
