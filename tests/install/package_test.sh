#!/usr/bin/env bash
# package_test.sh CMAKE PREFIX COMPILER: find_package(edgesweep) serves a program of others, whose sweep has the bits of the installed
# program's.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)/package
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cp -r "$2" "$here/prefix"  # the package may be anywhere
cp -r "$source" "$here/source"
cd "$here"
"$1" -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$3" -DCMAKE_PREFIX_PATH="$here/prefix" >log ||
  { cat log; exit 1; }
"$1" --build build >log 2>&1 || { cat log; exit 1; }
# The warnings of our own build are none of others' business.
if grep -E -- '-(Wpedantic|Werror)' build/build.ninja; then
  exit 1
fi

cat >sweep.json <<JSON
{
  "base": {
    "dataset": "prefix/share/edgesweep/experiments/datasets/imagenet_top5.npz",
    "policies": ["baseline", "mdp", "dqn"],
    "dqn": {"width": 16, "schedule": [{"iterations": 5, "learning_rate": 0.001}]},
    "test": {"sequences": 2, "images": 2000}
  },
  "sweep": {"rate": [0.05, 0.1]}
}
JSON
build/one_sweep sweep.json ours.h5 | sort >ours
prefix/bin/edgesweep run sweep.json -o program.h5 --quiet >/dev/null
prefix/bin/edgesweep show program.h5 --json | python3 -c '
import json, sys
for run in json.load(sys.stdin)["runs"]:
    print("{id} {baseline_loss:.9f} {mdp_loss:.9f} {dqn_loss:.9f}".format_map(run))' | sort >program
diff ours program
[ -s ours ]
# The results file is one that the program goes by.
prefix/bin/edgesweep verify ours.h5 >/dev/null
