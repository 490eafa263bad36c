#!/usr/bin/env bash
# Makes a wheel that runs on other machines, all libraries but C's and the compiler's inside the program: build_wheel.sh [-o FOLDER] [-b FOLDER]
#   -o FOLDER   where the wheel goes; dist/ in the build folder if it is not given
#   -b FOLDER   the build folder; build/wheel if it is not given
# Installs what it needs, as experiments/quickstart.sh does. A second call builds only what changed.
set -euo pipefail
build='' output=''
while getopts o:b: option; do
  case $option in
    o) output=$(realpath -m "$OPTARG") ;;
    b) build=$(realpath -m "$OPTARG") ;;
    *) exit 2 ;;
  esac
done
cd "$(dirname "$0")/.."
source experiments/packages.sh
build=${build:-$PWD/build/wheel}
output=${output:-$build/dist}
mkdir -p "$build"
install_missing_packages "${edgesweep_packages[@]}" "${edgesweep_wheel_packages[@]}"
install_python_packages python/build_requirements.txt "$build/tools"
python/static_libraries.sh "$build/libraries"
libraries=$(cat "$build/libraries/prefixes")

# Licences of all that is inside the program.
rm -rf "$build/licenses" && mkdir "$build/licenses"
for package in libhdf5-dev libaec-dev libfmt-dev libtbb-dev libhwy-dev libzip-dev zlib1g-dev libssl-dev nlohmann-json3-dev libvalijson-dev \
  libcli11-dev librandom123-dev; do
  cp "/usr/share/doc/$package/copyright" "$build/licenses/$package"
done

work=$build/python-$(sha256sum <<<"$libraries" | cut -c 1-8)  # CMake remembers where it found libraries
rm -rf "$work/dist"
mkdir -p "$work"
CMAKE_BUILD_PARALLEL_LEVEL=${EDGESWEEP_JOBS:-$(nproc)} "$build/tools/bin/python" -m build --wheel --no-isolation --outdir "$work/dist" python \
  -Cbuild-dir="$work/build" -Ccmake.define.CMAKE_PREFIX_PATH="$libraries" -Ccmake.define.EDGESWEEP_STATIC=ON \
  -Ccmake.define.EDGESWEEP_LICENSES="$build/licenses" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }

# The tag says the oldest C library that will do.
PATH="$build/tools/bin:$PATH" "$build/tools/bin/auditwheel" repair --wheel-dir "$output" "$work/dist"/*.whl >"$work/audit" 2>&1 ||
  { cat "$work/audit" >&2; exit 1; }
ls "$output"/*.whl
