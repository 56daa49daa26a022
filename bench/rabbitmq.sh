#!/bin/bash
# A RabbitMQ node without plugins, in the foreground: rabbitmq.sh PORT FOLDER
# For `npm run bench -- ... --start 'bench/rabbitmq.sh {port} {dir}'`.
set -e
port=$1 folder=$2
export HOME=$folder/home ERL_CRASH_DUMP=$folder/erl_crash.dump
export RABBITMQ_NODENAME=bench-$port@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port
export RABBITMQ_DIST_PORT=$((port > 40000 ? port - 20000 : port + 20000))
export RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOG_BASE=$folder/log
export RABBITMQ_ENABLED_PLUGINS_FILE=$folder/enabled_plugins RABBITMQ_CONF_ENV_FILE=/dev/null
# Debian keeps the bare scripts here; those in /usr/sbin change the user.
export PATH=/usr/lib/rabbitmq/bin:$PATH
mkdir -p "$HOME" "$folder/mnesia" "$folder/log"
echo '[].' > "$folder/enabled_plugins"
ulimit -n "$(ulimit -Hn)"
# Makes the script become the Erlang machine, whose clean stop is SIGTERM.
export RUNNING_UNDER_SYSTEMD=1
exec rabbitmq-server > "$folder/log/console" 2>&1
