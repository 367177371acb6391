# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# WABT for a machine whose own is too old. Debian 12 and 13 ship a wasm2c without the features and fixes that Ingot
# relies on; Debian testing has a good one, but linked to a newer C library. So its package is unpacked, not
# installed, into a prefix of the build folder together with the few libraries it needs, and is run through that
# prefix's own dynamic loader. apt does the fetching and the checking of signatures, with state, lists and cache of its
# own: the system's package database never hears of it. No root needed. Sourced by scripts/setup after common.sh.
#
#   $INGOT_BUILD_DIR/toolchain/wabt/       the prefix: usr/bin, usr/lib/x86_64-linux-gnu, usr/lib64, VERSION, PACKAGES
#   $INGOT_BUILD_DIR/toolchain/bin/        small relocatable scripts that run its programs

readonly wabt_version_min=1.0.42
readonly wabt_suite=testing
readonly wabt_apt_folder=/etc/apt
readonly wabt_toolchain=$INGOT_BUILD_DIR/toolchain
readonly wabt_prefix=$wabt_toolchain/wabt
readonly wabt_loader=usr/lib64/ld-linux-x86-64.so.2
readonly wabt_libraries=usr/lib/x86_64-linux-gnu
readonly wabt_programs=(
  wasm2c wasm-validate wat2wasm wasm2wat wast2json wasm-interp wasm-objdump wasm-strip spectest-interp
)
# Pulled in by dependencies, never opened by these programs.
readonly wabt_not_needed='^(gcc-[0-9]+-base|libc-gconv-modules-extra|openssl-provider-legacy)$'

wabt_system_is_enough() {
  local version program
  for program in wasm2c wasm-validate wast2json; do
    have "$program" || return 1
    # Our own wrappers in somebody's PATH are not the system's.
    [[ $(readlink -f "$(command -v "$program")") != "$wabt_toolchain"/* ]] || return 1
  done
  version=$(wasm2c --version 2>/dev/null) && version_at_least "$version" "$wabt_version_min"
}

# wabt_run ROOT PROGRAM ARGS...
wabt_run() {
  local root=$1 program=$2
  shift 2
  env -u LD_PRELOAD "$root/$wabt_loader" --inhibit-cache --library-path "$root/$wabt_libraries" \
    "$root/usr/bin/$program" "$@"
}

wabt_prefix_is_good() {
  local version program
  [[ -f $wabt_prefix/VERSION ]] || return 1
  for program in "${wabt_programs[@]}"; do
    [[ -x $wabt_toolchain/bin/$program ]] || return 1
  done
  version=$(wabt_run "$wabt_prefix" wasm2c --version 2>/dev/null) && version_at_least "$version" "$wabt_version_min"
}

wabt_is_ready() { wabt_system_is_enough || wabt_prefix_is_good; }

# --- where the machine gets Debian from -----------------------------------------------------------------------------

# Prints "URI SUITE KEYRING" for each binary source that has the component main. KEYRING is "-" where none is named.
wabt_sources_deb822() {
  awk '
    function flush(   u, s, i, j, uris, suites) {
      if (types ~ /(^| )deb( |$)/ && enabled !~ /^(no|false|without|off|disable)$/ && components ~ /(^| )main( |$)/) {
        u = split(f["uris"], uris, " "); s = split(f["suites"], suites, " ")
        for (i = 1; i <= u; i++) for (j = 1; j <= s; j++) print uris[i], suites[j], keyring
      }
      delete f; types = enabled = components = ""; keyring = "-"; field = ""
    }
    BEGIN { keyring = "-" }
    FNR == 1 { flush() }
    /^#/ { next }
    /^[ \t]*$/ { flush(); next }
    /^[ \t]/ { value = $0 }
    /^[^ \t]/ { field = tolower($0); sub(/:.*/, "", field); value = $0; sub(/^[^:]*:/, "", value) }
    {
      gsub(/[ \t\r]+/, " ", value); sub(/^ /, "", value); sub(/ $/, "", value)
      f[field] = (f[field] == "" ? value : f[field] " " value)
      types = f["types"]; enabled = tolower(f["enabled"]); components = f["components"]
      keyring = (f["signed-by"] ~ /^\/[^ ]*$/ ? f["signed-by"] : "-")
    }
    END { flush() }' "$@"
}

wabt_sources_one_line() {
  awk '
    /^[ \t]*deb[ \t]/ && !/cdrom:/ {
      keyring = "-"; line = $0
      sub(/#.*/, "", line)
      if (match(line, /\[[^]]*\]/)) {
        options = substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, 1, RSTART - 1) " " substr(line, RSTART + RLENGTH)
        if (match(options, /signed-by=\/[^ \t,]+/)) keyring = substr(options, RSTART + 10, RLENGTH - 10)
      }
      n = split(line, word, /[ \t]+/)
      for (i = 1; i <= n && word[i] != "deb"; i++);
      for (j = i + 3; j <= n; j++) if (word[j] == "main") { print word[i + 1], word[i + 2], keyring; break }
    }' "$@"
}

# The main archive of Debian as this machine reaches it: "URI KEYRING". Security, updates and backports live in other
# suites; third parties that name their suite as Debian does rarely end in /debian, so that ending comes first.
wabt_find_source() {
  local root=$wabt_apt_folder codename uri suite keyring best='' rank best_rank=9
  local -a files
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
  shopt -s nullglob
  files=("$root"/sources.list.d/*.sources)
  while read -r uri suite keyring; do
    case $suite in
      "$codename" | stable | oldstable | oldoldstable | testing | sid | unstable) ;;
      *) continue ;;
    esac
    case $uri in
      */debian | */debian/ | mirror*debian.list) rank=1 ;;
      cdrom:* | file:* | copy:*) continue ;;
      *) rank=2 ;;
    esac
    if ((rank < best_rank)); then
      best="$uri $keyring" best_rank=$rank
    fi
  done < <(
    ((${#files[@]} == 0)) || wabt_sources_deb822 "${files[@]}"
    files=("$root"/sources.list.d/*.list)
    [[ ! -f $root/sources.list ]] || files+=("$root/sources.list")
    ((${#files[@]} == 0)) || wabt_sources_one_line "${files[@]}"
  )
  shopt -u nullglob
  [[ -n $best ]] && printf '%s\n' "$best"
}

# --- fetching and unpacking -----------------------------------------------------------------------------------------

# wabt_write_apt_config WORK: an apt that knows one suite, only its package list, and nothing installed.
# What the machine configures about proxies and credentials stays in force.
wabt_write_apt_config() {
  local work=$1 uri keyring options='arch=amd64 target=Packages lang=none'
  if [[ -n ${INGOT_DEBIAN_URI:-} ]]; then
    uri=$INGOT_DEBIAN_URI keyring=-
  else
    read -r uri keyring < <(wabt_find_source) || {
      echo "no Debian archive found among this machine's apt sources"
      return 1
    }
  fi
  if [[ $keyring == - && -r /usr/share/keyrings/debian-archive-keyring.gpg ]]; then
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  fi
  [[ $keyring == - ]] || options+=" signed-by=$keyring"
  mkdir -p "$work"/{state,lists/partial,cache/archives/partial,preferences.d,debs,root}
  : >"$work/state/status"
  printf 'deb [%s] %s %s main\n' "$options" "$uri" "$wabt_suite" >"$work/sources.list"
  cat >"$work/apt.conf" <<END
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$work/preferences.d";
APT::Default-Release "";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
#clear APT::Update;
#clear DPkg::Post-Invoke;
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
END
}

wabt_update() { LC_ALL=C apt-get -q -c "$1/apt.conf" update; }

# wabt_download WORK: the .deb files of wabt and of what it is linked to, into WORK/debs.
wabt_download() {
  local work=$1
  local -a packages
  # The resolver, seeing an empty machine, names all that wabt depends on; a renamed library needs no change here.
  mapfile -t packages < <(LC_ALL=C apt-get -q -c "$work/apt.conf" -s --no-install-recommends install wabt |
    awk -v skip="$wabt_not_needed" '$1 == "Inst" && $2 !~ skip { print $2 }')
  ((${#packages[@]} > 0)) || return 1
  (cd "$work/debs" && LC_ALL=C apt-get -q -c "$work/apt.conf" download "${packages[@]}")
}

# wabt_unpack WORK: WORK/debs -> WORK/root, without what is only of use to developers of C++. Licences stay.
wabt_unpack() {
  local work=$1 deb root=$1/root
  for deb in "$work"/debs/*.deb; do
    dpkg -x "$deb" "$root" || return 1
    dpkg-deb -f "$deb" Package Version | awk '{ printf "%s%s", $2, NR % 2 ? "=" : "\n" }' >>"$root/PACKAGES" || return 1
  done
  rm -rf "${root:?}"/etc "$root"/usr/{include,src,share/man,share/lintian} \
    "$root/$wabt_libraries"/{cmake,gconv,nodejs,engines-3,ossl-modules} "$root/$wabt_libraries"/*.a
  # Debian moved the loader's home below usr; older packages have it beside.
  if [[ ! -e $root/$wabt_loader && -e $root/lib64/${wabt_loader##*/} ]]; then
    mkdir -p "$root/usr/lib64"
    ln -s "../../lib64/${wabt_loader##*/}" "$root/$wabt_loader"
  fi
}

# A whole translation, so that a library that is missing shows here and not in somebody's build.
wabt_try() {
  local work=$1 version
  version=$(wabt_run "$work/root" wasm2c --version) || return 1
  version_at_least "$version" "$wabt_version_min" || {
    echo "wabt is $version, need $wabt_version_min or newer" >&2
    return 1
  }
  printf '\0asm\1\0\0\0' >"$work/empty.wasm"
  wabt_run "$work/root" wasm-validate "$work/empty.wasm" || return 1
  wabt_run "$work/root" wasm2c --disable-tail-call "$work/empty.wasm" -o "$work/empty.c" || return 1
  printf '%s\n' "$version" >"$work/root/VERSION"
}

wabt_write_wrappers() {
  local work=$1 program
  mkdir -p "$work/bin" "$wabt_toolchain/bin"
  for program in "${wabt_programs[@]}"; do
    cat >"$work/bin/$program" <<END
#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs $program of ../wabt with the C library it was built for. Written by scripts/setup.
prefix=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/wabt
unset LD_PRELOAD
exec "\$prefix/$wabt_loader" --argv0 $program --inhibit-cache \\
  --library-path "\$prefix/$wabt_libraries" "\$prefix/usr/bin/$program" "\$@"
END
    chmod 755 "$work/bin/$program"
    mv -f "$work/bin/$program" "$wabt_toolchain/bin/$program"
  done
}

# Complete or not at all: everything happens in a hidden folder beside the prefix and arrives by rename.
wabt_publish() {
  local work=$1
  chmod 755 "$work/root"
  if [[ -e $wabt_prefix ]]; then
    mv "$wabt_prefix" "$work/old"
  fi
  mv "$work/root" "$wabt_prefix"
  wabt_write_wrappers "$work"
}

wabt_explain_failure() {
  die "could not get wabt >= $wabt_version_min from Debian $wabt_suite. What apt and the tools said last:
$(tail -n 8 "$1" 2>/dev/null | sed 's/^/    /')
  Ways on: make sure that apt reaches its archive (proxy, network) and run scripts/setup again;
  or set INGOT_DEBIAN_URI to a Debian mirror that carries $wabt_suite;
  or install wabt >= $wabt_version_min yourself, so that wasm2c, wasm-validate and wast2json are in PATH."
}

wabt_work=''
wabt_clean_up() {
  [[ -z $wabt_work ]] || rm -rf "$wabt_work"
}

wabt_install() {
  local log step
  [[ $(dpkg --print-architecture) == amd64 ]] ||
    die "Ingot casts for x86-64 only, this machine is $(dpkg --print-architecture)"
  say "wabt: unpacking Debian $wabt_suite's into ${wabt_prefix#"$INGOT_REPO"/}"
  mkdir -p "$wabt_toolchain"
  exec {wabt_lock}>"$wabt_toolchain/.lock"
  flock "$wabt_lock"
  # Somebody else may have done it while we waited.
  if ! wabt_prefix_is_good; then
    # Under the lock, a hidden folder can only be the rest of a run that was killed.
    rm -rf "$wabt_toolchain"/.wabt.*
    wabt_work=$(mktemp -d "$wabt_toolchain/.wabt.XXXXXX")
    log=$wabt_work/log
    for step in write_apt_config update download unpack try publish; do
      progress "${step//_/ }"
      "wabt_$step" "$wabt_work" >>"$log" 2>&1 || wabt_explain_failure "$log"
    done
    progress_clear
    wabt_clean_up
    wabt_work=''
    wabt_give_to_caller
  fi
  exec {wabt_lock}>&-
}

# Under sudo the build folder must not end up owned by root, or the caller's own build fails to write there.
wabt_give_to_caller() {
  if is_root && [[ -n ${SUDO_UID:-} && -n ${SUDO_GID:-} ]]; then
    chown "$SUDO_UID:$SUDO_GID" "$INGOT_BUILD_DIR"
    chown -R "$SUDO_UID:$SUDO_GID" "$wabt_toolchain"
  fi
}

wabt_describe() {
  if wabt_system_is_enough; then
    echo "wabt $(wasm2c --version) of the system"
  else
    echo "wabt $(<"$wabt_prefix/VERSION") in ${wabt_prefix#"$INGOT_REPO"/} ($(du -sm "$wabt_prefix" | cut -f 1) MB)"
  fi
}
