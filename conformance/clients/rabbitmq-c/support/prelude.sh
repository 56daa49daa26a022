# What the cases share. TOOLS and EXAMPLES are where programs begin, such as /usr/bin/amqp-.
set -u

server=(--server=127.0.0.1 "--port=$PORT" --username=guest --password=guest)

tool() {
  local name=$1
  shift
  timeout 20 "$TOOLS$name" "${server[@]}" "$@"
}

# With only the options that a case gives itself.
bare() {
  local name=$1
  shift
  timeout 20 "$TOOLS$name" "$@"
}

example() {
  local name=$1
  shift
  timeout 20 stdbuf -oL "${EXAMPLES}$name" "$@"
}

local_example() {
  local name=$1
  shift
  example "$name" 127.0.0.1 "$PORT" "$@"
}

declare_queue() {
  tool declare-queue -q "$1" >/dev/null
}

# Does a command again and again until a file has a line with a text.
until_printed() {
  local file=$1 text=$2
  shift 2
  for _ in $(seq 60); do
    if grep -qa -- "$text" "$file"; then return 0; fi
    "$@"
    sleep 0.2
  done
  return 1
}
