#!/usr/bin/env bash
# validators.sh CASE: dciodvfy (is each object what the standard says?) and dcentvfy (is it of the same
# patient, study and frame of reference as the CT?) must have nothing to say. With reports and pictures
# they may warn of private coding schemes, and of attributes that dicom3tools place elsewhere there.
set -uo pipefail
case=$1
label_map_class=1.2.840.10008.5.1.4.1.1.66.7
deflated=1.2.840.10008.1.2.1.99

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }
value() { dcmdump -q -Un +P "$2" "$1" | sed -n 's/.*\[\(.*\)\].*/\1/p' | head -n 1; }

if ! command -v dciodvfy >/dev/null; then
  row dciodvfy "all objects" skipped "install dicom3tools"
  row dcentvfy "all objects" skipped "install dicom3tools"
  exit
fi

nothing='^$'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What dciodvfy says of the CT already is taken over from there and no fault of ours.
dciodvfy -new "$(find "$case/ct" -name '*.dcm' | head -n 1)" > "$work/said_of_ct" 2>&1

# silent CHECK WHAT IGNORED COMMAND...: ok when the command prints only lines that match IGNORED or are
# said of the CT, too. Values are not repeated: they may be a patient's.
silent() {
  local check=$1 what=$2 ignored=$3 said
  shift 3
  # The name of the class is all that dciodvfy prints about an object without faults.
  said=$("$@" 2>&1 | grep -vxE '[A-Za-z0-9]+' | grep -vE "$ignored" | grep -vxFf "$work/said_of_ct" |
    sed 's/= <[^>]*>/= <...>/g; s/ Value [0-9]* <.*//' | tr '\n\t' '; ')
  said=${said//"$case/"/}
  if [ -z "$said" ]; then
    row "$check" "$what" ok
  else
    row "$check" "$what" failed "${said:0:300}"
  fi
}

# old_tool FILE: the object is a label map, and this dciodvfy was made before there were any.
old_tool() {
  [ "$(value "$1" SOPClassUID)" = $label_map_class ] &&
    [[ $(dciodvfy -new "$1" 2>&1) == *"Information Object Not found"* ]]
}

for file in "$case"/seg/*.dcm "$case"/sr/*.dcm "$case"/pictures/*.dcm; do
  [ -e "$file" ] || continue
  name=$(basename "$file" .dcm)
  if [ "$(value "$file" TransferSyntaxUID)" = $deflated ]; then  # dicom3tools do not inflate
    dcmconv +te "$file" "$work/inflated.dcm"
    file=$work/inflated.dcm
  fi
  if old_tool "$file"; then
    row dciodvfy "$name" none "this dciodvfy does not know label map segmentations"
    row dcentvfy "$name" none "this dcentvfy does not know label map segmentations"
    continue
  fi
  if [ "$(value "$file" Modality)" = SEG ]; then
    silent dciodvfy "$name" "$nothing" dciodvfy -new "$file"
    silent dcentvfy "$name" "$nothing" dcentvfy "$case"/ct/* "$file"
  else
    silent dciodvfy "$name" ^Warning dciodvfy -new "$file"
    silent dcentvfy "$name" 'Different information entities' dcentvfy "$case"/ct/* "$file"
  fi
done
