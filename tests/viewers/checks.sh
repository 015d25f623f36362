# shellcheck shell=bash
# Sourced by `run`: the checks, and the table of what they said. Every check is a program that gets the
# case (material.sh) and prints rows: check, what, status and detail, parted by tabs. Status: ok; failed;
# skipped (a tool is not installed); none (there is nothing to check).
checks=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
check_limit_s=600

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }

# run_check COMMAND...: its rows, and one more when it breaks down.
run_check() {
  local said status=0
  said=$(mktemp)
  timeout --foreground $check_limit_s "$@" 2>"$said" || status=$?
  [ $status -eq 0 ] || row "$(basename "${2:-$1}")" "the check itself" failed \
    "status $status: $(tail -n 1 "$said")"
  rm -f "$said"
}

# all_checks CASE [SCREENSHOTS]
all_checks() {
  local case=$1 screenshots=${2:-}
  run_check bash "$checks/checks/validators.sh" "$case"
  if ! /usr/bin/python3 -c 'import pydicom, numpy, nibabel' 2>/dev/null; then
    row "all others" "all objects" skipped "install python3-pydicom python3-numpy python3-nibabel"
    return
  fi
  run_check /usr/bin/python3 "$checks/python/documents.py" "$case"
  run_check /usr/bin/python3 "$checks/checks/readers.py" "$case"
  run_check /usr/bin/python3 "$checks/checks/rules.py" "$case"
  run_check bash "$checks/checks/reports.sh" "$case"
  if ! [ -f "$checks/.build/adapters.cjs" ] || ! [ -f "$checks/.ohif/version" ]; then
    row "adapters, OHIF" "all objects" skipped "run tests/viewers/install"
    return
  fi
  run_check node "$checks/.build/adapters.cjs" "$case"
  run_check node "$checks/checks/ohif.mjs" "$case" "$screenshots"
}

print_table() {
  awk -F '\t' '
    { for (i = 1; i <= 3; i++) if (length($i) > width[i]) width[i] = length($i); rows[NR] = $0 }
    END {
      for (r = 1; r <= NR; r++) {
        split(rows[r], cell, "\t")
        printf "%-*s  %-*s  %-*s  %s\n", width[1], cell[1], width[2], cell[2], width[3], cell[3], cell[4]
      }
    }' "$1"
}
