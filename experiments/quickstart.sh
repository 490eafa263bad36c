#!/usr/bin/env bash
# Installs what is needed, builds, runs the quickstart sweep and shows its table. A second call only shows the table.
set -euo pipefail
cd "$(dirname "$0")/.."
source experiments/packages.sh
install_missing_packages "${edgesweep_packages[@]}"
cmake --preset default >/dev/null
cmake --build --preset default --target edgesweep
exec build/edgesweep run configs/quickstart.json "$@"
