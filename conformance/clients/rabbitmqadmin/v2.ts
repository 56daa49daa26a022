// Every command of `rabbitmqadmin --help`, v2. Those of other names for the same are run as well.

import type { Step } from './kit/step.ts';

const queue = (name: string): string =>
  `queues/rabbitmqadmin/${name}?columns=name,type,durable,auto_delete,arguments`;
const exchange = (name: string): string =>
  `exchanges/rabbitmqadmin/${name}?columns=name,type,durable,auto_delete,internal,arguments`;
const binding = (source: string, sort: string, destination: string): string =>
  `bindings/rabbitmqadmin/e/${source}/${sort}/${destination}`;

const lists: readonly Step[] = [
  ...`auth_attempts stats --node {node}
bindings list
channels list
channels list --page 1 --page-size 1
connections list
connections list --page 1 --page-size 50
connections list_of_user --username worker
deprecated_features list
deprecated_features list_used
exchanges list
exchanges list --page 1 --page-size 3
feature_flags list
federation list_all_links
federation list_all_upstreams
global_parameters list
list bindings
list channels
list connections
list consumers
list deprecated_features
list deprecated_features_in_use
list exchanges
list feature_flags
list nodes
list operator_policies
list parameters --component vhost-limits
list permissions
list policies
list queues
list queues --page 1 --page-size 2
list user_connections --username worker
list user_limits
list user_limits --username worker
list users
list users --page 1 --page-size 2
list vhost_limits
list vhosts
nodes list
operator_policies list
operator_policies list_in
operator_policies list_in --apply-to queues
operator_policies list_matching_object --name orders --type queues
parameters list --component vhost-limits
parameters list_all
parameters list_in --component operator_policy
permissions list
policies list
policies list_conflicting
policies list_conflicting_in
policies list_in
policies list_in --apply-to queues
policies list_matching_object --name work --type queues
queues list
queues list --columns name,queue_type,durable
queues list --columns name,policy,operator_policy
queues show --name orders
queues show --name jobs --columns name,members
queues show --name nobody
show churn
show endpoint
show memory_breakdown_in_bytes --node {node}
show memory_breakdown_in_percent --node {node}
nodes memory_breakdown_in_bytes --node {node}
nodes memory_breakdown_in_percent --node {node}
show overview
shovels list
shovels list_all
streams list
user_limits list
user_limits list --username worker
users connections --username worker
users limits
users limits --username worker
users list
users permissions
vhost_limits list
vhosts list
health_check local_alarms
health_check cluster_wide_alarms
health_check node_is_quorum_critical
health_check deprecated_features_in_use
health_check port_listener --port 1
health_check protocol_listener --protocol amqp
health_check protocol_listener --protocol mqtt
--table-style ascii list exchanges
--table-style borderless list users
--table-style dots list policies
--table-style markdown list vhosts
--table-style modern list permissions
--table-style psql list queues
--table-style sharp list parameters --component vhost-limits
--non-interactive list queues
--non-interactive list vhosts
--quiet list queues`
    .split('\n')
    .map((run) => ({ run })),
  { run: 'plugins list_all', unread: true },
  { run: 'plugins list_on_node --node {node}', unread: true },
  { run: 'health_check port_listener --port {port}' },
];

const declarations: readonly Step[] = [
  {
    run: 'declare user --name leaver-4 --password other --tags monitoring,management',
    effect: 'users/leaver-4?columns=name,tags,hashing_algorithm',
  },
  {
    run: 'users declare --name watcher --password other --hashing-algorithm SHA512 --tags policymaker',
    effect: 'users/watcher?columns=name,tags,hashing_algorithm',
  },
  {
    run: 'declare vhost --name rabbitmqadmin-new --description new --default-queue-type quorum --tracing',
    effect: 'vhosts/rabbitmqadmin-new?columns=name,description,default_queue_type,tracing',
  },
  {
    run: 'vhosts declare --name rabbitmqadmin-a --description a',
    effect: 'vhosts/rabbitmqadmin-a?columns=name,description,default_queue_type,tracing',
  },
  { run: 'vhosts declare --name rabbitmqadmin-b', effect: 'vhosts/rabbitmqadmin-b?columns=name' },
  {
    run: 'declare permissions --username watcher --configure ^c --read .* --write ^w',
    effect: 'permissions/rabbitmqadmin/watcher',
  },
  {
    run: 'permissions declare --username watcher --configure ^c2 --read .* --write ^w2',
    effect: 'permissions/rabbitmqadmin/watcher',
  },
  { run: 'declare queue --name q1', effect: queue('q1') },
  {
    run: 'declare queue --name q2 --type quorum --durable true --arguments {"x-max-length":5}',
    effect: queue('q2'),
  },
  {
    run: 'queues declare --name q3 --type classic --durable true --auto-delete true',
    effect: queue('q3'),
  },
  { run: 'queues declare --name q1 --type quorum' },
  { run: 'declare stream --name s1 --expiration 1D', effect: queue('s1') },
  {
    run: 'streams declare --name s2 --expiration 12h --max-length-bytes 1000000',
    effect: queue('s2'),
  },
  { run: 'streams show --name s1' },
  { run: 'streams show --name nobody' },
  { run: 'delete stream --name s1', effect: queue('s1') },
  { run: 'streams delete --name s2', effect: queue('s2') },
  { run: 'declare exchange --name x1 --type topic', effect: exchange('x1') },
  {
    run: 'exchanges declare --name x2 --type fanout --durable false --auto-delete true --arguments {"alternate-exchange":"x1"}',
    effect: exchange('x2'),
  },
  { run: 'exchanges declare --name x1 --type fanout' },
  {
    run: 'declare binding --source x1 --destination-type queue --destination q1 --routing-key a.*',
    effect: binding('x1', 'q', 'q1'),
  },
  {
    run: 'bindings declare --source x1 --destination-type queue --destination q2 --routing-key b --arguments {"k":"v"}',
    effect: `${binding('x1', 'q', 'q2')}?columns=source,destination,routing_key,arguments`,
  },
  {
    run: 'exchanges bind --source x1 --destination-type exchange --destination x2 --routing-key c',
    effect: binding('x1', 'e', 'x2'),
  },
  {
    run: 'declare parameter --name limits --component vhost-limits --value {"max-queues":150}',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  {
    run: 'parameters set --name limits --component vhost-limits --value {"max-queues":160}',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  { run: 'parameters set --name a --component unheard --value {}' },
  {
    run: 'global_parameters set --name suite-note --value {"colour":"red"}',
    effect: 'global-parameters/suite-note',
  },
  {
    run: 'declare policy --name p1 --pattern ^q --apply-to queues --priority 4 --definition {"max-length":7}',
    effect: 'policies/rabbitmqadmin/p1',
  },
  {
    run: 'policies declare --name p2 --pattern ^x --apply-to exchanges --definition {"alternate-exchange":"x1"}',
    effect: 'policies/rabbitmqadmin/p2',
  },
  { run: 'policies declare --name p3 --pattern ^q --apply-to queues --definition {"unheard":1}' },
  {
    run: 'declare operator_policy --name o1 --pattern ^q --apply-to queues --definition {"max-length":6}',
    effect: 'operator-policies/rabbitmqadmin/o1',
  },
  {
    run: 'operator_policies declare --name o2 --pattern ^q --apply-to queues --priority 2 --definition {"max-length":5,"expires":600000}',
    effect: 'operator-policies/rabbitmqadmin/o2',
  },
  {
    run: 'declare vhost_limit --name max-connections --value 90',
    effect: 'vhost-limits/rabbitmqadmin',
  },
  {
    run: 'vhost_limits declare --name max-queues --value 91',
    effect: 'vhost-limits/rabbitmqadmin',
  },
  {
    run: 'declare user_limit --username worker --name max-channels --value 90',
    effect: 'user-limits/worker',
  },
  {
    run: 'user_limits declare --username worker --name max-connections --value 91',
    effect: 'user-limits/worker',
  },
  {
    run: 'vhosts enable_deletion_protection --name rabbitmqadmin-a',
    effect: 'vhosts/rabbitmqadmin-a?columns=name,protected_from_deletion',
  },
  { run: 'vhosts delete --name rabbitmqadmin-a' },
  {
    run: 'vhosts disable_deletion_protection --name rabbitmqadmin-a',
    effect: 'vhosts/rabbitmqadmin-a?columns=name,protected_from_deletion',
  },
  {
    run: 'feature_flags enable --name stream_queue',
    effect: 'feature-flags?columns=name,state',
  },
  { run: 'feature_flags enable_all' },
  { run: 'rebalance queues' },
  { run: 'queues rebalance' },
  { run: 'passwords salt_and_hash secret', unread: true },
  { run: 'passwords salt_and_hash secret --hashing-algorithm SHA512', unread: true },
];

const policies: readonly Step[] = [
  {
    run: 'policies declare_override --name p1 --definition {"max-length-bytes":1000}',
    effect: 'policies/rabbitmqadmin',
  },
  {
    run: 'policies declare_blanket --name p4 --apply-to queues --definition {"expires":900000}',
    effect: 'policies/rabbitmqadmin/p4',
  },
  {
    run: 'policies patch --name p1 --definition {"message-ttl":60000}',
    effect: 'policies/rabbitmqadmin/p1',
  },
  {
    run: 'policies update_definition --name p1 --definition-key max-length --new-value 8',
    effect: 'policies/rabbitmqadmin/p1',
  },
  {
    run: 'policies update_definitions_of_all_in --definition-key max-length --new-value 9',
    effect: 'policies/rabbitmqadmin',
  },
  {
    run: 'policies update_definitions_of_all --definition-key max-length --new-value 10',
    effect: 'policies',
  },
  {
    run: 'policies delete_definition_keys --name p1 --definition-keys message-ttl',
    effect: 'policies/rabbitmqadmin/p1',
  },
  {
    run: 'policies delete_definition_keys_from_all_in --definition-keys max-length-bytes',
    effect: 'policies/rabbitmqadmin',
  },
  {
    run: 'policies delete_definition_keys_from_all --definition-keys expires',
    effect: 'policies',
  },
  { run: 'policies list_conflicting' },
  { run: 'policies list_conflicting_in' },
  {
    run: 'operator_policies patch --name o1 --definition {"message-ttl":60000}',
    effect: 'operator-policies/rabbitmqadmin/o1',
  },
  {
    run: 'operator_policies update_definition --name o1 --definition-key max-length --new-value 8',
    effect: 'operator-policies/rabbitmqadmin/o1',
  },
  {
    run: 'operator_policies update_definitions_of_all_in --definition-key max-length --new-value 9',
    effect: 'operator-policies/rabbitmqadmin',
  },
  {
    run: 'operator_policies delete_definition_keys --name o1 --definition-keys message-ttl',
    effect: 'operator-policies/rabbitmqadmin/o1',
  },
  {
    run: 'operator_policies delete_definition_keys_from_all_in --definition-keys expires',
    effect: 'operator-policies/rabbitmqadmin',
  },
];

const messages: readonly Step[] = [
  { run: 'publish message --routing-key q1 --payload hello' },
  {
    run: 'publish message --exchange x1 --routing-key a.b --payload p --properties {"delivery_mode":2,"content_type":"text/plain","headers":{"n":1}}',
  },
  { run: 'publish message --exchange x1 --routing-key nowhere' },
  { run: 'publish message --exchange nobody' },
  { run: 'get messages --queue q1 --ack-mode ack_requeue_true' },
  { run: 'get messages --queue q1 --count 5 --ack-mode reject_requeue_true' },
  { run: 'get messages --queue q1 --count 1 --ack-mode reject_requeue_false' },
  { run: 'get messages --queue q1 --count 1' },
  { run: 'get messages --queue nobody' },
  { run: 'purge queue --name orders' },
  { run: 'queues purge --name q1' },
  { run: 'get messages --queue orders' },
  { run: 'queues purge --name nobody' },
];

const definitions: readonly Step[] = [
  { run: 'definitions export --stdout' },
  { run: 'definitions export --file {dir}/v2-all.json', file: '{dir}/v2-all.json' },
  {
    run: 'definitions export --stdout --transformations prepare_for_quorum_queue_migration,drop_empty_policies,obfuscate_usernames',
  },
  { run: 'definitions export_from_vhost --stdout' },
  { run: 'definitions export_from_vhost --file {dir}/v2-one.json', file: '{dir}/v2-one.json' },
  { run: 'export definitions --file {dir}/v2-again.json', file: '{dir}/v2-again.json' },
  {
    run: 'definitions import --file {dir}/definitions.json',
    effect: 'queues/rabbitmqadmin-imported/imported?columns=name,vhost,durable,arguments',
  },
  { run: 'definitions import --stdin', stdin: '{"vhosts":[{"name":"rabbitmqadmin-declared"}]}' },
  { run: 'import definitions --file {dir}/definitions.json' },
  {
    run: 'definitions import_into_vhost --file {dir}/vhost-definitions.json',
    effect: 'bindings/rabbitmqadmin/e/imported-x/q/imported-here',
  },
  { run: 'import definitions --file {dir}/broken.json' },
];

const upstream = 'amqp://127.0.0.1:1';

const elsewhere: readonly Step[] = [
  {
    run: `federation declare_upstream --name up1 --uri ${upstream}`,
    effect: 'parameters/federation-upstream/rabbitmqadmin/up1?columns=name,component,vhost',
  },
  {
    run: `federation declare_upstream_for_exchanges --name up2 --uri ${upstream} --max-hops 2`,
    effect: 'parameters/federation-upstream/rabbitmqadmin/up2?columns=name,component,vhost',
  },
  {
    run: `federation declare_upstream_for_queues --name up3 --uri ${upstream}`,
    effect: 'parameters/federation-upstream/rabbitmqadmin/up3?columns=name,component,vhost',
  },
  { run: 'federation list_all_upstreams' },
  { run: 'federation disable_tls_peer_verification_for_all_upstreams' },
  {
    run: 'federation enable_tls_peer_verification_for_all_upstreams --node-local-ca-certificate-bundle-path /a --node-local-client-certificate-file-path /b --node-local-client-private-key-file-path /c',
  },
  ...['up1', 'up2', 'up3'].map((name) => ({ run: `federation delete_upstream --name ${name}` })),
  {
    run: `shovels declare_amqp091 --name sh1 --source-uri ${upstream} --destination-uri ${upstream} --source-queue a --destination-queue b`,
    effect: 'parameters/shovel/rabbitmqadmin/sh1?columns=name,component,vhost',
  },
  {
    run: `shovels declare_amqp10 --name sh2 --source-uri ${upstream} --destination-uri ${upstream} --source-address a --destination-address b`,
    effect: 'parameters/shovel/rabbitmqadmin/sh2?columns=name,component,vhost',
  },
  { run: 'shovels disable_tls_peer_verification_for_all_source_uris' },
  { run: 'shovels disable_tls_peer_verification_for_all_destination_uris' },
  ...['source', 'destination'].map((end) => ({
    run: `shovels enable_tls_peer_verification_for_all_${end}_uris --node-local-ca-certificate-bundle-path /a --node-local-client-certificate-file-path /b --node-local-client-private-key-file-path /c`,
  })),
  { run: 'shovels delete --name sh1' },
  { run: 'delete shovel --name sh2' },
  { run: 'tanzu sds status_on_node --node {node}' },
  { run: 'tanzu sds disable_on_node --node {node}' },
  { run: 'tanzu sds disable_cluster_wide' },
  { run: 'tanzu sds enable_on_node --node {node}' },
  { run: 'tanzu sds enable_cluster_wide' },
  { run: 'tanzu wsr status' },
];

const deletions: readonly Step[] = [
  {
    run: 'delete binding --source x1 --destination-type queue --destination q1 --routing-key a.*',
    effect: binding('x1', 'q', 'q1'),
  },
  {
    run: 'bindings delete --source x1 --destination-type queue --destination q2 --routing-key b --arguments {"k":"v"}',
    effect: binding('x1', 'q', 'q2'),
  },
  {
    run: 'exchanges unbind --source x1 --destination-type exchange --destination x2 --routing-key c',
    effect: binding('x1', 'e', 'x2'),
  },
  { run: 'delete exchange --name x2', effect: exchange('x2') },
  { run: 'exchanges delete --name x1', effect: exchange('x1') },
  { run: 'exchanges delete --name x1' },
  { run: 'exchanges delete --name x1 --idempotently' },
  { run: 'delete queue --name q1', effect: queue('q1') },
  { run: 'queues delete --name q2', effect: queue('q2') },
  { run: 'queues delete --name nobody' },
  { run: 'queues delete --name nobody --idempotently' },
  { run: 'delete policy --name p1', effect: 'policies/rabbitmqadmin/p1' },
  { run: 'policies delete --name p2', effect: 'policies/rabbitmqadmin/p2' },
  { run: 'delete operator_policy --name o1', effect: 'operator-policies/rabbitmqadmin/o1' },
  { run: 'operator_policies delete --name o2', effect: 'operator-policies/rabbitmqadmin/o2' },
  { run: 'delete vhost_limit --name max-connections', effect: 'vhost-limits/rabbitmqadmin' },
  { run: 'vhost_limits delete --name max-queues', effect: 'vhost-limits/rabbitmqadmin' },
  {
    run: 'delete user_limit --username worker --name max-channels',
    effect: 'user-limits/worker',
  },
  {
    run: 'user_limits delete --username worker --name max-connections',
    effect: 'user-limits/worker',
  },
  {
    run: 'parameters set --name limits --component vhost-limits --value {"max-queues":170}',
  },
  {
    run: 'delete parameter --name limits --component vhost-limits',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  {
    run: 'parameters set --name limits --component vhost-limits --value {"max-queues":180}',
  },
  {
    run: 'parameters clear --name limits --component vhost-limits',
    effect: 'parameters/vhost-limits/rabbitmqadmin/limits',
  },
  { run: 'global_parameters clear --name suite-note', effect: 'global-parameters/suite-note' },
  { run: 'delete permissions --username watcher', effect: 'permissions/rabbitmqadmin/watcher' },
  { run: 'permissions delete --username leaver-4', effect: 'permissions/rabbitmqadmin/leaver-4' },
  { run: 'delete vhost --name rabbitmqadmin-new', effect: 'vhosts/rabbitmqadmin-new' },
  { run: 'vhosts delete --name rabbitmqadmin-a', effect: 'vhosts/rabbitmqadmin-a' },
  { run: 'vhosts delete_multiple --name-pattern ^rabbitmqadmin-b --dry-run' },
  {
    run: 'vhosts delete_multiple --name-pattern ^rabbitmqadmin-b --approve',
    effect: 'vhosts/rabbitmqadmin-b',
  },
  {
    run: 'close connection --name {connection:leaver-1}',
    closes: 'leaver-1',
    effect: 'connections/{connection:leaver-1}',
  },
  {
    run: 'connections close --name {connection:leaver-2}',
    closes: 'leaver-2',
    effect: 'connections/{connection:leaver-2}',
  },
  { run: 'close user_connections --username leaver-3', closes: 'leaver-3' },
  { run: 'connections close_of_user --username leaver-4', closes: 'leaver-4' },
  { run: 'connections close --name nobody' },
  { run: 'connections close --name nobody --idempotently' },
  { run: 'delete user --name watcher', effect: 'users/watcher' },
  { run: 'users delete --name leaver-4', effect: 'users/leaver-4' },
];

export const steps: readonly Step[] = [
  { run: 'config_file add_node -N other -H example.org --create-file-if-missing' },
  { run: 'config_file update_node -N other -P 1234' },
  { run: 'config_file show_path', unread: true },
  { run: 'config_file show' },
  { run: 'config_file delete_node -N other' },
  ...lists,
  ...declarations,
  ...policies,
  { run: 'declare queue --name after-policies', effect: queue('after-policies') },
  ...messages,
  ...definitions,
  ...elsewhere,
  ...deletions,
  ...['bash', 'zsh', 'fish', 'elvish', 'nushell', 'powershell'].map(
    (shell) => ({ run: `shell completions --shell ${shell}`, unread: true }) as const,
  ),
  { run: '--password wrong list queues' },
];
