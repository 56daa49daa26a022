#!/bin/bash
# The targets of RabbitMQ's own make that the tests call: make.sh [-C FOLDER] [NAME=VALUE]... TARGET...
# RESTARTABLE, if there is one, is a command that starts and stops the broker; else CTL does it.
set -eu
unset LD_PRELOAD
here=$(dirname "$0")
if [ "${1:-}" = --version ]; then
  echo 'GNU Make 4.3'
  exit 0
fi
source=
for each in "$@"; do
  case $each in SOURCE=*) source=${each#SOURCE=} ;; esac
done
for each in "$@"; do
  case $each in
  stop-rabbit-on-node) if [ -n "${RESTARTABLE:-}" ]; then "$RESTARTABLE" stop; else "$CTL" stop_app; fi ;;
  start-rabbit-on-node) if [ -n "${RESTARTABLE:-}" ]; then "$RESTARTABLE" start; else "$CTL" start_app; fi ;;
  set-resource-alarm) bash "$here/alarm.sh" raise "$source" ;;
  clear-resource-alarm) bash "$here/alarm.sh" clear "$source" ;;
  esac
done
