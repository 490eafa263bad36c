#!/usr/bin/env bash
# expect_report.sh PROGRAM SOURCE REPORT MARK: a right run of PROGRAM must be silent, and a wrong one must end in a sanitizer's
# REPORT (a regular expression) that names the line of SOURCE marked "// MARK".
set -uo pipefail
program=$1 source=$2 report=$3 mark=$4

if ! right=$("$program" 2>&1) || [ "$right" != "ended: no error" ]; then
  echo "the right kernel was not silent:"
  echo "$right"
  exit 1
fi

line=$(grep -n "// $mark\$" "$source" | cut -d: -f1)
if wrong=$("$program" wrong 2>&1); then
  echo "the wrong kernel went unnoticed:"
  echo "$wrong"
  exit 1
fi
for expected in "$report" "$(basename "$source"):$line"; do
  if ! grep -qE "$expected" <<<"$wrong"; then
    echo "no '$expected' in:"
    echo "$wrong"
    exit 1
  fi
done
