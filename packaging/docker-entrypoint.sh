#!/bin/sh
# Starts the broker unless another command is given; its flags may be given alone.
set -eu

case ${1-} in
  '' | -*) set -- leveret start "$@" ;;
  rabbitmq-server)
    shift
    set -- leveret start "$@"
    ;;
esac

# Where compose files put the configuration of a RabbitMQ.
if [ "$1 ${2-}" = 'leveret start' ] && [ -z "${LEVERET_CONFIG-}${RABBITMQ_CONFIG_FILE-}" ]; then
  for file in /etc/leveret/leveret.conf /etc/rabbitmq/rabbitmq.conf; do
    if [ -f "$file" ]; then
      export LEVERET_CONFIG="$file"
      break
    fi
  done
fi

exec "$@"
