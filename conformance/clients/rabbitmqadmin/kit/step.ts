/** One run of a tool. In texts `{dir}`, `{node}` and `{connection:NAME}` stand for this run's own. */
export interface Step {
  /** The words after the tool's name and the address, one space apart. */
  readonly run: string;
  /** Not told which vhost is meant. */
  readonly everywhere?: true;
  /** A request below `/api/` whose answer shows what the command did. */
  readonly effect?: string;
  readonly stdin?: string;
  /** A file that the command writes. */
  readonly file?: string;
  /** Whose connection it ends. */
  readonly closes?: string;
  /** The output is the tool's or the broker's own, so only its being there is looked at. */
  readonly unread?: true;
}

export const definitionsFile = {
  name: 'definitions.json',
  text: JSON.stringify({
    rabbit_version: '3.13.7',
    vhosts: [{ name: 'rabbitmqadmin-imported' }],
    users: [],
    permissions: [
      { user: 'guest', vhost: 'rabbitmqadmin-imported', configure: '.*', write: '.*', read: '.*' },
    ],
    policies: [],
    queues: [
      {
        name: 'imported',
        vhost: 'rabbitmqadmin-imported',
        durable: true,
        auto_delete: false,
        arguments: { 'x-queue-type': 'classic' },
      },
    ],
    exchanges: [],
    bindings: [],
  }),
} as const;

export const vhostDefinitionsFile = {
  name: 'vhost-definitions.json',
  text: JSON.stringify({
    policies: [],
    queues: [{ name: 'imported-here', durable: true, auto_delete: false, arguments: {} }],
    exchanges: [
      {
        name: 'imported-x',
        type: 'fanout',
        durable: true,
        auto_delete: false,
        internal: false,
        arguments: {},
      },
    ],
    bindings: [
      {
        source: 'imported-x',
        destination: 'imported-here',
        destination_type: 'queue',
        routing_key: 'rk',
        arguments: {},
      },
    ],
  }),
} as const;
