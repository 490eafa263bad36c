#!/usr/bin/env bash
# tool.sh PROGRAM ARGUMENTS...: runs a tool of requirements.txt. Exit code 77 (skipped) without it.
set -euo pipefail
if [ ! -x "$1" ]; then
  echo "skipped: no $1; tests/run.sh makes it"
  exit 77
fi
exec "$@"
