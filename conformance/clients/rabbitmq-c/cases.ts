// The command-line tools and the examples of rabbitmq-c, each with what it is to do.

/** A script of bash, with `support/prelude.sh` before it. */
export interface Case {
  readonly name: string;
  readonly script: string;
  /** The script's exit status; 0 by default. */
  readonly status?: number;
  /** All that it prints. */
  readonly prints?: RegExp;
  /** Only where the broker listens for TLS. */
  readonly tls?: boolean;
  /** The example that it needs, if older versions lack it. */
  readonly needs?: string;
}

const NOTHING = /^$/;

export const toolCases: readonly Case[] = [
  { name: 'declare-queue', script: 'tool declare-queue -q c.q1', prints: /^c\.q1\n$/ },
  {
    name: 'declare-queue: durable, twice',
    script: 'tool declare-queue -q c.durable -d && tool declare-queue -q c.durable -d',
    prints: /^c\.durable\nc\.durable\n$/,
  },
  {
    name: 'declare-queue: with another durability',
    script: 'declare_queue c.transient; tool declare-queue -q c.transient -d',
    status: 1,
    prints:
      /406, message: PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'c\.transient'/,
  },
  {
    name: 'declare-queue: by the server',
    script: "tool declare-queue -q ''",
    prints: /^amq\.gen-[\w-]+\n$/,
  },
  {
    name: 'publish and get',
    script: 'declare_queue c.get; tool publish -r c.get -b hello && tool get -q c.get',
    prints: /^hello$/,
  },
  {
    name: 'get: from an empty queue',
    script: 'declare_queue c.empty; tool get -q c.empty',
    status: 2,
    prints: NOTHING,
  },
  {
    name: 'get: from no queue',
    script: 'tool get -q c.nowhere',
    status: 1,
    prints: /server channel error 404, message: NOT_FOUND - no queue 'c\.nowhere' in vhost '\/'/,
  },
  {
    name: 'publish: persistent',
    script:
      'declare_queue c.persistent; tool publish -r c.persistent -p -b x && tool get -q c.persistent',
    prints: /^x$/,
  },
  {
    name: 'publish: with properties and headers',
    script:
      "declare_queue c.properties; tool publish -r c.properties -C text/plain -E utf-8 -t replies -H 'a: 1' -H 'b: two' -b x" +
      ' && tool get -q c.properties',
    prints: /^x$/,
  },
  {
    name: 'publish: to no exchange',
    script: 'tool publish -e c.nowhere -r x -b x',
    status: 1,
    prints: /404, message: NOT_FOUND - no exchange 'c\.nowhere' in vhost '\/'/,
  },
  {
    name: 'publish: to an internal exchange',
    script: 'tool publish -e amq.rabbitmq.trace -r x -b x',
    status: 1,
    prints:
      /403, message: ACCESS_REFUSED - cannot publish to internal exchange 'amq\.rabbitmq\.trace'/,
  },
  {
    name: 'publish: a message for each line',
    script:
      "declare_queue c.lines; printf 'l1\\nl2\\nl3\\n' | tool publish -r c.lines -l && tool consume -q c.lines -c 3 cat",
    prints: /^l1\nl2\nl3\n$/,
  },
  {
    name: 'publish: 1 MB from standard input',
    script:
      'declare_queue c.large; head -c 1000000 /dev/zero | tool publish -r c.large && tool get -q c.large | wc -c',
    prints: /^1000000\n$/,
  },
  {
    name: 'publish: 12 MB from standard input',
    script:
      'declare_queue c.huge; head -c 12000000 /dev/zero | tool publish -r c.huge && tool get -q c.huge | md5sum',
    prints: /^02c47bac5b2803f9a2ccbf5777fece72 {2}-\n$/,
  },
  {
    name: 'publish: nothing at all',
    script: "declare_queue c.void; tool publish -r c.void -b '' && tool get -q c.void | wc -c",
    prints: /^0\n$/,
  },
  {
    name: 'consume: from an exchange',
    script: `tool consume -e amq.topic -r 'a.#' -c 1 cat >out 2>&1 & consumer=$!
      for _ in $(seq 60); do kill -0 $consumer 2>/dev/null || break; tool publish -e amq.topic -r a.b.c -b topical; sleep 0.2; done
      wait $consumer; cat out`,
    prints: /^Server provided queue name: amq\.gen-[\w-]+\ntopical$/,
  },
  {
    name: 'consume: exclusively, without acknowledgements, one at a time',
    script: `tool consume -e amq.direct -r c.key -x -A -p 1 -c 1 cat >out 2>&1 & consumer=$!
      for _ in $(seq 60); do kill -0 $consumer 2>/dev/null || break; tool publish -e amq.direct -r c.key -b direct; sleep 0.2; done
      wait $consumer; cat out`,
    prints: /^Server provided queue name: amq\.gen-[\w-]+\ndirect$/,
  },
  {
    name: 'consume: a queue that it declares and binds',
    script: `tool consume -d -q c.bound -e amq.fanout -r any -c 1 cat >out 2>&1 & consumer=$!
      for _ in $(seq 60); do kill -0 $consumer 2>/dev/null || break; tool publish -e amq.fanout -b fan; sleep 0.2; done
      wait $consumer; cat out`,
    prints: /fan$/,
  },
  {
    name: 'consume: with a limit of unacknowledged messages',
    script: `declare_queue c.prefetch; seq 5 | tool publish -r c.prefetch -l
      tool consume -q c.prefetch -p 2 -c 5 cat`,
    prints: /^1\n2\n3\n4\n5\n$/,
  },
  {
    name: 'consume: puts a message back when its command fails',
    script: `declare_queue c.back; tool publish -r c.back -b back
      timeout 2 "$TOOLS"consume "\${server[@]}" -q c.back false; tool get -q c.back`,
    prints: /back$/,
  },
  {
    name: 'consume: from no queue',
    script: 'tool consume -q c.nowhere -c 1 cat',
    status: 1,
    prints: /basic\.consume: server channel error 404, message: NOT_FOUND - no queue 'c\.nowhere'/,
  },
  {
    name: 'consume: bound to no exchange',
    script: 'tool consume -e c.nowhere -r k -c 1 cat',
    status: 1,
    prints: /queue\.bind: server channel error 404, message: NOT_FOUND - no exchange 'c\.nowhere'/,
  },
  {
    name: 'delete-queue',
    script: `declare_queue c.gone; seq 3 | tool publish -r c.gone -l
      tool delete-queue -q c.gone; tool get -q c.gone`,
    status: 1,
    prints: /^3\n.*NOT_FOUND/,
  },
  { name: 'delete-queue: no queue', script: 'tool delete-queue -q c.nowhere', prints: /^0\n$/ },
  {
    name: 'delete-queue: if it is unused',
    script: 'declare_queue c.unused; tool delete-queue -q c.unused --if-unused',
    prints: /^0\n$/,
  },
  {
    name: 'delete-queue: if it is unused, while it is used',
    script: `declare_queue c.used; tool consume -q c.used cat & consumer=$!
      for _ in $(seq 60); do "$CTL" list_consumers 2>/dev/null | grep -q c.used && break; sleep 0.2; done
      tool delete-queue -q c.used --if-unused; status=$?; kill $consumer; exit $status`,
    status: 1,
    prints: /406, message: PRECONDITION_FAILED - queue 'c\.used' in vhost '\/' in use/,
  },
  {
    name: 'delete-queue: if it is empty, while it is not',
    script:
      'declare_queue c.full; tool publish -r c.full -b x; tool delete-queue -q c.full --if-empty',
    status: 1,
    prints: /406, message: PRECONDITION_FAILED - queue 'c\.full' in vhost '\/' not empty/,
  },
  {
    name: 'a wrong password',
    script: 'bare get --server=127.0.0.1 --port=$PORT --username=guest --password=wrong -q x',
    status: 1,
    prints: /403, message: ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN/,
  },
  {
    name: 'a vhost that there is not',
    script: 'tool get --vhost=c.nowhere -q x',
    status: 1,
    prints: /530, message: NOT_ALLOWED - vhost c\.nowhere not found/,
  },
  {
    name: 'a URL',
    script: 'bare declare-queue -u amqp://guest:guest@127.0.0.1:$PORT/%2F -q c.url',
    prints: /^c\.url\n$/,
  },
  {
    name: 'heartbeats',
    script: `declare_queue c.beat; tool consume --heartbeat=1 -q c.beat -c 1 cat >out & consumer=$!
      sleep 4; tool publish -r c.beat -b alive; wait $consumer; cat out`,
    prints: /^alive$/,
  },
  {
    name: 'TLS',
    script: `secure() { bare "$1" -u amqps://guest:guest@localhost:$TLS_PORT/%2F --ssl --cacert="$CA" "\${@:2}"; }
      secure declare-queue -q c.tls && secure publish -r c.tls -b secret && secure get -q c.tls`,
    prints: /^c\.tls\nsecret$/,
    tls: true,
  },
  {
    name: 'TLS with a certificate of the client',
    script: `secure() { bare "$1" -u amqps://guest:guest@localhost:$TLS_PORT/%2F --ssl --cacert="$CA" \
        --key="$KEY" --cert="$CERTIFICATE" "\${@:2}"; }
      secure declare-queue -q c.mtls && head -c 300000 /dev/zero | secure publish -r c.mtls &&
        secure get -q c.mtls | wc -c`,
    prints: /^c\.mtls\n300000\n$/,
    tls: true,
  },
];

export const exampleCases: readonly Case[] = [
  {
    name: 'amqp_exchange_declare',
    script:
      'local_example exchange_declare c.exchange direct && local_example exchange_declare c.exchange direct',
    prints: NOTHING,
  },
  {
    name: 'amqp_exchange_declare: with another type',
    script:
      'local_example exchange_declare c.typed direct; local_example exchange_declare c.typed fanout',
    status: 1,
    prints: /406h?, message: PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'c\.typed'/,
  },
  {
    name: 'amqp_exchange_declare: with a reserved name',
    script: 'local_example exchange_declare amq.c direct',
    status: 1,
    prints:
      /403h?, message: ACCESS_REFUSED - exchange name 'amq\.c' contains reserved prefix 'amq\.\*'/,
  },
  {
    name: 'amqp_exchange_declare: of an unknown type',
    script: 'local_example exchange_declare c.unknown nosuch',
    status: 1,
    prints: /unknown exchange type 'nosuch'/,
  },
  {
    name: 'amqp_bind, amqp_sendstring, amqp_unbind',
    script: `declare_queue c.routed; local_example exchange_declare c.router direct
      local_example bind c.router key c.routed && local_example sendstring c.router key one
      local_example unbind c.router key c.routed && local_example sendstring c.router key two
      tool get -q c.routed; tool get -q c.routed`,
    status: 2,
    prints: /^one$/,
  },
  {
    name: 'amqp_bind: to no exchange',
    script: 'declare_queue c.loose; local_example bind c.nowhere key c.loose',
    status: 1,
    prints: /404h?, message: NOT_FOUND - no exchange 'c\.nowhere'/,
  },
  {
    name: 'amqp_unbind: what was never bound',
    script: 'declare_queue c.loose; local_example unbind amq.direct never c.loose',
    prints: NOTHING,
  },
  { name: 'amqp_connect_timeout', script: 'local_example connect_timeout 5', prints: /Done/ },
  {
    name: 'amqp_listen',
    script: `stdbuf -oL "$EXAMPLES"listen 127.0.0.1 $PORT amq.direct c.listen >out 2>&1 & listener=$!
      until_printed out 'Delivery 1,' local_example sendstring amq.direct c.listen heard
      status=$?; kill $listener; cat out; exit $status`,
    prints:
      /Delivery 1, exchange amq\.direct routingkey c\.listen\nContent-type: text\/plain[\s\S]* heard/,
  },
  {
    name: 'amqp_listenq',
    script: `declare_queue c.listened; local_example sendstring '' c.listened queued
      stdbuf -oL "$EXAMPLES"listenq 127.0.0.1 $PORT c.listened >out 2>&1 & listener=$!
      until_printed out 'queued' true; status=$?; kill $listener; cat out; exit $status`,
    prints: /Delivery 1, exchange {2}routingkey c\.listened[\s\S]* queued/,
  },
  {
    name: 'amqp_producer',
    script: `declare_queue c.produced; local_example bind amq.direct 'test queue' c.produced
      local_example producer 1000 500; "$CTL" list_queues name messages | grep -a c.produced`,
    prints: /PRODUCER - Message count: 500[\s\S]*c\.produced\s+500/,
  },
  {
    name: 'amqp_consumer',
    script: `stdbuf -oL "$EXAMPLES"consumer 127.0.0.1 $PORT >out 2>&1 & consumer=$!
      until_printed out 'Received [1-9]' local_example producer 2000 1000 >produced
      status=$?; kill $consumer; head -2 out; exit $status`,
    prints: /ms: Received \d+ - \d+ since last report/,
  },
  {
    name: 'amqp_rpc_sendstring_client',
    script: `declare_queue c.rpc
      local_example rpc_sendstring_client '' c.rpc question >out 2>&1 & client=$!
      for _ in $(seq 60); do tool get -q c.rpc && break; sleep 0.2; done; echo
      for queue in $("$CTL" list_queues -s name | grep -a '^amq.gen'); do tool publish -r $queue -b answer; done
      wait $client; status=$?; cat out; exit $status`,
    prints: /^question\n[\s\S]* answer/,
  },
  {
    name: 'amqp_confirm_select',
    script: 'local_example confirm_select 1000 100',
    prints: /Message count: 100/,
    needs: 'confirm_select',
  },
  {
    name: 'amqp_ssl_connect',
    script: 'example ssl_connect localhost $TLS_PORT 5 "$CA" verifypeer verifyhostname',
    prints: /Done/,
    tls: true,
  },
  {
    name: 'amqp_ssl_connect: with a certificate of the client',
    script:
      'example ssl_connect localhost $TLS_PORT 5 "$CA" verifypeer verifyhostname "$KEY" "$CERTIFICATE"',
    prints: /Done/,
    tls: true,
  },
];
