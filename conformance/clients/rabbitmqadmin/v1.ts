// Every command of `rabbitmqadmin help subcommands`, v1.

import type { Step } from './kit/step.ts';

const listed = `bindings channels connections consumers exchanges nodes operator_policies parameters
  permissions policies queues users vhost_limits vhosts`.split(/\s+/);

const queue = (name: string): string =>
  `queues/rabbitmqadmin/${name}?columns=name,type,durable,auto_delete,arguments`;

const lists: readonly Step[] = [
  ...listed.flatMap((each) => [
    { run: `list ${each}` },
    { run: `--format=raw_json list ${each}` },
    { run: `--format=long list ${each}` },
  ]),
  { run: 'show overview' },
  { run: '--format=raw_json show overview' },
  { run: 'show overview management_version product_version node' },
  { run: '--format=pretty_json list queues' },
  { run: '--format=pretty_json list exchanges name type' },
  { run: '--format=kvp list queues name durable type' },
  { run: '--format=kvp list bindings' },
  { run: '--format=bash list exchanges' },
  { run: '--format=bash list users', everywhere: true },
  { run: '--format=tsv list queues name durable type' },
  { run: '--format=tsv list permissions' },
  { run: '--depth=2 list exchanges' },
  { run: '--sort=name --sort-reverse list queues name' },
  { run: '--sort=messages list queues name messages messages_ready messages_unacknowledged' },
  { run: 'list queues', everywhere: true },
  { run: 'list exchanges vhost name type', everywhere: true },
  { run: 'list bindings vhost source destination properties_key', everywhere: true },
  { run: 'list consumers consumer_tag queue.name ack_required prefetch_count' },
  { run: 'list channels connection_details.peer_host number prefetch_count confirm' },
  { run: 'list nodes name running partitions' },
  { run: 'list sorts' },
];

const declarations: readonly Step[] = [
  {
    run: 'declare exchange name=x1 type=topic',
    effect: 'exchanges/rabbitmqadmin/x1?columns=name,type,durable,auto_delete,internal,arguments',
  },
  {
    run: 'declare exchange name=x2 type=headers auto_delete=true durable=false internal=true arguments={"alternate-exchange":"x1"}',
    effect: 'exchanges/rabbitmqadmin/x2?columns=name,type,durable,auto_delete,internal,arguments',
  },
  { run: 'declare exchange name=x1 type=fanout' },
  { run: 'declare exchange name=x3 type=unheard' },
  { run: 'declare queue name=q1', effect: queue('q1') },
  {
    run: 'declare queue name=q2 durable=true arguments={"x-max-length":5,"x-overflow":"reject-publish"}',
    effect: queue('q2'),
  },
  { run: 'declare queue name=q3 queue_type=quorum', effect: queue('q3') },
  { run: 'declare queue name=q4 auto_delete=true durable=false', effect: queue('q4') },
  { run: 'declare queue name=q1 durable=false' },
  {
    run: 'declare binding source=x1 destination=q1 routing_key=a.*',
    effect: 'bindings/rabbitmqadmin/e/x1/q/q1',
  },
  {
    run: 'declare binding source=x2 destination=q1 arguments={"x-match":"any","kind":"a"}',
    effect:
      'bindings/rabbitmqadmin/e/x2/q/q1?columns=source,destination,destination_type,routing_key,arguments',
  },
  {
    run: 'declare binding source=x1 destination=x2 destination_type=exchange routing_key=b',
    effect: 'bindings/rabbitmqadmin/e/x1/e/x2',
  },
  { run: 'declare binding source=x1 destination=nobody' },
  { run: 'declare vhost name=rabbitmqadmin-new', effect: 'vhosts/rabbitmqadmin-new?columns=name' },
  {
    run: 'declare vhost name=rabbitmqadmin-new tracing=true',
    effect: 'vhosts/rabbitmqadmin-new?columns=name,tracing',
  },
  {
    run: 'declare user name=leaver-4 password=other tags=monitoring,management',
    effect: 'users/leaver-4?columns=name,tags,hashing_algorithm',
  },
  {
    run: 'declare user name=watcher password_hash=2lmoth8l4H0DViLaK9Fxi6l9ds8= tags= hashing_algorithm=rabbit_password_hashing_md5',
    effect: 'users/watcher?columns=name,tags,password_hash,hashing_algorithm',
  },
  {
    run: 'declare permission vhost=rabbitmqadmin-new user=watcher configure=^c write=^w read=.*',
    effect: 'permissions/rabbitmqadmin-new/watcher',
  },
  {
    run: 'declare parameter component=vhost-limits name=limits value={"max-queues":150}',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  { run: 'declare parameter component=unheard name=a value={}' },
  {
    run: 'declare policy name=p1 pattern=^q definition={"max-length":7} priority=4 apply-to=queues',
    effect: 'policies/rabbitmqadmin/p1',
  },
  {
    run: 'declare policy name=p2 pattern=^x definition={"alternate-exchange":"x1"}',
    effect: 'policies/rabbitmqadmin/p2',
  },
  { run: 'declare policy name=p3 pattern=^q definition={"unheard":1}' },
  {
    run: 'declare operator_policy name=o1 pattern=^q definition={"max-length":6} priority=1 apply-to=queues',
    effect: 'operator-policies/rabbitmqadmin/o1',
  },
  {
    run: 'declare vhost_limit vhost=rabbitmqadmin name=max-connections value=90',
    effect: 'vhost-limits/rabbitmqadmin',
  },
  { run: '--format=raw_json list policies' },
  { run: 'declare queue' },
];

const messages: readonly Step[] = [
  { run: 'publish routing_key=q1 payload=hello' },
  { run: 'publish routing_key=q1', stdin: 'from the standard input\n' },
  { run: 'publish exchange=x1 routing_key=a.b payload=aGVsbG8= payload_encoding=base64' },
  {
    run: 'publish exchange=x1 routing_key=a.c payload=p properties={"delivery_mode":2,"headers":{"n":1},"content_type":"text/plain","priority":3}',
  },
  { run: 'publish exchange=x1 routing_key=nowhere payload=lost' },
  { run: 'publish exchange=nobody routing_key=a payload=b' },
  { run: 'get queue=q1' },
  { run: 'get queue=q1 count=10 ackmode=reject_requeue_true' },
  { run: '--format=raw_json get queue=q1 count=10 ackmode=ack_requeue_true encoding=base64' },
  {
    run: 'get queue=q1 payload_file={dir}/payload ackmode=ack_requeue_false',
    file: '{dir}/payload',
  },
  { run: 'get queue=q1 count=1 ackmode=reject_requeue_false' },
  { run: 'get queue=nobody' },
  { run: 'purge queue name=q1' },
  { run: 'get queue=q1 count=5 ackmode=ack_requeue_false' },
  { run: 'purge queue name=nobody' },
];

const definitions: readonly Step[] = [
  { run: 'export {dir}/all.json', everywhere: true, file: '{dir}/all.json' },
  { run: 'export {dir}/one.json', file: '{dir}/one.json' },
  {
    run: 'import {dir}/definitions.json',
    everywhere: true,
    effect: 'queues/rabbitmqadmin-imported/imported?columns=name,vhost,durable,arguments',
  },
  {
    run: 'import {dir}/vhost-definitions.json',
    effect: 'bindings/rabbitmqadmin/e/imported-x/q/imported-here',
  },
  { run: 'import {dir}/broken.json' },
];

const deletions: readonly Step[] = [
  {
    run: 'delete binding source=x1 destination_type=queue destination=q1 properties_key=a.*',
    effect: 'bindings/rabbitmqadmin/e/x1/q/q1',
  },
  {
    run: 'delete binding source=copies destination_type=exchange destination=events',
    effect: 'bindings/rabbitmqadmin/e/copies/e/events',
  },
  { run: 'delete exchange name=x2', effect: 'exchanges/rabbitmqadmin/x2' },
  { run: 'delete exchange name=amq.direct' },
  { run: 'delete queue name=q2', effect: queue('q2') },
  { run: 'delete queue name=nobody' },
  {
    run: 'delete permission vhost=rabbitmqadmin-new user=watcher',
    effect: 'permissions/rabbitmqadmin-new/watcher',
  },
  { run: 'delete vhost name=rabbitmqadmin-new', effect: 'vhosts/rabbitmqadmin-new' },
  { run: 'delete user name=watcher', effect: 'users/watcher' },
  {
    run: 'delete vhost_limit vhost=rabbitmqadmin name=max-connections',
    effect: 'vhost-limits/rabbitmqadmin',
  },
  {
    run: 'delete parameter component=vhost-limits name=limits',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  { run: 'delete policy name=p1', effect: 'policies/rabbitmqadmin/p1' },
  { run: 'delete operator_policy name=o1', effect: 'operator-policies/rabbitmqadmin/o1' },
  {
    run: 'close connection name={connection:leaver-1}',
    closes: 'leaver-1',
    effect: 'connections/{connection:leaver-1}',
  },
  { run: 'close connection name=nobody' },
];

export const steps: readonly Step[] = [
  ...lists,
  ...declarations,
  ...messages,
  ...definitions,
  ...deletions,
  { run: '--username=guest --password=wrong list queues' },
  { run: '--username=leaver-2 --password=secret list queues' },
  { run: '--version' },
  { run: '--bash-completion', unread: true },
  { run: '--help', unread: true },
  { run: 'help subcommands', unread: true },
  { run: 'help config', unread: true },
];
