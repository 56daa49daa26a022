/** Where Leveret's answers differ from those of RabbitMQ on purpose. */
export interface Difference {
  readonly tool: 'v1' | 'v2' | 'both';
  /** The commands that it shows in. */
  readonly run: RegExp;
  /** Lines that RabbitMQ has and Leveret may lack. */
  readonly absent?: RegExp;
  /** Lines that Leveret may have and RabbitMQ lacks. */
  readonly present?: RegExp;
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    tool: 'v1',
    run: /list nodes|show overview/,
    absent: /^\[\]\.exchange_types\[\]\.internal_purpose: string$/,
    reason: "exchange types of RabbitMQ's federation are not there",
  },
  {
    tool: 'v1',
    run: /show overview/,
    absent: /^\[\]\.listeners\[\]\.socket_opts(\.cowboy_opts\.sendfile: boolean|: \[\])$/,
    reason: 'options of the HTTP server are those of Erlang',
  },
  {
    tool: 'v1',
    run: /_json list queues/,
    absent: /^\[\]\.(delivery_limit|messages_by_priority\.4): number$/,
    present: /^\[\]\.(delivery_limit: string|messages_by_priority: \{\})$/,
    reason: 'quorum queues are those of 3.13, without a limit of deliveries and without priorities',
  },
  {
    tool: 'v1',
    run: /list vhosts/,
    absent: /^row: \/ \| <nothing>$/,
    present: /^row: \/ \| <number>$/,
    reason: 'RabbitMQ does not count the messages of a vhost that never had any',
  },
  {
    tool: 'v1',
    run: /list exchanges/,
    absent: /^row: \/ \| amq\.rabbitmq\.log \| topic$/,
    reason: 'Leveret does not publish its log',
  },
  {
    tool: 'v1',
    run: /^export/,
    present: /\.json: \.exchanges\[\]\.internal: boolean$/,
    reason: 'RabbitMQ leaves internal exchanges out, though their bindings are written',
  },
  {
    tool: 'both',
    run: /export|global_parameters list/,
    absent: /\.global_parameters\[\]\.value: \[\]$|^row: cluster_tags \| \[\]$/,
    reason: 'tags of clusters cannot be configured, so there is no list of them',
  },
  {
    tool: 'v2',
    run: /export/,
    absent: /\.vhosts\[\]\.metadata\.protected_from_deletion: boolean$/,
    reason: 'protection that was taken back is as if it never was',
  },
  {
    tool: 'v2',
    run: /deprecated_features/,
    absent: /^row: global_qos \| .* denied$/,
    present: /^row: global_qos \| .* permitted$/,
    reason: 'Leveret still has it',
  },
  {
    tool: 'v2',
    run: /^(declare stream|streams (declare|show --name s1)|delete stream|streams delete)/,
    absent: /^(exit 0|effect: 200 .*"type":"stream".*|columns: .*|row: .*)$/,
    present: /^(exit 65|effect: 404 .*|stderr: (invalid arg 'x-queue-type' .*|.* 404 Not Found))$/,
    reason: 'Leveret has no streams',
  },
];
