# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Casting built modules into a folder that can be served. Sourced after common.sh.

# cast_modules INGOTC KEY SOURCE_DIR TARGET_DIR [NAME...]: SOURCE_DIR/<name>/{module.json,<name>.wasm} become
# TARGET_DIR/<name>/{module.json,<name>.ingot}. A bundle that is newer than its module and the compiler is kept.
cast_modules() {
  local ingotc=$1 key=$2 source=$3 target=$4 name
  shift 4
  local names=("$@")
  if [[ ${#names[@]} == 0 ]]; then
    for name in "$source"/*/; do
      if [[ -d $name ]]; then names+=("$(basename "$name")"); fi
    done
  fi
  for name in "${names[@]}"; do
    mkdir -p "$target/$name"
    if [[ $target/$name/$name.ingot -nt $source/$name/$name.wasm && $target/$name/$name.ingot -nt $source/$name/module.json &&
      $target/$name/$name.ingot -nt $ingotc && $target/$name/$name.ingot -nt $key ]]; then
      continue
    fi
    progress "casting $name"
    cp "$source/$name/module.json" "$target/$name/module.json"
    "$ingotc" build "$source/$name" -o "$target/$name/$name.ingot" --key "$key" >/dev/null || return 1
    note "cast $name: $(stat -c %s "$source/$name/$name.wasm") bytes of wasm, bundle of $(stat -c %s "$target/$name/$name.ingot") bytes"
  done
  progress_clear
}
