#!/usr/bin/env bash
# Runs real Celery programs (workers, beat, clients, command line) against a broker, once with the
# newest Celery from PyPI and once with Debian's.
#
#   run.sh [AMQP_URL] [pytest arguments…]
#
# Without an address (or with an empty one) it starts Leveret on a free port. The address should
# name a virtual host of the suite's own: the queue `celery` is deleted there. SUITE_MANAGEMENT_PORT
# names the port of its management API on this machine, if it has one. CELERY_VERSIONS (default
# "newest debian") chooses the runs. The last line is "N passed, N failed" over both.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
url=${1:-}
[ $# -gt 0 ] && shift
cache=${CELERY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/leveret-clients/celery}
work=$(mktemp -d "${TMPDIR:-/tmp}/leveret-celery.XXXXXX")
broker=
suite=
passed=0
failed=0

kill_groups() {
  local pid
  for pid in $(cat "$work"/*/pids 2>/dev/null); do
    kill -KILL -- "-$pid" 2>/dev/null
  done
}

finish() {
  local status=$?
  trap - EXIT INT TERM
  [ -n "$suite" ] && kill -TERM "$suite" 2>/dev/null
  kill_groups
  if [ -n "$broker" ]; then
    kill -TERM "$broker" 2>/dev/null
    for _ in $(seq 50); do
      kill -0 "$broker" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$broker" 2>/dev/null
    wait "$broker" 2>/dev/null
    if [ "$status" -ne 0 ]; then
      echo "== the broker's log, last lines"
      tail -n 60 "$work/broker.log"
    fi
  fi
  if [ "$status" -ne 0 ] && [ -n "${CELERY_KEEP_LOGS:-}" ]; then
    mkdir -p "$CELERY_KEEP_LOGS" && cp -r "$work"/. "$CELERY_KEEP_LOGS"
  fi
  rm -rf "$work"
  echo "$passed passed, $failed failed"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
  echo "$*" >&2
  failed=$((failed + 1))
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

debian_packages() {
  dpkg -s "$@" >/dev/null 2>&1 && return
  as_root apt-get -qq update >"$work/apt.log" 2>&1
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$@" >>"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log"; die "could not install $*"; }
}

newest_python() {
  local venv=$cache/venv base=python3
  if [ ! -x "$venv/bin/python" ]; then
    "$base" -c 'import ensurepip' 2>/dev/null || base=/usr/bin/python3
    "$base" -c 'import ensurepip' 2>/dev/null || debian_packages python3-venv
    mkdir -p "$cache"
    "$base" -m venv "$venv" || die 'could not make a virtual environment'
  fi
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade \
    celery flower pyrabbit pytest >"$work/pip.log" 2>&1 || { cat "$work/pip.log"; die 'pip install failed'; }
  python=$venv/bin/python
}

debian_python() {
  debian_packages python3-celery python3-pytest
  python=/usr/bin/python3
}

free_port() {
  python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as s: print(s.getsockname()[1])'
}

start_leveret() {
  local port
  port=$(free_port)
  SUITE_MANAGEMENT_PORT=$(free_port)
  export SUITE_MANAGEMENT_PORT
  cd "$root" || exit 1
  [ -d node_modules ] || npm ci --silent || die 'npm ci failed'
  if npm run --silent build >"$work/build.log" 2>&1; then
    node dist/cli/main.js start --port "$port" --data-dir "$work/data" \
      --management-port "$SUITE_MANAGEMENT_PORT" --prometheus-port none >"$work/broker.log" 2>&1 &
  else
    cat "$work/build.log"
    die 'npm run build failed'
  fi
  broker=$!
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      url="amqp://guest:guest@127.0.0.1:$port//"
      return
    fi
    kill -0 "$broker" 2>/dev/null || break
    sleep 0.1
  done
  die 'Leveret did not start'
}

run_suite() {
  local version=$1 log=$work/$1.log output writer
  shift
  mkdir -p "$work/$version"
  "${version}_python"
  echo "== Celery, $version"
  exec {output}> >(tee "$log")
  writer=$!
  # In the background, so that a signal to this script is served at once.
  (
    cd "$here" || exit 1
    SUITE_URL=$url SUITE_DIR=$work/$version SUITE_JOURNAL=$work/$version/journal \
      SUITE_PREFIX="celery-$version-$$" C_FORCE_ROOT=1 PYTHONDONTWRITEBYTECODE=1 \
      PYTHONPATH=$here exec timeout -k 15 "${CELERY_SECONDS:-900}" \
      "$python" -m pytest -p no:cacheprovider --rootdir "$here" -rfE --tb=short --durations=8 \
      -W ignore::DeprecationWarning --color=no "$@"
  ) >&"$output" 2>&1 &
  suite=$!
  wait "$suite"
  local status=$? count
  suite=
  exec {output}>&-
  kill_groups
  wait "$writer"
  count=$(tail -n 1 "$log" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+')
  passed=$((passed + ${count:-0}))
  local bad=0
  for count in $(tail -n 1 "$log" | grep -oE '[0-9]+ (failed|error)' | grep -oE '[0-9]+'); do
    bad=$((bad + count))
  done
  # A run that ended without a failing test, and yet not well, counts as one failure.
  [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
  failed=$((failed + bad))
}

[ -n "$url" ] || start_leveret
for version in ${CELERY_VERSIONS:-newest debian}; do
  run_suite "$version" "$@"
done
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
exit
