// AMQP 0-9-1 with RabbitMQ's additions, as data. `tools/gen-codec.ts` prints the fast code from it.

/** `AMQP`, 0, and the version 0-9-1: what a client opens with, and what a server answers to any other. */
export const protocolHeader: readonly number[] = [0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1];

export const frameMethod = 1;
export const frameHeader = 2;
export const frameBody = 3;
export const frameHeartbeat = 8;
export const frameEnd = 0xce;
/** Octets of a frame before its payload (type, channel, size), and with the frame-end behind it. */
export const frameHeaderBytes = 7;
export const frameOverheadBytes = 8;
/** Every peer accepts frames up to this size, overhead included, before and after tuning. */
export const frameMinSizeBytes = 4096;

/** Reply codes that end something, and what they end: the specification's soft errors a channel. */
export const replies = {
  CONTENT_TOO_LARGE: { code: 311, scope: 'channel' },
  NO_ROUTE: { code: 312, scope: 'channel' },
  NO_CONSUMERS: { code: 313, scope: 'channel' },
  CONNECTION_FORCED: { code: 320, scope: 'connection' },
  INVALID_PATH: { code: 402, scope: 'connection' },
  ACCESS_REFUSED: { code: 403, scope: 'channel' },
  NOT_FOUND: { code: 404, scope: 'channel' },
  RESOURCE_LOCKED: { code: 405, scope: 'channel' },
  PRECONDITION_FAILED: { code: 406, scope: 'channel' },
  FRAME_ERROR: { code: 501, scope: 'connection' },
  SYNTAX_ERROR: { code: 502, scope: 'connection' },
  COMMAND_INVALID: { code: 503, scope: 'connection' },
  CHANNEL_ERROR: { code: 504, scope: 'connection' },
  UNEXPECTED_FRAME: { code: 505, scope: 'connection' },
  RESOURCE_ERROR: { code: 506, scope: 'connection' },
  NOT_ALLOWED: { code: 530, scope: 'connection' },
  NOT_IMPLEMENTED: { code: 540, scope: 'connection' },
  INTERNAL_ERROR: { code: 541, scope: 'connection' },
} as const satisfies Record<string, { code: number; scope: ReplyScope }>;

export type ReplyScope = 'channel' | 'connection';
export type ReplyName = keyof typeof replies;

export function replyCode(name: ReplyName): number {
  return replies[name].code;
}

export function replyScope(name: ReplyName): ReplyScope {
  return replies[name].scope;
}

export type FieldKind =
  | 'bit'
  | 'octet'
  | 'short'
  | 'long'
  | 'longlong'
  | 'shortstr'
  | 'longstr'
  | 'table'
  | 'timestamp';

/** Names are the specification's in camel case; a name that starts with `reserved` is never shown. */
export interface FieldSpec {
  readonly name: string;
  readonly kind: FieldKind;
}

export type Sender = 'client' | 'server' | 'both';

export interface MethodSpec {
  readonly classId: number;
  readonly methodId: number;
  readonly name: string;
  /** Who may send it; RabbitMQ refuses the rest with 503, also where the specification allows them. */
  readonly sender: Sender;
  /** The sender waits for an answer. */
  readonly synchronous: boolean;
  /** A content header and body follow. */
  readonly hasContent: boolean;
  readonly fields: readonly FieldSpec[];
}

const field = (kind: FieldKind) => (name: string) => ({ name, kind });
const bit = field('bit');
const octet = field('octet');
const short = field('short');
const long = field('long');
const longlong = field('longlong');
const shortstr = field('shortstr');
const longstr = field('longstr');
const table = field('table');
const timestamp = field('timestamp');

interface Traits {
  readonly asks?: true;
  readonly content?: true;
}
const asks: Traits = { asks: true };
const content: Traits = { content: true };

function method(
  classId: number,
  methodId: number,
  name: string,
  sender: Sender,
  fields: readonly FieldSpec[] = [],
  traits: Traits = {},
): MethodSpec {
  const synchronous = traits.asks === true;
  return { classId, methodId, name, sender, synchronous, hasContent: !!traits.content, fields };
}

// connection.close and channel.close carry the ids of the method that failed. They are called
// failingClassId and failingMethodId here, as classId and methodId are those of the close itself.
const closeFields = [
  short('replyCode'),
  shortstr('replyText'),
  short('failingClassId'),
  short('failingMethodId'),
];

export const methods: readonly MethodSpec[] = [
  method(
    10,
    10,
    'connection.start',
    'server',
    [
      octet('versionMajor'),
      octet('versionMinor'),
      table('serverProperties'),
      longstr('mechanisms'),
      longstr('locales'),
    ],
    asks,
  ),
  method(10, 11, 'connection.start-ok', 'client', [
    table('clientProperties'),
    shortstr('mechanism'),
    longstr('response'),
    shortstr('locale'),
  ]),
  method(10, 20, 'connection.secure', 'server', [longstr('challenge')], asks),
  method(10, 21, 'connection.secure-ok', 'client', [longstr('response')]),
  method(
    10,
    30,
    'connection.tune',
    'server',
    [short('channelMax'), long('frameMax'), short('heartbeat')],
    asks,
  ),
  method(10, 31, 'connection.tune-ok', 'client', [
    short('channelMax'),
    long('frameMax'),
    short('heartbeat'),
  ]),
  method(
    10,
    40,
    'connection.open',
    'client',
    [shortstr('virtualHost'), shortstr('reserved1'), bit('reserved2')],
    asks,
  ),
  method(10, 41, 'connection.open-ok', 'server', [shortstr('reserved1')]),
  method(10, 50, 'connection.close', 'both', closeFields, asks),
  method(10, 51, 'connection.close-ok', 'both'),
  method(10, 60, 'connection.blocked', 'server', [shortstr('reason')]),
  method(10, 61, 'connection.unblocked', 'server'),
  method(
    10,
    70,
    'connection.update-secret',
    'client',
    [longstr('newSecret'), shortstr('reason')],
    asks,
  ),
  method(10, 71, 'connection.update-secret-ok', 'server'),

  method(20, 10, 'channel.open', 'client', [shortstr('reserved1')], asks),
  method(20, 11, 'channel.open-ok', 'server', [longstr('reserved1')]),
  method(20, 20, 'channel.flow', 'client', [bit('active')], asks),
  method(20, 21, 'channel.flow-ok', 'server', [bit('active')]),
  method(20, 40, 'channel.close', 'both', closeFields, asks),
  method(20, 41, 'channel.close-ok', 'both'),

  // Gone from 0-9-1, but old clients still ask; the answer's ticket is then ignored everywhere.
  method(
    30,
    10,
    'access.request',
    'client',
    [shortstr('realm'), bit('exclusive'), bit('passive'), bit('active'), bit('write'), bit('read')],
    asks,
  ),
  method(30, 11, 'access.request-ok', 'server', [short('ticket')]),

  method(
    40,
    10,
    'exchange.declare',
    'client',
    [
      short('reserved1'),
      shortstr('exchange'),
      shortstr('type'),
      bit('passive'),
      bit('durable'),
      bit('autoDelete'),
      bit('internal'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(40, 11, 'exchange.declare-ok', 'server'),
  method(
    40,
    20,
    'exchange.delete',
    'client',
    [short('reserved1'), shortstr('exchange'), bit('ifUnused'), bit('noWait')],
    asks,
  ),
  method(40, 21, 'exchange.delete-ok', 'server'),
  method(
    40,
    30,
    'exchange.bind',
    'client',
    [
      short('reserved1'),
      shortstr('destination'),
      shortstr('source'),
      shortstr('routingKey'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(40, 31, 'exchange.bind-ok', 'server'),
  method(
    40,
    40,
    'exchange.unbind',
    'client',
    [
      short('reserved1'),
      shortstr('destination'),
      shortstr('source'),
      shortstr('routingKey'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(40, 51, 'exchange.unbind-ok', 'server'),

  method(
    50,
    10,
    'queue.declare',
    'client',
    [
      short('reserved1'),
      shortstr('queue'),
      bit('passive'),
      bit('durable'),
      bit('exclusive'),
      bit('autoDelete'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(50, 11, 'queue.declare-ok', 'server', [
    shortstr('queue'),
    long('messageCount'),
    long('consumerCount'),
  ]),
  method(
    50,
    20,
    'queue.bind',
    'client',
    [
      short('reserved1'),
      shortstr('queue'),
      shortstr('exchange'),
      shortstr('routingKey'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(50, 21, 'queue.bind-ok', 'server'),
  method(
    50,
    30,
    'queue.purge',
    'client',
    [short('reserved1'), shortstr('queue'), bit('noWait')],
    asks,
  ),
  method(50, 31, 'queue.purge-ok', 'server', [long('messageCount')]),
  method(
    50,
    40,
    'queue.delete',
    'client',
    [short('reserved1'), shortstr('queue'), bit('ifUnused'), bit('ifEmpty'), bit('noWait')],
    asks,
  ),
  method(50, 41, 'queue.delete-ok', 'server', [long('messageCount')]),
  method(
    50,
    50,
    'queue.unbind',
    'client',
    [
      short('reserved1'),
      shortstr('queue'),
      shortstr('exchange'),
      shortstr('routingKey'),
      table('arguments'),
    ],
    asks,
  ),
  method(50, 51, 'queue.unbind-ok', 'server'),

  method(
    60,
    10,
    'basic.qos',
    'client',
    [long('prefetchSize'), short('prefetchCount'), bit('global')],
    asks,
  ),
  method(60, 11, 'basic.qos-ok', 'server'),
  method(
    60,
    20,
    'basic.consume',
    'client',
    [
      short('reserved1'),
      shortstr('queue'),
      shortstr('consumerTag'),
      bit('noLocal'),
      bit('noAck'),
      bit('exclusive'),
      bit('noWait'),
      table('arguments'),
    ],
    asks,
  ),
  method(60, 21, 'basic.consume-ok', 'server', [shortstr('consumerTag')]),
  method(60, 30, 'basic.cancel', 'both', [shortstr('consumerTag'), bit('noWait')], asks),
  method(60, 31, 'basic.cancel-ok', 'server', [shortstr('consumerTag')]),
  method(
    60,
    40,
    'basic.publish',
    'client',
    [
      short('reserved1'),
      shortstr('exchange'),
      shortstr('routingKey'),
      bit('mandatory'),
      bit('immediate'),
    ],
    content,
  ),
  method(
    60,
    50,
    'basic.return',
    'server',
    [short('replyCode'), shortstr('replyText'), shortstr('exchange'), shortstr('routingKey')],
    content,
  ),
  method(
    60,
    60,
    'basic.deliver',
    'server',
    [
      shortstr('consumerTag'),
      longlong('deliveryTag'),
      bit('redelivered'),
      shortstr('exchange'),
      shortstr('routingKey'),
    ],
    content,
  ),
  method(
    60,
    70,
    'basic.get',
    'client',
    [short('reserved1'), shortstr('queue'), bit('noAck')],
    asks,
  ),
  method(
    60,
    71,
    'basic.get-ok',
    'server',
    [
      longlong('deliveryTag'),
      bit('redelivered'),
      shortstr('exchange'),
      shortstr('routingKey'),
      long('messageCount'),
    ],
    content,
  ),
  method(60, 72, 'basic.get-empty', 'server', [shortstr('reserved1')]),
  method(60, 80, 'basic.ack', 'both', [longlong('deliveryTag'), bit('multiple')]),
  method(60, 90, 'basic.reject', 'client', [longlong('deliveryTag'), bit('requeue')]),
  method(60, 100, 'basic.recover-async', 'client', [bit('requeue')]),
  method(60, 110, 'basic.recover', 'client', [bit('requeue')], asks),
  method(60, 111, 'basic.recover-ok', 'server'),
  method(60, 120, 'basic.nack', 'both', [longlong('deliveryTag'), bit('multiple'), bit('requeue')]),

  method(85, 10, 'confirm.select', 'client', [bit('noWait')], asks),
  method(85, 11, 'confirm.select-ok', 'server'),

  method(90, 10, 'tx.select', 'client', [], asks),
  method(90, 11, 'tx.select-ok', 'server'),
  method(90, 20, 'tx.commit', 'client', [], asks),
  method(90, 21, 'tx.commit-ok', 'server'),
  method(90, 30, 'tx.rollback', 'client', [], asks),
  method(90, 31, 'tx.rollback-ok', 'server'),
];

/** Basic properties in the order of the wire; the first one's flag is bit 15, the next one's bit 14. */
export const basicProperties: readonly FieldSpec[] = [
  shortstr('contentType'),
  shortstr('contentEncoding'),
  table('headers'),
  octet('deliveryMode'),
  octet('priority'),
  shortstr('correlationId'),
  shortstr('replyTo'),
  shortstr('expiration'),
  shortstr('messageId'),
  timestamp('timestamp'),
  shortstr('type'),
  shortstr('userId'),
  shortstr('appId'),
  shortstr('clusterId'),
];
