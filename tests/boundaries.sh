#!/usr/bin/env bash
# Which folder may include which third party (README "How it is built"); each line of `rules` is
# "third party|folders that may include it". Fails with the offending lines.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rules='dcmtk/|scp dicomseg
openjpeg|dicomseg
torch/|model
sqlite3|db
boost/|pipeline scp admin
toml|config
CLI/|admin
nlohmann/|model admin
unicode/|model
zlib.h|model dicomseg
nifti2|model
png.h|pipeline/domain
openssl/|pipeline/domain scp'

bad=0
while IFS='|' read -r library allowed; do
  for folder in admin config db dicomseg model pipeline scp; do
    [[ " $allowed " == *" $folder "* ]] && continue
    found=$(grep -rnE "#include [<\"]$library" --include='*.h' --include='*.cpp' "$folder" |
      grep -vE "^($(echo "$allowed" | tr ' ' '|'))/")
    if [ -n "$found" ]; then
      printf '%s may not be included in %s/:\n%s\n' "$library" "$folder" "$found"
      bad=1
    fi
  done
done <<< "$rules"

# Torch and SQLite stay out of every header: slow to build, and c10 and doctest both define CHECK.
if grep -rnE '#include [<"](torch/|sqlite3|toml)' --include='*.h' admin config db dicomseg model pipeline scp |
  grep -v '_internal\.h:'; then
  echo 'third-party headers above may only be included in .cpp files'
  bad=1
fi

# One direction of flow: what each folder of ours may include of the others.
own='pipeline/domain|pipeline/domain
pipeline|pipeline
scp|scp pipeline/domain dicomseg/dcmtk_error.h dicomseg/data_set_scan.h dicomseg/element_encoding.h
dicomseg|dicomseg pipeline/domain
model|model pipeline/domain
db|db pipeline/domain
config|config pipeline/domain'
while IFS='|' read -r folder allowed; do
  found=$(grep -rnE '#include "(admin|config|db|dicomseg|model|pipeline|scp)/' --include='*.h' \
    --include='*.cpp' "$folder" | grep -vE "#include \"($(echo "$allowed" | tr ' ' '|'))")
  if [ -n "$found" ]; then
    printf '%s/ reaches across a boundary:\n%s\n' "$folder" "$found"
    bad=1
  fi
done <<< "$own"
exit $bad
