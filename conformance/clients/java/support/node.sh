#!/bin/bash
# Starts and stops a broker in the background: node.sh start [FLAG]... | node.sh stop
# BROKER is its command line without these flags, PORT where it listens, STATE a folder.
set -eu
accepts() {
  (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}
case $1 in
start)
  # Should nobody be left to stop it, it ends by itself.
  setsid timeout 1200 $BROKER "${@:2}" </dev/null >>"$STATE/broker.log" 2>&1 &
  echo $! >"$STATE/pid"
  for _ in $(seq 300); do
    if accepts; then exit 0; fi
    sleep 0.1
  done
  exit 1
  ;;
stop)
  pid=$(cat "$STATE/pid" 2>/dev/null) || exit 0
  kill "$pid" 2>/dev/null || exit 0
  for _ in $(seq 300); do
    if ! kill -0 "$pid" 2>/dev/null; then exit 0; fi
    sleep 0.1
  done
  kill -KILL -- "-$pid"
  ;;
esac
