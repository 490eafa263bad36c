#!/usr/bin/env bash
# install.sh CMAKE BUILD PREFIX: installs the build into an empty PREFIX.
set -euo pipefail
rm -rf "$3"
"$1" --install "$2" --prefix "$3" >/dev/null
