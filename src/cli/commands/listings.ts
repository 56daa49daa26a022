import { at } from '../client.ts';
import { type ApiColumn, chosen, column, columns, queryFor } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { inVhost } from '../refusals.ts';

/** A list of the API in which columns can be chosen. */
interface Listing {
  readonly name: string;
  readonly summary: string;
  /** Below `/api`; a list of one vhost has its name there at the end. */
  readonly path: string;
  readonly known: readonly ApiColumn[];
  readonly initial: readonly string[];
  readonly heading: (vhost: string) => string;
  readonly more?: Pick<Command, 'ofVhost' | 'isTimed' | 'flags'>;
}

function listing(what: Listing): Command {
  const { name, summary, path, known, initial, heading, more = {} } = what;
  return {
    name,
    words: '[<column>...]',
    summary,
    isList: true,
    ...more,
    async run(desk) {
      const { client, output, rest, vhost } = desk;
      const shown = chosen(known, rest, initial);
      output.heading(heading(vhost));
      // One node has no queues on nodes that are down.
      if (desk.has('offline')) {
        output.rows(shown, []);
        return;
      }
      const whole = more.ofVhost ? `${path}${at`/${vhost}`}` : path;
      const found = await inVhost(vhost, client.list(`${whole}?${queryFor(shown)}`));
      output.rows(shown, found);
    },
  };
}

const listQueues = listing({
  name: 'list_queues',
  summary: 'Lists the queues of a vhost',
  path: '/queues',
  known: [
    ...columns('name', 'durable', 'auto_delete', 'arguments', 'policy', 'operator_policy'),
    ...columns('effective_policy_definition', 'exclusive', 'exclusive_consumer_tag'),
    ...columns('messages_ready', 'messages_unacknowledged', 'messages', 'messages_ram'),
    ...columns('messages_ready_ram', 'messages_unacknowledged_ram', 'messages_persistent'),
    ...columns('message_bytes', 'message_bytes_ready', 'message_bytes_unacknowledged'),
    ...columns('message_bytes_ram', 'message_bytes_persistent', 'head_message_timestamp'),
    ...columns('consumers', 'consumer_utilisation', 'consumer_capacity', 'memory', 'state'),
    ...columns('type', 'leader', 'members', 'online', 'vhost'),
    column('pid', 'node'),
    column('owner_pid', 'owner_pid_details.name'),
  ],
  initial: ['name', 'messages'],
  heading: (vhost) => `Listing queues for vhost ${vhost} ...`,
  more: {
    ofVhost: true,
    isTimed: true,
    flags: {
      online: { describe: 'those that can be used: all of them' },
      offline: { describe: 'those that cannot be used: none of them' },
      local: { describe: 'those of this node: all of them' },
    },
  },
});

const listExchanges = listing({
  name: 'list_exchanges',
  summary: 'Lists the exchanges of a vhost',
  path: '/exchanges',
  known: [
    ...columns('name', 'type', 'durable', 'auto_delete', 'internal', 'arguments', 'policy'),
    ...columns('user_who_performed_action', 'vhost'),
  ],
  initial: ['name', 'type'],
  heading: (vhost) => `Listing exchanges for vhost ${vhost} ...`,
  more: { ofVhost: true },
});

const listBindings = listing({
  name: 'list_bindings',
  summary: 'Lists the bindings of a vhost',
  path: '/bindings',
  known: [
    column('source_name', 'source'),
    // Only exchanges are bound from.
    { name: 'source_kind', path: 'source', of: () => 'exchange' },
    column('destination_name', 'destination'),
    column('destination_kind', 'destination_type'),
    ...columns('routing_key', 'arguments', 'properties_key', 'vhost'),
  ],
  initial: [
    'source_name',
    'source_kind',
    'destination_name',
    'destination_kind',
    'routing_key',
    'arguments',
  ],
  heading: (vhost) => `Listing bindings for vhost ${vhost}...`,
  more: { ofVhost: true },
});

const listConnections = listing({
  name: 'list_connections',
  summary: 'Lists connections; a name is what close_connection takes',
  path: '/connections',
  known: [
    ...columns('name', 'user', 'peer_host', 'peer_port', 'state', 'host', 'port', 'vhost'),
    ...columns('protocol', 'ssl', 'ssl_protocol', 'ssl_cipher', 'peer_cert_subject'),
    ...columns('peer_cert_issuer', 'peer_cert_validity', 'auth_mechanism', 'channels', 'timeout'),
    ...columns('frame_max', 'channel_max', 'client_properties', 'connected_at', 'recv_oct'),
    ...columns('recv_cnt', 'send_oct', 'send_cnt', 'send_pend', 'user_provided_name', 'node'),
    column('pid', 'name'),
  ],
  initial: ['user', 'peer_host', 'peer_port', 'state'],
  heading: () => 'Listing connections ...',
});

const listChannels = listing({
  name: 'list_channels',
  summary: 'Lists channels',
  path: '/channels',
  known: [
    ...columns('name', 'number', 'user', 'vhost', 'transactional', 'confirm', 'consumer_count'),
    ...columns('messages_unacknowledged', 'messages_uncommitted', 'acks_uncommitted', 'state'),
    ...columns('messages_unconfirmed', 'prefetch_count', 'global_prefetch_count', 'node'),
    column('pid', 'name'),
    column('connection', 'connection_details.name'),
  ],
  initial: ['pid', 'user', 'consumer_count', 'messages_unacknowledged'],
  heading: () => 'Listing channels ...',
});

const listConsumers = listing({
  name: 'list_consumers',
  summary: 'Lists the consumers of a vhost',
  path: '/consumers',
  known: [
    column('queue_name', 'queue.name'),
    column('channel_pid', 'channel_details.name'),
    ...columns('consumer_tag', 'ack_required', 'prefetch_count', 'active', 'activity_status'),
    ...columns('arguments', 'exclusive'),
  ],
  initial: [
    'queue_name',
    'channel_pid',
    'consumer_tag',
    'ack_required',
    'prefetch_count',
    'active',
    'arguments',
  ],
  heading: (vhost) => `Listing consumers in vhost ${vhost} ...`,
  more: { ofVhost: true },
});

export const listings: CommandGroup = {
  title: 'Lists',
  commands: [listQueues, listExchanges, listBindings, listConnections, listChannels, listConsumers],
};
