# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Which Debian packages Ingot needs, and how they come onto the machine. Sourced by scripts/setup after common.sh.
#
# Only the machine's own suite is used: no source is added and no libc is changed. Asking is free of side effects and
# costs one dpkg-query; apt is consulted only when something is missing.

# The LLVM generations Ingot accepts, best first. All four packages must be of one generation.
llvm_generations=(22 21 20 19)

# name -> 1 for every installed package.
declare -A package_installed=()
# What the chosen groups need and the machine lacks; filled by packages_find_missing.
packages_missing=()

packages_read_installed() {
  local name status
  package_installed=()
  while read -r name status; do
    [[ $status == installed ]] && package_installed[$name]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null)
}

debian_version() (
  # shellcheck source=/dev/null
  source /etc/os-release 2>/dev/null || true
  [[ ${ID:-} == debian ]] || exit 1
  # Testing and unstable carry no number.
  printf '%s\n' "${VERSION_ID:-99}"
)

llvm_packages() { printf '%s\n' "clang-$1" "lld-$1" "llvm-$1-dev" "libclang-rt-$1-dev"; }

llvm_is_installed() {
  local name
  for name in $(llvm_packages "$1"); do
    [[ -n ${package_installed[$name]:-} ]] || return 1
  done
}

apt_offers_all() {
  local found
  found=$(LC_ALL=C apt-cache policy "$@" 2>/dev/null |
    awk '/^  Candidate:/ && $2 != "(none)" { n++ } END { print n + 0 }')
  ((found == $#))
}

# A complete installed set wins over a newer one on offer: then there is nothing to do, and apt need not be asked.
llvm_choose() {
  local generation
  for generation in "${llvm_generations[@]}"; do
    if llvm_is_installed "$generation"; then
      printf '%s\n' "$generation"
      return 0
    fi
  done
  for generation in "${llvm_generations[@]}"; do
    # shellcheck disable=SC2046  # one word for each package is what is wanted
    if apt_offers_all $(llvm_packages "$generation"); then
      printf '%s\n' "$generation"
      return 0
    fi
  done
  # No lists yet, as in a fresh container. packages_install asks again after it has fetched them.
  if [[ $(debian_version) == 12 ]]; then echo 22; else echo 19; fi
}

# program_at_least NAME VERSION: NAME is in PATH and reports VERSION or newer.
program_at_least() {
  local text
  have "$1" || return 1
  text=$("$1" --version 2>/dev/null | head -n 1) || return 1
  [[ $text =~ ([0-9]+(\.[0-9]+)+) ]] && version_at_least "${BASH_REMATCH[1]}" "$2"
}

packages_for_build() {
  local llvm=$1
  program_at_least cmake 3.25 || echo cmake
  have ninja || echo ninja-build
  printf '%s\n' pkg-config binutils curl ca-certificates libc6-dev
  llvm_packages "$llvm"
  if [[ $(debian_version) == 12 ]]; then
    # The suite's default Boost is 1.74, too old for the fibers we use.
    printf '%s\n' libstdc++-12-dev libboost1.81-dev libboost-context1.81-dev
  else
    # clang brings the C++ library of its suite.
    printf '%s\n' libboost-dev libboost-context-dev
  fi
  printf '%s\n' libpq-dev nlohmann-json3-dev libspdlog-dev libsqlite3-dev libssl-dev libsodium-dev libpg-query-dev libzstd-dev zlib1g-dev \
    libmimalloc-dev libcurl4-openssl-dev libtomlplusplus-dev \
    libcli11-dev libgtest-dev libbenchmark-dev libsimde-dev
}

packages_for_guests() {
  local llvm=$1
  # Rust guests are built offline by Debian's own cargo from /usr/share/cargo/registry; a rustup in PATH cannot.
  printf '%s\n' rustc cargo libstd-rust-dev-wasm32 librust-serde-json-dev
  printf '%s\n' libjsmn-dev wasi-libc "clang-$llvm" "lld-$llvm" "libclang-rt-$llvm-dev-wasm32" "libc++-$llvm-dev-wasm32" "libc++abi-$llvm-dev-wasm32"
  # The AssemblyScript compiler is an npm package. A node that is already here, from wherever, is left alone.
  if ! program_at_least node 18; then
    echo nodejs
  fi
  have npm || echo npm
}

packages_for_tests() {
  printf '%s\n' libgtest-dev binutils curl faketime gdb openssl python3 python3-venv binaryen
  program_at_least node 18 || echo nodejs
  # For the admin page; any of its kind will do.
  have chromium || have google-chrome || echo chromium
  packages_for_postgres
}

packages_for_postgres() {
  local server
  # Any server of any source will do: scripts/postgres takes the newest.
  for server in /usr/lib/postgresql/*/bin/postgres; do
    [[ -x $server && -x ${server%/*}/initdb ]] && return 0
  done
  # The default of the suite, by its empty name-giving package's dependency.
  server=$(LC_ALL=C apt-cache depends postgresql 2>/dev/null |
    awk '$1 == "Depends:" && $2 ~ /^postgresql-[0-9]+$/ { print $2 }' | head -n 1 || true)
  if [[ -z $server ]]; then
    if [[ $(debian_version) == 12 ]]; then server=postgresql-15; else server=postgresql-17; fi
  fi
  printf '%s\n' "$server"
}

# packages_find_missing GROUP...: fills packages_missing.
packages_find_missing() {
  local group name llvm
  local -A seen=()
  packages_missing=()
  llvm=$(llvm_choose)
  for group in "$@"; do
    while read -r name; do
      [[ -n ${seen[$name]:-} ]] && continue
      seen[$name]=1
      [[ -n ${package_installed[$name]:-} ]] || packages_missing+=("$name")
    done < <("packages_for_$group" "$llvm")
  done
}

# --- installing -----------------------------------------------------------------------------------------------------

# Filled by packages_choose_privilege: nothing as root, sudo otherwise.
as_root=()

# False when we are not root and cannot become it.
packages_choose_privilege() {
  as_root=()
  is_root && return 0
  have sudo || return 1
  # Without a terminal sudo could only fail, or wait for a password that nobody types.
  if [[ ! -t 0 || ! -t 2 ]] && ! sudo -n true 2>/dev/null; then
    return 1
  fi
  sudo -v || return 1
  as_root=(sudo)
}

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
    apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Reads what apt says, keeps it in FILE, and shows the latest line to a person who waits.
apt_follow() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    case $line in
      'Need to get '* | 'After this operation, '*) note "$line" ;;
      ?*) progress "$line" ;;
    esac
  done
  progress_clear
}

# packages_check_plan PLAN: PLAN is the output of a simulated install. We only ever add to a machine: a plan that
# removes something, or moves the C library to another release, is the sign of mixed suites and is refused.
packages_check_plan() {
  local plan=$1 removed before after
  removed=$(awk '$1 == "Remv" { printf " %s", $2 }' <<<"$plan")
  [[ -z $removed ]] || die "apt would remove:$removed
  Ingot's set-up never removes a package. Remove them yourself if you can do without them, then run this again."
  read -r before after < <(sed -nE 's/^Inst libc6(:[a-z0-9]+)? \[([^]]+)\] \(([^ ]+) .*/\2 \3/p' <<<"$plan") || true
  if [[ -n ${before:-} && ${before%%-*} != "${after%%-*}" ]]; then
    die "apt would move the C library from $before to $after: this machine mixes suites. Refusing to go on."
  fi
}

apt_plan() { LC_ALL=C apt-get -s -y -q --no-install-recommends install "$@" 2>&1; }

# Debian's server package makes and starts a database cluster of its own when it is installed. Ours are private and
# short-lived, so it is told not to. The note lies there only while we install: what the owner of the machine
# installs later behaves as always.
readonly postgres_note=/etc/postgresql-common/createcluster.d/ingot-setup.conf

postgres_forbid_cluster() {
  "${as_root[@]}" mkdir -p "${postgres_note%/*}"
  echo 'create_main_cluster = false' | "${as_root[@]}" tee "$postgres_note" >/dev/null
}

postgres_allow_cluster() { "${as_root[@]}" rm -f "$postgres_note"; }

# packages_install GROUP...: installs what packages_find_missing found. Prints nothing when all is there.
# Leaves the count and size of what is new in packages_added and packages_added_mib.
# shellcheck disable=SC2034  # read by setup
packages_added=0 packages_added_mib=0
packages_install() {
  local log plan name kibibytes=0 sizes
  log=$(mktemp -t ingot-setup-apt.XXXXXX)
  say "apt: refreshing the package lists"
  # A stale or broken third-party source must not stop us while the suite's own lists are good: the plan will tell.
  if ! apt_get update 2>&1 | apt_follow "$log"; then
    warn "apt-get update failed, going on with the lists at hand; see $log"
  fi
  # The lists may offer a newer LLVM or PostgreSQL than we guessed without them.
  packages_find_missing "$@"
  # A name may be missing for good (another suite): apt says which one.
  plan=$(apt_plan "${packages_missing[@]}") || die "apt cannot install what is needed:
$(grep -E '^(E:|  *[^ ]+ : )' <<<"$plan" || tail -n 5 <<<"$plan")
  Debian 12 needs its security suite (bookworm-security) among its sources for the newest LLVM."
  packages_check_plan "$plan"

  say "apt: installing ${#packages_missing[@]} packages and what they need ($(grep -c '^Inst ' <<<"$plan") in all)"
  if grep -q '^Inst postgresql-[0-9]' <<<"$plan"; then
    postgres_forbid_cluster
  fi
  apt_get --no-install-recommends --no-remove install "${packages_missing[@]}" 2>&1 | apt_follow "$log" ||
    die "apt-get install failed; its last words:
$(tail -n 15 "$log")
  All of them: $log"
  if [[ -e $postgres_note ]]; then
    postgres_allow_cluster
  fi
  rm -f "$log"

  # "Inst name (new ..." is new; "Inst name [old] (new ..." is an upgrade and adds next to nothing.
  mapfile -t sizes < <(awk '$1 == "Inst" && $3 !~ /^\[/ { print $2 }' <<<"$plan")
  # shellcheck disable=SC2034
  packages_added=${#sizes[@]}
  for name in $(dpkg-query -W -f '${Installed-Size} ' "${sizes[@]}" 2>/dev/null); do
    kibibytes=$((kibibytes + name))
  done
  # shellcheck disable=SC2034
  packages_added_mib=$((kibibytes / 1024))
}
