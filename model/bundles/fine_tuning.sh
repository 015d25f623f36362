#!/usr/bin/env bash
# What a site gains that brings few labelled CTs: five from the default bundle against twenty from
# new weights, on synthetic patients outside the ranges that the bundle was trained on.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<'TEXT'
usage: model/bundles/fine_tuning.sh OUT [STEPS [PATIENTS]]

Makes twenty --shifted synthetic patients, which stand for those of a new site, trains STEPS steps
(400) from the default bundle on five of them, and twice as many from new weights on all; scores
both and the bundle itself on PATIENTS (10) others, and prints a table, which stays in OUT/table.md.
What is in OUT already is not done again.

  HILUM=PROGRAM      the program (build/hilum)
  BUNDLE=FILE        the bundle (default.safetensors beside this script)
TEXT
}

case "${1:-}" in
  "" | -h | --help | help) usage; exit 64 ;;
esac
out=$1
steps=${2:-400}
patients=${3:-10}
hilum=${HILUM:-$here/../../build/hilum}
bundle=${BUNDLE:-$here/default.safetensors}
first_seed=2000001
mkdir -p "$out"
out=$(cd "$out" && pwd)

make_patients() {
  local header="ct,labels,labelled,split,kind"
  echo "$header" > "$out/five.csv"
  echo "$header" > "$out/twenty.csv"
  local number folder line
  for number in $(seq 0 19); do
    folder=$out/patient$number
    if [ ! -e "$folder/list.csv" ]; then
      "$hilum" phantom --shifted --seed $((first_seed + number)) --nifti --out "$folder"
    fi
    line=$folder/ct.nii.gz,$folder/labels.nii.gz,all,train,synthetic
    echo "$line" >> "$out/twenty.csv"
    if [ "$number" -lt 5 ]; then echo "$line" >> "$out/five.csv"; fi
  done
}

train() {
  local name=$1
  shift
  if [ ! -e "$out/$name/last.safetensors" ] || [ ! -e "$out/$name.json" ]; then
    "$hilum" model train --out "$out/$name" --batch 2 --windows-per-volume 6 --rotate 0 \
      --loaders 1 "$@"
  fi
}

score() {
  local name=$1 model=$2
  if [ ! -e "$out/$name.json" ]; then
    "$hilum" model evaluate "$model" --phantom --shifted --seeds "1000000:$patients" \
      --overlap 0.25 --json "$out/$name.json"
  fi
}

make_patients
score bundle "$bundle"
train five --from "$bundle" --data "$out/five.csv" --steps "$steps"
score five "$out/five/last.safetensors"
train twenty --width 8 --window 64 --side anatomy --data "$out/twenty.csv" --steps $((2 * steps))
score twenty "$out/twenty/last.safetensors"

"$here/score_table.py" "$out/bundle.json=the bundle as it is" \
  "$out/five.json=the bundle and five patients, $steps steps" \
  "$out/twenty.json=new weights and twenty patients, $((2 * steps)) steps" | tee "$out/table.md"
