# shellcheck shell=bash
# Sourced by on_device.sh: runs steps, each with a time limit of its own within one for all, and writes what came out as one JSON file.
# A machine with a GPU need not have Python or jq, so this is Bash and awk.

# json_text: standard input as a JSON string; control characters but tab and newline are left out.
json_text() {
  LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C awk '
    BEGIN { printf "\"" }
    { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }
    END { printf "\"" }'
}

# begin_report FOLDER COMMAND SECONDS: results go into FOLDER/COMMAND.json; SECONDS is what all steps may take together.
begin_report() {
  report_folder=$1
  report_command=$2
  report_start=$SECONDS
  report_limit=$3
  report_steps=()
  report_failed=0
  mkdir -p "$report_folder"
}

seconds_left() { echo $((report_limit - (SECONDS - report_start))); }

# add_step NAME STATUS SECONDS DETAIL [JSON]: one more step of the report, which is written anew: what is known so far survives a kill.
# STATUS: passed, failed, or absent (the machine lacks what the step needs). JSON: measured values, or a file that holds them.
add_step() {
  local detail values=""
  detail=$(printf '%s' "$4" | json_text)
  [ -n "${5:-}" ] && values=", \"values\": $5"
  report_steps+=("{\"step\": \"$1\", \"status\": \"$2\", \"seconds\": $3, \"detail\": $detail$values}")
  [ "$2" = failed ] && report_failed=$((report_failed + 1))
  printf '%-28s %-7s %4s s  %s\n' "$1" "$2" "$3" "$(printf '%s' "$4" | tail -1)"
  write_report
}

write_report() {
  local file=$report_folder/$report_command.json separator="" step
  {
    printf '{"command": "%s", "seconds": %d, "failed": %d, "steps": [' "$report_command" $((SECONDS - report_start)) "$report_failed"
    for step in "${report_steps[@]}"; do
      printf '%s\n  %s' "$separator" "$step"
      separator=,
    done
    printf '\n]}\n'
  } >"$file.new"
  mv "$file.new" "$file"
}

# run_limited SECONDS LOG COMMAND...: the command's exit code; 124 where it took longer than this, or than all steps may.
run_limited() {
  local limit=$1 log=$2 left
  shift 2
  left=$(seconds_left)
  [ "$limit" -gt "$left" ] && limit=$left
  [ "$limit" -lt 1 ] && return 124
  if [ "$(type -t "$1")" = function ]; then
    "$@" >"$log" 2>&1
  else
    timeout --foreground --signal=INT --kill-after=20 "$limit" "$@" >"$log" 2>&1
  fi
}

# step NAME SECONDS COMMAND...: passed if it exits with 0. The log stays in the folder, its end becomes the detail.
step() {
  local name=$1 limit=$2 start=$SECONDS code=0 log
  shift 2
  log=$report_folder/$name.log
  run_limited "$limit" "$log" "$@" || code=$?
  case $code in
    0) add_step "$name" passed $((SECONDS - start)) "$(tail -n 3 "$log")" ;;
    124 | 137) add_step "$name" failed $((SECONDS - start)) "$(tail -n 3 "$log")
took longer than its time" ;;
    *) add_step "$name" failed $((SECONDS - start)) "$(tail -n 8 "$log")
exit code $code" ;;
  esac
  return "$code"
}

# The columns of ncu's raw CSV whose names say something of multiply-adds, stalls, bank conflicts and time, as a JSON object: the
# first launch's. Fields are quoted and may hold commas.
ncu_values() {
  grep '^"' "$1" | awk '
    { line = $0; sub(/^"/, "", line); sub(/"\r?$/, "", line); count = split(line, field, "\",\"") }
    NR == 1 { for (i = 1; i <= count; ++i) name[i] = field[i] }
    NR == 3 {
      printf "{"
      for (i = 1; i <= count; ++i) {
        if (name[i] !~ /pipe_fma|issue_stalled|bank_conflict|issue_active|gpu__time_duration/) continue
        gsub(/,/, "", field[i])
        if (field[i] !~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) continue
        printf "%s\"%s\": %s", separator, name[i], field[i]
        separator = ", "
      }
      printf "}"
    }'
}
