#!/usr/bin/env bash
# Slices per second that a node receives, against DCMTK's storescp and Orthanc with the same
# unmodified sender, dcmsend, in turns within one run. Loopback only.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

usage() {
  cat <<'TEXT'
usage: tests/bench/reception.sh CT_DIR [ROUNDS]

CT_DIR holds a series (tests/bench/bench_ct --make CT_DIR writes 300 slices of 512 x 512). It is
sent over one association, alone and beside 200 others that are idle or slow; a hundred of its
slices, with new UIDs, over each of 4 and of 8 at once. Prints the medians of ROUNDS (3) rounds,
ratios, and the growth of this node's memory. What was received is deleted between the rounds only,
with a minute's wait: ext4 without a journal takes no inode that was freed less than a minute ago, and
looking for another one can take longer than receiving. A round takes 3 GB of disk and two minutes.

  HILUM=PROGRAM   the program (build/hilum). With marker_node of tests/support, the node without a model,
                  the growth of memory is reception's alone: a model's loading has the highest peak
TEXT
}

case "${1:-}" in
  "" | -h | --help | help) usage; exit 64 ;;
esac
ct=$(cd "$1" && pwd)
rounds=${2:-3}
hilum=${HILUM:-$root/build/hilum}
work=$(mktemp -d)
port=24104
server=""
idle=""
stop_server() {
  [ -z "$idle" ] || { kill "$idle" && wait "$idle"; } 2>/dev/null || true
  idle=""
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  server=""
}
trap 'stop_server; rm -rf "$work"' EXIT

echo "preparing 8 series" >&2
for i in 1 2 3 4 5 6 7 8; do
  mkdir "$work/set$i"
  find "$ct" -type f | sort | head -100 | xargs cp -t "$work/set$i"
  # One study and series for all files of a set, an instance each.
  dcmodify -nb -m "StudyInstanceUID=1.2.826.$i" -m "SeriesInstanceUID=1.2.826.$i.1" -gin \
    "$work/set$i"/*
done

cat > "$work/hilum.template" <<TOML
[node]
port = $port
bind = "127.0.0.1"
[results]
destinations = []
[storage]
directory = "STORE"
[network]
check_calling_ae = false
max_associations = 300
max_unknown_associations = 300
[rules]
min_slices = 99999
max_slices = 100000
TOML
cat > "$work/orthanc.template" <<JSON
{ "StorageDirectory": "STORE", "IndexDirectory": "STORE",
  "DicomPort": $port, "HttpServerEnabled": false, "DicomServerEnabled": true }
JSON

runs=0
start_server() {
  local store=$work/store/$((++runs))
  mkdir -p "$store"
  sed "s|STORE|$store|" "$work/hilum.template" > "$work/hilum.toml"
  sed "s|STORE|$store|g" "$work/orthanc.template" > "$work/orthanc.json"
  case $1 in
    hilum) "$hilum" serve --config "$work/hilum.toml" >"$work/log" 2>&1 & ;;
    storescp) storescp --fork -od "$store" $port >"$work/log" 2>&1 & ;;
    storescp-nodelay) TCP_NODELAY=1 storescp --fork -od "$store" $port >"$work/log" 2>&1 & ;;
    orthanc) Orthanc "$work/orthanc.json" >"$work/log" 2>&1 & ;;
  esac
  server=$!
  local i
  for i in $(seq 100); do
    if echoscu -aec HILUM 127.0.0.1 $port 2>/dev/null; then return; fi
    sleep 0.2
  done
  echo "$1 did not start:" >&2
  tail -5 "$work/log" >&2
  exit 1
}

peak_mib() { awk '/VmHWM/ {print $2 / 1024}' "/proc/$server/status"; }

# Sends over N associations at once; prints "slices seconds".
send() {
  local n=$1 begin end slices pids=() i
  begin=$(date +%s.%N)
  if [ "$n" -eq 1 ]; then
    slices=$(find "$ct" -type f | wc -l)
    dcmsend -aec HILUM 127.0.0.1 $port --scan-directories "$ct" >"$work/send" 2>&1
  else
    slices=$((n * 100))
    for i in $(seq "$n"); do
      dcmsend -aec HILUM 127.0.0.1 $port --scan-directories "$work/set$i" >"$work/send$i" 2>&1 &
      pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
  fi
  end=$(date +%s.%N)
  awk -v n="$slices" -v a="$begin" -v b="$end" 'BEGIN {print n / (b - a)}'
}

# Memory that a virtual machine has never used is slow at its first use; this uses it before anything is timed.
head -c 3G /dev/zero > "$work/warm"
rm "$work/warm"

for round in $(seq "$rounds"); do
  rm -rf "$work/store"
  sleep 61
  for n in 1 4 8; do
    for name in hilum storescp-nodelay orthanc storescp; do
      [ "$name" = storescp ] && [ "$n" -ne 1 ] && continue
      start_server $name
      before=$(peak_mib)
      rate=$(send "$n")
      echo "$n $name $rate $(awk -v a="$before" -v b="$(peak_mib)" 'BEGIN {print b - a}')" >> "$work/rates"
      stop_server
    done
  done
  start_server hilum
  "$root/tests/bench/idle_peers.py" $port 200 > "$work/idle" &
  idle=$!
  until [ -s "$work/idle" ]; do kill -0 "$idle"; sleep 0.2; done
  echo "200+1 hilum $(send 1) 0" >> "$work/rates"
  kill -0 "$idle"
  stop_server
  echo "round $round of $rounds" >&2
done

sort -k1,1n -k2,2 -k3,3n "$work/rates" | awk '
  function median(key) { return value[key, int((count[key] + 1) / 2)] }
  { key = $1 " " $2; value[key, ++count[key]] = $3; if ($2 == "hilum" && $4 > grown[$1]) grown[$1] = $4 }
  END {
    split("1 200+1 4 8", ns); split("hilum storescp-nodelay orthanc storescp", names)
    printf "%-14s %-18s %10s %18s %22s\n", "associations", "receiver", "slices/s", "hilum is x times", "memory grew, MiB each"
    for (i = 1; i <= 4; i++) for (j = 1; j <= 4; j++) {
      key = ns[i] " " names[j]
      if (!(key in count)) continue
      printf "%-14s %-18s %10.0f %18.2f %22s\n", ns[i], names[j], median(key), median(ns[i] " hilum") / median(key), j == 1 && ns[i] + 0 == ns[i] ? sprintf("%.1f", grown[ns[i]] / ns[i]) : ""
    }
    printf "one good association beside 200 idle or slow ones keeps %.0f %% of its speed\n", 100 * median("200+1 hilum") / median("1 hilum")
  }'
