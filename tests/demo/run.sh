#!/usr/bin/env bash
# The whole path on this machine: a throw-away PACS (Orthanc) holds a CT, routes it to hilum by
# C-STORE, and gets the segmentation back. Everything listens on loopback only and is stopped again.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
hilum=$root/build/hilum

usage() {
  cat <<'TEXT'
usage: ./dev demo [--ct DIR] [--out DIR]

  --ct DIR    send the CT series in DIR instead of a generated one
  --out DIR   where the picture and the SEG are left (default: build/demo)
TEXT
}

ct=""
truth=""
out=$root/build/demo
while [ $# -gt 0 ]; do
  case "$1" in
    --ct) ct=$(realpath "${2:?--ct needs a folder}"); shift 2 ;;
    --out) out=$(realpath -m "${2:?--out needs a folder}"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done

work=$(mktemp -d)
pids=()
# Stops what was started, by process id, and nothing else.
finish() {
  local status=$?
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ $status -ne 0 ]; then
    mkdir -p "$out"
    cp "$work"/*.log "$out" 2>/dev/null || true
    echo "the demo failed; logs are in $out" >&2
  fi
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# One line that redraws itself on a terminal, a line each time elsewhere.
show_line() { if [ -t 1 ]; then printf '\r%-78.78s' "$1"; else printf '%s\n' "$1"; fi; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    if port_is_free "$port"; then echo "$port"; return; fi
  done
}
# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo "no $what within the time" >&2; return 1; }
    sleep 0.2
  done
}

pacs_dicom=$(free_port)
pacs_http=$(free_port)
node_port=$(free_port)
pacs=http://127.0.0.1:$pacs_http

say "1. A throw-away PACS (Orthanc, AE title DEMOPACS, port $pacs_dicom)"
cat > "$work/orthanc.json" <<JSON
{ "Name": "Hilum demo", "StorageDirectory": "$work/orthanc", "IndexDirectory": "$work/orthanc",
  "Plugins": [], "DicomAet": "DEMOPACS", "DicomPort": $pacs_dicom, "HttpPort": $pacs_http,
  "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomCheckCalledAet": true,
  "DicomModalities": { "hilum": ["HILUM", "127.0.0.1", $node_port] } }
JSON
Orthanc "$work/orthanc.json" > "$work/orthanc.log" 2>&1 &
pids+=($!)
wait_for 60 "answer of Orthanc" curl -sf "$pacs/system"

say "2. The node (AE title HILUM, port $node_port)"
cat > "$work/hilum.toml" <<TOML
[node]
ae_title = "HILUM"
bind = "127.0.0.1"
port = $node_port

[storage]
directory = "$work/hilum"
min_free_gib = 0

[[peer]]
name = "pacs"
ae_title = "DEMOPACS"
host = "127.0.0.1"
port = $pacs_dicom

[results]
destinations = ["pacs"]

[series]
quiet_period_s = 2
TOML
"$hilum" serve --config "$work/hilum.toml" > "$work/hilum.log" 2>&1 &
node_pid=$!
pids+=("$node_pid")
wait_for 60 "answer of hilum" echoscu -aet DEMOPACS -aec HILUM 127.0.0.1 "$node_port"
"$hilum" check --config "$work/hilum.toml"

if [ -z "$ct" ]; then
  say "3. A synthetic patient"
  ct=$work/ct
  truth=$work/truth.dcm
  # A seed that no training run comes near.
  "$hilum" phantom --seed 1000001 --out "$ct" --truth "$truth"
fi

say "4. The CT goes to the PACS, and the PACS routes it to the node"
dcmsend --aetitle DEMOMODALITY --call DEMOPACS --scan-directories --recurse 127.0.0.1 "$pacs_dicom" "$ct"
series=$(curl -sf "$pacs/series" | tr -d ' "\n[]' | cut -d, -f1)
[ -n "$series" ] || { echo "the PACS holds no series: is $ct a folder of DICOM files?" >&2; exit 1; }
curl -sf -X POST "$pacs/modalities/hilum/store" -d "$series" >/dev/null

say "5. The node works"
# seg_in_pacs: the PACS' identifier of the SEG instance, once it is there.
seg_in_pacs() {
  curl -sf -X POST "$pacs/tools/find" -d '{"Level":"Instance","Query":{"Modality":"SEG"}}' |
    tr -d ' "\n[]'
}
last=""
deadline=$((SECONDS + 900))
while [ -z "$(seg_in_pacs)" ]; do
  kill -0 "$node_pid" 2>/dev/null || { echo "hilum has stopped" >&2; exit 1; }
  now=$("$hilum" jobs list --config "$work/hilum.toml")
  if [ "$now" != "$last" ]; then show_line "$(printf '%s\n' "$now" | sed -n 2p)"; last=$now; fi
  case "$now" in *" failed "*) "$hilum" jobs list --config "$work/hilum.toml"; exit 1 ;; esac
  [ $SECONDS -lt $deadline ] || { echo "no SEG within 15 minutes" >&2; exit 1; }
  sleep 3
done

say "6. The SEG is in the PACS, in the study of the CT"
mkdir -p "$out"
curl -sf "$pacs/instances/$(seg_in_pacs)/file" -o "$out/seg.dcm"
"$hilum" preview "$ct" "$out/seg.dcm" --out "$out/overlay.png"
if [ -n "$truth" ]; then
  say "7. Against the synthetic patient's truth"
  for seg in truth result; do
    file=$truth
    [ $seg = truth ] || file=$out/seg.dcm
    "$hilum" convert "$ct" --seg "$file" --out "$work/$seg" --kind synthetic >/dev/null
  done
  "$hilum" model evaluate --prediction "$work/result/labels.nii.gz" \
    --reference "$work/truth/labels.nii.gz"
fi
study=$(curl -sf "$pacs/instances/$(seg_in_pacs)/study" | grep -o '"StudyInstanceUID" : "[^"]*"' | cut -d'"' -f4)
echo
echo "study     $study (Orthanc, $pacs, stopped now)"
echo "SEG file  $out/seg.dcm"
echo "picture   $out/overlay.png"
