#!/usr/bin/env bash
# What each part of the model is worth: the same recipe without it, on the same synthetic patients.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<'TEXT'
usage: model/bundles/ablations.sh OUT [STEPS [PATIENTS]]

Trains the default recipe and one variant for each part of it from new weights, STEPS steps each
(600) with the same seeds, scores every last bundle on PATIENTS (10) held-out synthetic patients,
and prints a table, which stays in OUT/table.md. What is in OUT already is not done again.
As in the paper, the text features are given and stay: those of a bundle whose tower reads.

  HILUM=PROGRAM      the program (build/hilum)
  RECIPE=FILE        the recipe (default.toml beside this script)
  TEXT=BUNDLE        whose text features (default.safetensors beside this script)
TEXT
}

case "${1:-}" in
  "" | -h | --help | help) usage; exit 64 ;;
esac
out=$1
steps=${2:-600}
patients=${3:-10}
hilum=${HILUM:-$here/../../build/hilum}
recipe=${RECIPE:-$here/default.toml}
text=(--text frozen --text-from "${TEXT:-$here/default.safetensors}")
mkdir -p "$out"

train_and_score() {
  local name=$1 this_long=$2
  shift 2
  if [ ! -e "$out/$name.json" ]; then
    "$hilum" model train --recipe "$recipe" --steps "$this_long" \
      --validate-every "$this_long" "$@" --out "$out/$name"
    "$hilum" model evaluate "$out/$name/last.safetensors" --phantom --seeds "1000000:$patients" \
      --overlap 0.25 --json "$out/$name.json"
  fi
}

train_and_score default "$steps" "${text[@]}"
train_and_score no-text "$steps" --text vectors
train_and_score concatenation "$steps" "${text[@]}" --fusion concatenation
train_and_score average "$steps" "${text[@]}" --pooling average
train_and_score side-network "$steps" "${text[@]}" --side network
# Sees more at a time: fewer steps of one window, as many voxels.
train_and_score window-96 $((2 * steps * 64 ** 3 / 96 ** 3)) "${text[@]}" --window 96 --batch 1

"$here/score_table.py" "$out/default.json=the default" \
  "$out/no-text.json=no text: one learned vector for each class" \
  "$out/concatenation.json=no cross-attention: concatenation" \
  "$out/average.json=average pooling in place of the image adapter" \
  "$out/side-network.json=the network is asked for sides" \
  "$out/window-96.json=windows of 96 in place of 64, as many voxels" | tee "$out/table.md"
