#!/bin/bash
# Raises and clears the alarms for memory and disk: alarm.sh raise|clear memory|disk
# RabbitMQ is told so. Leveret, which is RESTARTABLE, gets a limit for memory that is always passed, for
# as long as either alarm is wanted. STATE is a folder.
set -eu
change=$1
kind=$2

if [ -z "${RESTARTABLE:-}" ]; then
  if [ "$change" = raise ]; then
    exec "$CTL" eval "rabbit_alarm:set_alarm({{resource_limit, $kind, node()}, []})."
  fi
  exec "$CTL" eval "rabbit_alarm:clear_alarm({resource_limit, $kind, node()})."
fi

if [ "$change" = raise ]; then touch "$STATE/alarm.$kind"; else rm -f "$STATE/alarm.$kind"; fi
if [ -e "$STATE/alarm.memory" ] || [ -e "$STATE/alarm.disk" ]; then limit=0.000000001; else limit=0.4; fi
exec "$CTL" set_vm_memory_high_watermark "$limit"
