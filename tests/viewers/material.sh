# shellcheck shell=bash
# Sourced by `run`: the folder that every check gets. ct/, seg/, sr/ and pictures/ hold the objects of
# their kind; seg/NAME.labels.nii.gz says what the voxels of seg/NAME.dcm have to be.

# Small and quick to draw; no two axes alike. The rules want 128 rows, and see README.md, Known limits.
phantom_options=(--seed 1000001 --phase pulmonary-artery --healthy --spacing 2.5 --size 84 128 136)

material=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
label_map_class=1.2.840.10008.5.1.4.1.1.66.7

dicom_value() { dcmdump -q -Un +P "$2" "$1" 2>/dev/null | sed -n '1s/.*\[\(.*\)\].*/\1/p'; }

# make_phantom HILUM FOLDER: a CT in FOLDER/ct and in FOLDER/results its true vessels, with the label
# map as the phantom itself has it: no writer or reader of segmentations has touched that.
make_phantom() {
  local hilum=$1 folder=$2
  mkdir -p "$folder/results"
  "$hilum" phantom "${phantom_options[@]}" --out "$folder/ct" --truth "$folder/results/truth.dcm"
  "$hilum" phantom "${phantom_options[@]}" --out "$folder/nifti" --nifti
  mv "$folder/nifti/labels.nii.gz" "$folder/results/truth.labels.nii.gz"
}

# make_patient_with_gaps HILUM FOLDER OF: the CT of another patient without some images, one of them
# moved as no scanner moves it, and what `hilum segment` makes of it.
make_patient_with_gaps() {
  local hilum=$1 folder=$2 of=$3 position
  mkdir -p "$folder"
  cp -r "$of/ct" "$folder/ct"
  rm "$folder"/ct/{0040,0041,0060}.dcm
  position=$(dicom_value "$folder/ct/0021.dcm" ImagePositionPatient)
  dcmodify -nb -m "ImagePositionPatient=${position%\\*}\\$(awk "BEGIN { print ${position##*\\} + 0.8 }")" \
    "$folder/ct/0021.dcm"
  "$hilum" segment "$folder/ct" --out "$folder/results"
}

# make_enhanced_patient HILUM FOLDER OF: the same CT as one Enhanced CT, and `hilum segment`'s of it.
make_enhanced_patient() {
  local hilum=$1 folder=$2 of=$3
  /usr/bin/python3 "$material/python/enhanced.py" "$of/ct" "$folder/ct/enhanced.dcm"
  "$hilum" segment "$folder/ct" --out "$folder/results"
}

# collect CT RESULTS CASE: sorts the objects by SOP Class into CASE.
collect() {
  local ct=$1 results=$2 case=$3 file name kind labels
  mkdir -p "$case"/{ct,seg,sr,pictures}
  local number=0
  while IFS= read -r -d '' file; do
    number=$((number + 1))
    [[ ! $(dicom_value "$file" SOPClassUID) =~ ^1\.2\.840\.10008\.5\.1\.4\.1\.1\.2(\.1)?$ ]] ||
      ln -s "$file" "$case/ct/$(printf '%05d' $number).dcm"
  done < <(find "$ct" -type f -print0 | sort -z)
  while IFS= read -r -d '' file; do
    case "$(dicom_value "$file" SOPClassUID)" in
      1.2.840.10008.5.1.4.1.1.66.4 | "$label_map_class") kind=seg ;;
      1.2.840.10008.5.1.4.1.1.88.*) kind=sr ;;
      1.2.840.10008.5.1.4.1.1.7 | 1.2.840.10008.5.1.4.1.1.7.*) kind=pictures ;;
      *) continue ;;
    esac
    name=$(basename "$file" .dcm)
    [ ${#name} -le 24 ] || name=$kind-${name: -8}  # long UIDs
    [ ! -e "$case/$kind/$name.dcm" ] || name=$name-$(find "$case/$kind" -name '*.dcm' | wc -l)
    cp "$file" "$case/$kind/$name.dcm"
    labels=${file%.dcm}.labels.nii.gz
    [ ! -f "$labels" ] || cp "$labels" "$case/$kind/$name.labels.nii.gz"
  done < <(find "$results" -type f -print0 | sort -z)
}

# Every segment has a side by its type's modifier.
has_sides() {
  local segments sides
  segments=$(dcmdump -q +P SegmentLabel "$1" | wc -l)
  sides=$(dcmdump -q +P SegmentedPropertyTypeModifierCodeSequence "$1" | grep -c SegmentedProperty)
  [ "$sides" -ge "$segments" ]
}

# add_label_maps HILUM CASE: what hilum's own reader makes of segmentations that came without one.
add_label_maps() {
  local hilum=$1 case=$2 seg
  [ -x "$hilum" ] || return 0
  for seg in "$case"/seg/*.dcm; do
    [ -e "$seg" ] || continue
    [ ! -e "${seg%.dcm}.labels.nii.gz" ] || continue
    if "$hilum" convert "$case/ct" --seg "$seg" --out "$case/converted" >/dev/null 2>&1; then
      mv "$case/converted/labels.nii.gz" "${seg%.dcm}.converted.nii.gz"
    elif has_sides "$seg"; then  # without sides there is no class of the model to convert to
      row "label map" "$(basename "$seg" .dcm)" failed "hilum convert does not read it"
    fi
    rm -rf "$case/converted"
  done
}
