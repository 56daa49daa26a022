#!/usr/bin/env bash
# Runs every command of rabbitmqadmin, the old one (v1, Python) and the new one (v2), against Leveret.
#
#   run.sh [--only WORD]
#   run.sh --record AMQP_URL MANAGEMENT_URL
#
# --record writes recorded.json anew from a RabbitMQ with the plugins rabbitmq_shovel_management and
# rabbitmq_federation_management. Both tools come from Debian's packages, which are unpacked into a
# cache and not installed. The last line is "N passed, N failed".
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${RABBITMQADMIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/leveret-clients/rabbitmqadmin}
work=$(mktemp -d "${TMPDIR:-/tmp}/leveret-rabbitmqadmin.XXXXXX")
trap 'rm -rf "$work"' EXIT

# unpack FOLDER PACKAGE… APT-OPTION…: downloads Debian packages and unpacks them.
unpack() {
  local folder=$1 package
  shift
  mkdir -p "$work/deb" "$work/new" && rm -f "$work"/deb/*.deb
  (cd "$work/deb" && timeout 150 apt-get -q "${options[@]}" download "$@") >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log"; return 1; }
  for package in "$work"/deb/*.deb; do
    dpkg -x "$package" "$work/new" || return 1
  done
  mkdir -p "$cache" && rm -rf "$folder" && mv "$work/new" "$folder"
}

old_tool() {
  local folder=$cache/v1
  [ -d "$folder" ] && return
  options=()
  # Without a list of packages there is nothing to download from.
  apt-cache show rabbitmq-server >/dev/null 2>&1 || apt-get -qq update >"$work/update.log" 2>&1
  unpack "$folder" rabbitmq-server
}

# The new one is only in Debian's development branch, whose list of packages is kept apart from the
# machine's own. A mirror that stands still for a while offers a list past its date; it is still signed.
new_tool() {
  local folder=$cache/v2 apt=$work/sid
  [ -d "$folder" ] && return
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: sid' \
    'Components: main' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$apt/sid.sources"
  chmod 755 "$work" "$apt" "$apt/lists" "$apt/lists/partial"
  options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none
    -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
  timeout 150 apt-get -q "${options[@]}" update >"$work/update.log" 2>&1 ||
    { cat "$work/update.log"; return 1; }
  unpack "$folder" rabbitmqadmin-ng libmimalloc3
}

old_tool || echo 'rabbitmqadmin v1 is not to be had'
new_tool || echo 'rabbitmqadmin v2 is not to be had'
V1=$(find "$cache/v1" -name rabbitmqadmin -path '*/www/cli/*' 2>/dev/null | head -n 1)
V2=$(find "$cache/v2" -name rabbitmqadmin -path '*/bin/*' 2>/dev/null | head -n 1)
V2_LIBRARIES=$(dirname "$(find "$cache/v2" -name 'libmimalloc.so.*' 2>/dev/null | head -n 1)")
export V1 V2 V2_LIBRARIES

cd "$root" || exit 1
[ -d node_modules ] || npm ci --silent
timeout --kill-after=10 250 node --import tsx "$here/run.ts" "$@"
