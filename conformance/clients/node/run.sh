#!/bin/sh
# Runs the programs of the npm clients: against Leveret, or against the broker at AMQP_URL.
#   run.sh [AMQP_URL] [--record] [--only WORD]
# --record writes the golden transcripts anew; they come from RabbitMQ 3.10.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
exec node --import tsx "$here/run.ts" "$@"
