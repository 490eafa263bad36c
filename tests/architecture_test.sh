#!/usr/bin/env bash
# Data goes one way through the folders of host/ (docs/architecture.md, "Repository layout"): fails, naming file and line, where an #include runs back.
# Also: what is printed goes through host/cli/terminal.h.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

# forbid FOLDER PATTERN...: no file of FOLDER includes a path that matches one of the patterns.
forbid() {
  local folder=$1 pattern
  shift
  for pattern in "$@"; do
    if grep -rnE "^#include [<\"]$pattern" "$folder"; then
      echo "  ^ $folder may not include $pattern" >&2
      status=1
    fi
  done
}

forbid kernels host/
forbid host/hdf5 'host/(config|sweep|data|policy|engine|results|session|compare|exporting|cli)/'
forbid host/config 'host/(sweep|data|policy|engine|results|session|compare|exporting|cli)/'
forbid host/sweep 'host/(data|engine|results|session|compare|exporting|cli)/'
forbid host/data 'host/(config|sweep|policy|engine|results|session|compare|exporting|cli)/'
forbid host/policy 'host/(sweep|engine|results|session|compare|exporting|cli)/' 'nlohmann/'
forbid host/engine 'host/(sweep|results|session|compare|exporting|cli)/' 'nlohmann/' 'hdf5'
forbid host/results 'host/(session|compare|exporting|cli)/'
forbid host/session 'host/(compare|exporting|cli)/'
forbid host/compare 'host/(session|exporting|cli)/'
forbid host/exporting 'host/(session|compare|cli)/'
# Inside the engine: each folder includes those before it only; cpu and cuda know nothing of each other.
engine=host/engine
forbid $engine/network "$engine/(problem|fleet|run|plan|cpu|cuda|backends)"
forbid $engine/problem "$engine/(fleet|run|plan|cpu|cuda|backends)"
forbid $engine/fleet "$engine/(run|plan|cpu|cuda|backends)"
forbid $engine/run "$engine/(plan|cpu|cuda|backends)"
forbid $engine/plan "$engine/(cpu|cuda|backends)"
forbid $engine/cpu "$engine/cuda"
forbid $engine/cuda "$engine/cpu"
forbid host 'tests/'
# CUDA stays where it can be exchanged for the emulation.
for folder in host/cli host/compare host/config host/data host/exporting host/engine/{network,problem,fleet,run,plan,cpu,no_cuda} host/hdf5 host/policy \
    host/results host/session host/sweep; do
  forbid "$folder" 'cuda_runtime' 'cublas' 'host/engine/cuda/'
done
# The emulation is a project of its own: each file that it includes lies in it, and nothing in it names this project.
emulation=tests/emulation
while IFS=: read -r file line include; do
  name=${include#*\"} name=${name%%\"*}
  for folder in "$(dirname "$file")" $emulation $emulation/include; do
    case $(realpath -m "$folder/$name") in
      "$PWD/$emulation/"*) [ -f "$folder/$name" ] && continue 2 ;;
    esac
  done
  echo "$file:$line: $include: not in $emulation" >&2
  status=1
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' $emulation)
forbid $emulation '(host|kernels|tests)/'
if grep -rniE 'edgesweep' $emulation; then
  echo "  ^ $emulation may not name edgesweep" >&2
  status=1
fi
# What is printed may be lost without harm, or be missed: host/cli/terminal.h knows which.
if grep -rnE '(fmt|std)::(print|printf|puts|fputs)\(|std::(cout|cerr)' host --include=*.cpp --include=*.h | grep -v '^host/cli/terminal.cpp'; then
  echo "  ^ only host/cli/terminal.cpp writes to the standard files: print_output, tell" >&2
  status=1
fi
exit $status
