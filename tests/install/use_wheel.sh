#!/usr/bin/env bash
# use_wheel.sh WHEEL: what a user without root does with it, in an empty virtual environment and an empty folder; root becomes nobody first.
# The last line is the digest of the quickstart's results.
set -euo pipefail
wheel=$(realpath "$1")
if [ "$(id -u)" -eq 0 ]; then
  home=$(mktemp -d)
  trap 'rm -rf "$home"' EXIT
  cp "$0" "$wheel" "$home"
  chown -R nobody: "$home"
  cd "$home"
  setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --no-new-privs env HOME="$home" bash "$home/${0##*/}" "$home/${wheel##*/}"
  exit
fi

unset PYTHONPATH EDGESWEEP_DATA EDGESWEEP_PROGRAM
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
/usr/bin/python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "$wheel"
PATH=$here/venv/bin:$PATH
mkdir "$here/empty"
cd "$here/empty"

# The package's version is the program's, and its data are its own.
version=$(python3 -c 'import importlib.metadata as metadata; print(metadata.version("edgesweep"))')
edgesweep --version | grep -F "$version"
edgesweep plan configs/quickstart.json 2>&1 >/dev/null | grep -F "Config: $here/venv/"
data=$(echo "$here"/venv/lib/python3*/site-packages/edgesweep/share/edgesweep)
while IFS= read -r config; do
  edgesweep plan "$config" >/dev/null
done < <(cd "$data" && find configs -name '*.json' ! -name schema.json)

edgesweep run configs/quickstart.json --quiet
edgesweep compare results/quickstart.h5 | grep lower_bound
# What it needs came with it.
python3 -c 'import edgesweep; assert len(edgesweep.open("results/quickstart.h5").runs) == 6'
edgesweep show results/quickstart.h5 | grep '^digest:'
