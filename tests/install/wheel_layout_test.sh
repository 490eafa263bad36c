#!/usr/bin/env bash
# wheel_layout_test.sh CMAKE BUILD PYTHON: laid out as python/pyproject.toml says, the package starts the program inside it, from any folder,
# and has its version. wheel_test.sh tests the wheel itself, which takes a build of its own.
set -euo pipefail
cmake=$1 build=$2 python=$3
[ -x "$python" ] || { echo "no $python: tests/run.sh makes it"; exit 77; }
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here"
unset EDGESWEEP_PROGRAM EDGESWEEP_DATA PYTHONPATH

"$python" - "$root" >layout <<'EOT'
import re, sys, tomllib
from pathlib import Path

project = Path(sys.argv[1]) / "python"
settings = tomllib.loads((project / "pyproject.toml").read_text())
build = settings["tool"]["scikit-build"]
(version,) = (entry for entry in settings["tool"]["dynamic-metadata"] if entry["field"] == "version")
found = re.search(version["regex"], (project / version["input"]).read_text())
(component,) = build["install"]["components"]
(package,) = build["wheel"]["packages"]
print(build["wheel"]["install-dir"], component, package, settings["project"]["scripts"]["edgesweep"], found["value"])
EOT
read -r folder component package script version <layout
"$cmake" --install "$build" --component "$component" --prefix "$here/site/$folder" >/dev/null
mkdir -p "site/$package" empty
cp "$root/python/$package"/*.py "site/$package"

cd empty
# command ARGUMENT...: as the console script.
command() {
  PYTHONPATH=$here/site "$python" -c "import importlib; importlib.import_module('${script%:*}').${script#*:}()" "$@"
}
[ "$(command --version)" = "$(PATH=$here/site/$folder/bin:/usr/bin edgesweep --version)" ]
command --version | grep -F "$version" || { echo "the program is not of version $version"; exit 1; }
command run configs/quickstart.json --scale 0.01 >log 2>&1 || { cat log; exit 1; }
grep -F "Config: $here/site/edgesweep/share/edgesweep/configs/quickstart.json" log
grep -F "6 of 6 runs" log
