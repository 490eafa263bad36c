#!/usr/bin/env bash
# program_test.sh PREFIX: the installed program finds its configs, their dataset and the published losses from an empty folder, also where
# the prefix was moved.
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/empty"
cp -r "$1" "$here/moved"
cd "$here/empty"

# expect TEXT COMMAND...: the command succeeds and prints the text.
expect() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || { echo "$*: exit code $?"; echo "$output"; exit 1; }
  grep -qF -- "$text" <<<"$output" || { echo "$*: no '$text' in"; echo "$output"; exit 1; }
}

edgesweep=$here/moved/bin/edgesweep
data=$here/moved/share/edgesweep
expect "6 of 6 runs in results/quickstart.h5" "$edgesweep" run configs/quickstart.json --scale 0.01
expect "$data/configs/quickstart.json" "$edgesweep" show results/quickstart.h5
expect "lower_bound" "$edgesweep" compare results/quickstart.h5
expect "1 of 1 runs have the bits" "$edgesweep" verify results/quickstart.h5 --sample 1
# Every path in every config holds.
while IFS= read -r config; do
  expect "Memory: " "$edgesweep" plan "$config"
done < <(cd "$data" && find configs -name '*.json' ! -name schema.json)
expect "$data/configs/paper/paper.json" "$edgesweep" plan configs/paper/paper.json

# A file that is here goes before one that was installed; the variable goes before the program's own data.
mkdir configs
echo '{' >configs/quickstart.json
if "$edgesweep" plan configs/quickstart.json 2>/dev/null; then
  echo "the config in this folder was passed over"
  exit 1
fi
mkdir "$here/data"
mv "$data/configs" "$data/experiments" "$here/data/"
cd "$here"
if "$edgesweep" plan configs/quickstart.json 2>message; then
  echo "a config without data was found"
  exit 1
fi
grep -q "configs/quickstart.json: found no such file" message || { cat message; exit 1; }
expect "Memory: " env EDGESWEEP_DATA="$here/data" "$edgesweep" plan configs/quickstart.json
expect "lower_bound" env EDGESWEEP_DATA="$here/data" "$edgesweep" compare empty/results/quickstart.h5

# Pages and licence.
for file in LICENSE README.md docs/install.md docs/pictures/bucket.svg; do
  [ -s "$here/moved/share/doc/edgesweep/$file" ] || { echo "no $file"; exit 1; }
done
