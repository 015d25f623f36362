#!/usr/bin/env bash
# Builds model/ against the LibTorch of this machine's Python, runs the golden cases on CUDA and times
# one window of every path. For a GPU machine without DCMTK; see README.md beside this file.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD:-$root/build-gpu}
deps=$root/.gpu-deps

usage() {
  cat <<'TEXT'
usage: model/gpu/check.sh pack | run

  pack   on a Debian machine: fetch the few libraries that model/ needs beside LibTorch into
         .gpu-deps/, which then travels with the sources
  run    on the GPU machine: build, golden cases on CUDA, benchmark (w = 32, 16, 8)
TEXT
}

# Headers and libraries only; what is optional in builds without the node (ICU, libzip) stays away.
packages=(libfmt-dev libfmt9 nlohmann-json3-dev libssl-dev doctest-dev libcli11-dev libspdlog-dev
  libspdlog1.10 libpng-dev libpng16-16 libnifti2-dev libnifti2-2 zlib1g-dev)

pack() {
  local work
  work=$(mktemp -d)
  rm -rf "$deps"
  mkdir -p "$deps"
  (cd "$work" && apt-get download -qq "${packages[@]}")
  local deb
  for deb in "$work"/*.deb; do dpkg -x "$deb" "$deps"; done
  rm -rf "$work" "$deps/usr/share/doc"
  du -sh "$deps"
}

run() {
  local torch
  torch=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')
  cmake --preset model -S "$root" -B "$build" -DHILUM_WITH_ICU=OFF \
    -DCMAKE_PREFIX_PATH="$torch;$deps/usr" -DCMAKE_FIND_ROOT_PATH="$deps"
  cmake --build "$build" --target test_model_golden test_device_sliding_window bench_window hilum
  export LD_LIBRARY_PATH="$deps/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  HILUM_TEST_DEVICE=cuda "$build/tests/unit/model/test_model_golden"
  "$build/tests/unit/model/test_device_sliding_window"
  local width
  for width in 32 16 8; do
    "$build/tests/bench/bench_window" --device cuda --width "$width" --runs 20
  done
}

case "${1:-}" in
  pack) pack ;;
  run) run ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 64 ;;
esac
