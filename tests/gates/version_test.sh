#!/usr/bin/env bash
# version_test.sh VERSION: the version of CMakeLists.txt also stands in CITATION.cff, and CHANGELOG.md has a heading for it or for what is
# not released yet.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
grep -qx "version: $1" CITATION.cff || { echo "CITATION.cff: $(grep '^version:' CITATION.cff), CMakeLists.txt: $1"; status=1; }
grep -qE "^## (Unreleased$|$1 )" CHANGELOG.md || { echo "CHANGELOG.md: no heading '## Unreleased' or '## $1 (date)'"; status=1; }
exit $status
