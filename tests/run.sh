#!/usr/bin/env bash
# Installs what is needed, builds everything and runs the tests: run.sh [--full] [--preset NAME] [ctest's options]
#   --preset NAME   asan or tsan: the whole build, and all its tests, with sanitizers
#   --full          also the long tests of the default build (real trainings, many kills, minutes of fuzzing, clang-tidy over
#                   the tests too), then the presets asan and tsan whole, then everything in Debian 12 and
#                   Debian 13 (chroot.sh; as root). For a night, not for every change.
# With the environment variable CI set, a test that skips is a failure unless tests/allowed_skips.txt names it.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=default
full=OFF
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=ON; shift ;;
    --preset) preset=$2; shift 2 ;;
    *) break ;;
  esac
done
source experiments/packages.sh

# install WHAT_SKIPS PACKAGE...: the tests that need these are skipped where they cannot be installed.
install() {
  local skipped=$1
  shift
  install_missing_packages "$@" || echo "Without these, ctest skips $skipped" >&2
}
install_missing_packages "${edgesweep_packages[@]}"
install "Experiments.* and Docs.*" "${edgesweep_paper_packages[@]}"
install "Experiments.Report" "${edgesweep_browser_packages[@]}"
install "Fuzz.LibFuzzer.*" "${edgesweep_fuzz_packages[@]}"
install "Python.Torch" "${edgesweep_torch_packages[@]}"
install "Install.DebianPackage" "${edgesweep_deb_packages[@]}"
install "Gates.ShellCheck" "${edgesweep_gate_packages[@]}"
if [ "$(dpkg --print-architecture)" = amd64 ]; then
  install "ParityArm64.*" "${edgesweep_test_packages[@]}"
fi
if [ $full = ON ]; then
  install "OwnClassifiers.*" "${edgesweep_own_classifiers_packages[@]}"
  install_missing_packages debootstrap
  install "Install.Wheel" "${edgesweep_wheel_packages[@]}"
fi

# Builds a preset and runs its tests. In CI also fails where a test skipped without leave; what ctest says stays last where none did.
build_and_test() {
  local preset=$1 full=$2 build=build status=0 conditions=()
  shift 2
  [ "$preset" = default ] || build=build-$preset
  install_python_packages tests/readers/requirements.txt "$build/readers" || echo "Without these, ctest skips Readers.*" >&2
  install_python_packages tests/gates/requirements.txt "$build/gates" || echo "Without these, ctest skips Gates.*" >&2
  if [ -n "$(PATH=$PATH:/usr/local/cuda/bin command -v nvcc)" ]; then
    install_python_packages tests/cuda/sass/requirements.txt "$build/sass" || echo "Without these, Nvcc.TrainingCosts* fails" >&2
    install_python_packages tests/cuda/toolkits.txt "$build/toolkits" || echo "Without these, no older ptxas reads the kernels" >&2
  fi
  # bash ignores `set -e` in a function whose exit code is asked for.
  cmake --preset "$preset" -DEDGESWEEP_FULL_TESTS="$full" -DEDGESWEEP_LIBFUZZER=ON >/dev/null || return
  cmake --build --preset "$preset" || return
  ctest --preset "$preset" --output-junit "$PWD/$build/tests.xml" "$@" || status=$?
  if [ -n "${CI:-}" ]; then
    [ "$preset" = default ] || conditions+=(--condition "$preset")
    [ -n "$(PATH=$PATH:/usr/local/cuda/bin command -v nvcc)" ] || conditions+=(--condition without_nvcc)
    [ $# -gt 0 ] || conditions+=(--all)
    python3 -B tests/gates/skips.py "$build/tests.xml" "${conditions[@]}" || status=1
  fi
  return "$status"
}

status=0
build_and_test "$preset" $full "$@" || status=$?
if [ $full = ON ] && [ "$preset" = default ]; then
  for sanitizers in asan tsan; do
    build_and_test $sanitizers OFF "$@" || status=$?
  done
  for suite in bookworm trixie; do
    tests/chroot.sh $suite ./tests/run.sh "$@" || status=$?
  done
fi
exit $status
