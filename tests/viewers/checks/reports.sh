#!/usr/bin/env bash
# reports.sh CASE: does dsrdump open each structured report?
set -uo pipefail
case=$1

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }

reports=("$case"/sr/*.dcm)
if [ ! -e "${reports[0]}" ]; then
  row dsrdump "reports" none "there are none among the results"
  exit
fi
for file in "${reports[@]}"; do
  name=$(basename "$file" .dcm)
  if said=$(dsrdump -q "$file" 2>&1) && [ -n "$said" ]; then
    row dsrdump "$name" ok "$(wc -l <<< "$said") lines of text"
  else
    row dsrdump "$name" failed "${said:0:200}"
  fi
done
