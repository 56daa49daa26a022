#!/usr/bin/env bash
# Lets a real Prometheus (Debian's) scrape Leveret under some traffic, and asks it what the panels of
# RabbitMQ's dashboard ask. The last line is "N passed, N failed". Takes a minute at most.
#
# PROMETHEUS names the program, if it is not to be taken from Debian's archive.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leveret-clients/prometheus

# The package alone, unpacked: nothing is installed, and so no service is started.
unpack() {
  mkdir -p "$cache"
  cd "$cache"
  rm -f ./*.deb
  apt-get -qq download prometheus >apt.log 2>&1 ||
    { apt-get -qq update >>apt.log 2>&1 && apt-get -qq download prometheus >>apt.log 2>&1; } ||
    { cat apt.log; return 1; }
  dpkg -x ./prometheus_*.deb "$cache"
}

prometheus=${PROMETHEUS:-$(command -v prometheus || true)}
if [ -z "$prometheus" ]; then
  prometheus=$cache/usr/bin/prometheus
  if [ ! -x "$prometheus" ] && ! (unpack); then
    echo 'FAIL Prometheus is not to be had'
    echo '0 passed, 1 failed'
    exit 1
  fi
fi

cd "$here/../.."
status=0
PROMETHEUS=$prometheus timeout --kill-after=10 150 node --import tsx "$here/run.ts" || status=$?
if [ "$status" -ge 124 ]; then
  echo 'FAIL it took too long'
  echo '0 passed, 1 failed'
fi
exit "$status"
