#!/bin/sh
# winograd_symbols.sh OBJECT...: the files that are compiled for one instruction set must not hold a
# function that the linker may take for other files as well (a weak one: an inline function, a template
# of a standard class). A processor without these instructions would end the program there.
found=0
for object in "$@"; do
  case $object in */avx*) ;; *) continue ;; esac
  found=$((found + 1))
  weak=$(nm -C "$object" | grep -E ' [WVuw] ' | grep -vE 'DW\.ref\.|_GLOBAL_OFFSET_TABLE_|__asan|__ubsan|__tsan')
  if [ -n "$weak" ]; then
    echo "$object: weak symbols:"
    echo "$weak"
    exit 1
  fi
done
echo "$found objects without weak symbols"
