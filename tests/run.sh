#!/usr/bin/env bash
# Installs what is needed, builds everything and runs the tests. --full: also the long ones. --preset NAME: asan or tsan builds.
# Anything after these goes to ctest.
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
install_missing_packages "${edgesweep_packages[@]}"
install_missing_packages "${edgesweep_paper_packages[@]}" || echo "Without these, ctest skips Experiments.*" >&2
install_missing_packages "${edgesweep_fuzz_packages[@]}" || echo "Without these, ctest skips Fuzz.LibFuzzer.*" >&2
if [ "$(dpkg --print-architecture)" = amd64 ]; then
  install_missing_packages "${edgesweep_test_packages[@]}" || echo "Without these, ctest skips ParityArm64.*" >&2
fi
build=build
[ "$preset" = default ] || build=build-$preset
install_readers "$build/readers" || echo "Without these, ctest skips Readers.*" >&2
cmake --preset "$preset" -DEDGESWEEP_FULL_TESTS=$full -DEDGESWEEP_LIBFUZZER=ON >/dev/null
cmake --build --preset "$preset"
exec ctest --preset "$preset" "$@"
