#!/usr/bin/env bash
# Ten studies at once through the node, from C-STORE to C-STORE, on loopback: does the network's
# device ever wait for reading, preparing, encoding or sending? Draws a timeline.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$root/build}

usage() {
  cat <<'TEXT'
usage: tests/bench/ten_studies.sh [--studies N] [--bundle FILE] [--out FILE.svg]

  --studies N    how many (default 10)
  --bundle FILE  the model (default: an untrained one of width 2, 12 windows a study)
  --out FILE     the timeline (default: build/timeline.svg)
BUILD names the build folder.
TEXT
}

studies=10
bundle=""
out=$build/timeline.svg
while [ $# -gt 0 ]; do
  case "$1" in
    --studies) studies=${2:?}; shift 2 ;;
    --bundle) bundle=$(realpath "${2:?}"); shift 2 ;;
    --out) out=$(realpath -m "${2:?}"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done

work=$(mktemp -d)
pids=()
finish() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
# One line that redraws itself on a terminal; nothing elsewhere.
show_line() { if [ -t 1 ]; then printf '\r%s' "$1"; fi; }
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

if [ -z "$bundle" ]; then
  bundle=$work/bundle.safetensors
  "$build/hilum" model init "$bundle" --width 2 --overlap 0.25 > /dev/null
fi
for ((i = 1; i <= studies; ++i)); do
  "$build/hilum" phantom --seed "$i" --out "$work/ct$i" > /dev/null
  show_line "$i of $studies patients"
done
echo

pacs_port=$(free_port)
node_port=$(free_port)
mkdir "$work/received"
storescp --output-directory "$work/received" "$pacs_port" > "$work/storescp.log" 2>&1 &
pids+=($!)
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
ae_title = "PACS"
host = "127.0.0.1"
port = $pacs_port
[results]
destinations = ["pacs"]
[series]
quiet_period_s = 1
[model]
bundle = "$bundle"
TOML
OMP_WAIT_POLICY=passive "$build/hilum" serve --config "$work/hilum.toml" > "$work/hilum.log" 2>&1 &
node=$!
pids+=("$node")
deadline=$((SECONDS + 60))
until echoscu -aet PACS -aec HILUM 127.0.0.1 "$node_port" 2>/dev/null; do
  [ $SECONDS -lt $deadline ] || { cat "$work/hilum.log" >&2; exit 1; }
  sleep 0.2
done
for ((i = 1; i <= studies; ++i)); do
  dcmsend --aetitle PACS --call HILUM --scan-directories --recurse 127.0.0.1 "$node_port" "$work/ct$i"
done
deadline=$((SECONDS + 1200))
delivered() { grep -c event=delivered "$work/hilum.log" || true; }
until [ "$(delivered)" -ge "$studies" ]; do
  kill -0 "$node" || { cat "$work/hilum.log" >&2; exit 1; }
  [ $SECONDS -lt $deadline ] || { echo "not done within 20 minutes" >&2; exit 1; }
  show_line "$(delivered) of $studies delivered"
  sleep 1
done
echo
awk -f "$root/tests/bench/timeline.awk" "$work/hilum.log" > "$out"
echo "timeline: $out"
