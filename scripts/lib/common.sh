# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What every script of the repository shares: messages, where things are, how many jobs. Sourced, never run:
#
#   source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
#
# Sets       INGOT_REPO (absolute), INGOT_BUILD_DIR (absolute; default $INGOT_REPO/build, the caller's value wins)
# Functions  say, note, warn, die, progress, progress_clear, have, is_root, version_at_least, job_count, elapsed_since
#
# Messages go to stderr, so that stdout stays free for what another program may read.

if [[ -n ${INGOT_COMMON_SH:-} ]]; then
  return 0
fi
INGOT_COMMON_SH=1

INGOT_REPO=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
INGOT_BUILD_DIR=$(readlink -m "${INGOT_BUILD_DIR:-$INGOT_REPO/build}")

# 1 keeps say() silent; warnings and errors are always printed.
INGOT_QUIET=${INGOT_QUIET:-0}

if [[ -t 2 ]]; then ingot_terminal=1; else ingot_terminal=0; fi
ingot_progress_shown=0
ingot_bold='' ingot_dim='' ingot_yellow='' ingot_red='' ingot_plain=''
if [[ $ingot_terminal == 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  ingot_bold=$'\e[1m' ingot_dim=$'\e[2m' ingot_yellow=$'\e[33m' ingot_red=$'\e[31m' ingot_plain=$'\e[0m'
fi

# A step: one short line.
say() {
  [[ $INGOT_QUIET == 1 ]] && return 0
  progress_clear
  printf '%s\n' "${ingot_bold}$*${ingot_plain}" >&2
}

# A detail under a step.
note() {
  [[ $INGOT_QUIET == 1 ]] && return 0
  progress_clear
  printf '  %s\n' "${ingot_dim}$*${ingot_plain}" >&2
}

warn() {
  progress_clear
  printf '%s %s\n' "${ingot_yellow}warning:${ingot_plain}" "$*" >&2
}

die() {
  progress_clear
  printf '%s %s\n' "${ingot_red}error:${ingot_plain}" "$*" >&2
  exit 1
}

# One line that is overwritten by the next; only a person at a terminal sees it.
progress() {
  [[ $ingot_terminal == 1 && $INGOT_QUIET != 1 ]] || return 0
  local width text="  $*"
  width=${COLUMNS:-80}
  printf '\r\e[K%s' "${ingot_dim}${text:0:width-1}${ingot_plain}" >&2
  ingot_progress_shown=1
}

progress_clear() {
  [[ $ingot_progress_shown == 1 ]] || return 0
  printf '\r\e[K' >&2
  ingot_progress_shown=0
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ $EUID == 0 ]]; }

# version_at_least 1.10.2 1.9: Debian's own comparison, so that "1.10" is newer than "1.9".
version_at_least() { dpkg --compare-versions "$1" ge "$2"; }

# Seconds since a value of $EPOCHREALTIME, with one decimal.
elapsed_since() {
  local microseconds=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%d' $((microseconds / 1000000)) $((microseconds / 100000 % 10))
}

# Parallel jobs for a compiler: the processors we may use, but no more than the free memory feeds (about 1 GiB for
# each clang at -O2), so that a small machine with many cores does not swap. INGOT_JOBS overrides.
job_count() {
  if [[ ${INGOT_JOBS:-} =~ ^[1-9][0-9]*$ ]]; then
    printf '%s\n' "$INGOT_JOBS"
    return 0
  fi
  local jobs gibibytes_free
  jobs=$(nproc)
  gibibytes_free=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null || true)
  if [[ -n $gibibytes_free ]] && ((gibibytes_free < jobs)); then
    jobs=$((gibibytes_free > 0 ? gibibytes_free : 1))
  fi
  printf '%s\n' "$jobs"
}
