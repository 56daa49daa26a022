/** Something that a release of RabbitMQ brought and a cluster agrees on before it uses it. */
export interface FeatureFlag {
  readonly name: string;
  readonly description: string;
  /** A release can no longer be without what is `required`. */
  readonly stability: 'required' | 'stable';
  readonly requireLevel: 'hard' | 'soft' | 'none';
  readonly callbacks: readonly ('enable' | 'post_enable')[];
  readonly providedBy: string;
}

type Row = readonly [name: string, description: string];

/** Those of the release whose API this is. Programs look for what they need among them. */
export const featureFlags: readonly FeatureFlag[] = [
  ...required('hard', 'rabbit', [
    ['classic_mirrored_queue_version', 'Versions of classic queues'],
    ['classic_queue_type_delivery_support', 'Deliveries of classic queues by their type'],
    ['direct_exchange_routing_v2', 'Fast routing of direct exchanges'],
    ['feature_flags_v2', 'The second form of feature flags'],
    ['implicit_default_bindings', 'Bindings of the default exchange are stored nowhere'],
    ['listener_records_in_ets', 'Listeners are known in memory'],
    ['maintenance_mode_status', 'A node tells that it is being drained'],
    ['message_containers', 'Messages of all protocols have one form'],
    ['quorum_queue', 'Queues of type quorum'],
    ['restart_streams', 'Streams can be given another leader'],
    ['stream_filtering', 'Consumers of streams filter'],
    ['stream_queue', 'Queues of type stream'],
    ['stream_sac_coordinator_unblock_group', 'Groups of consumers of a super stream go on'],
    ['stream_single_active_consumer', 'Single active consumers of streams'],
    ['stream_update_config_command', 'Policies change streams'],
    ['tracking_records_in_ets', 'Connections and channels are known in memory'],
    ['user_limits', 'Limits of users'],
    ['virtual_host_metadata', 'Descriptions and tags of vhosts'],
  ]),
  ...required('hard', 'rabbitmq_management_agent', [
    ['drop_unroutable_metric', 'Dropped messages are counted'],
    ['empty_basic_get_metric', 'basic.get from empty queues is counted'],
  ]),
  ...required('soft', 'rabbit', [
    ['message_containers_deaths_v2', 'Cycles of dead letters are found out'],
    ['quorum_queue_non_voters', 'New members of a quorum queue begin without a vote'],
    ['rabbit_exchange_type_local_random', 'An exchange that picks a local queue'],
    ['rabbitmq_4.0.0', 'What came with release 4.0'],
    ['rabbitmq_4.1.0', 'What came with release 4.1'],
  ]),
  ...required('soft', 'rabbit', [['rabbitmq_4.2.0', 'What came with release 4.2']], ['enable']),
  ...required('soft', 'rabbitmq_management', [
    ['detailed_queues_endpoint', 'Queues are listed in detail at a place of their own'],
  ]),
  ...required(
    'soft',
    'rabbit',
    [['khepri_db', 'A store of definitions that nodes agree on']],
    ['enable', 'post_enable'],
  ),
  ...optional([
    ['rabbitmq_4.3.0', 'What came with release 4.3'],
    ['track_qq_members_uids', 'Members of quorum queues are told apart by identities'],
  ]),
  ...optional(
    [['tie_binding_to_dest_with_keep_while_cond', 'Bindings end with their destinations']],
    ['enable'],
  ),
  ...optional(
    [
      ['topic_binding_projection_v4', 'Fast routing of topic exchanges, fourth form'],
      ['topic_binding_projection_v5', 'Fast routing of topic exchanges, fifth form'],
    ],
    ['enable', 'post_enable'],
  ),
].sort((a, b) => (a.name < b.name ? -1 : 1));

function required(
  requireLevel: 'hard' | 'soft',
  providedBy: string,
  rows: readonly Row[],
  callbacks: FeatureFlag['callbacks'] = [],
): readonly FeatureFlag[] {
  const shared = { stability: 'required', requireLevel, callbacks, providedBy } as const;
  return rows.map(([name, description]) => ({ name, description, ...shared }));
}

function optional(
  rows: readonly Row[],
  callbacks: FeatureFlag['callbacks'] = [],
): readonly FeatureFlag[] {
  const shared = {
    stability: 'stable',
    requireLevel: 'none',
    callbacks,
    providedBy: 'rabbit',
  } as const;
  return rows.map(([name, description]) => ({ name, description, ...shared }));
}
