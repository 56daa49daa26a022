// Every place where a RabbitMQ that the suite is green on and Leveret (which behaves as 3.13)
// answer differently, with the reason. A test takes its expectation with `broker.differs(...)`.

export interface Difference<R, L> {
  readonly reason: string;
  /** The last RabbitMQ that behaves as `rabbit`; later ones behave as Leveret. Absent: all do. */
  readonly upTo?: string;
  readonly rabbit: R;
  readonly leveret: L;
}

export const differences = {
  identity: {
    reason: 'Leveret names itself beside the RabbitMQ identity that clients look for',
    rabbit: false,
    leveret: true,
  },
  unknownExchangeType: {
    reason: 'an unknown exchange type closed the connection up to 3.12, the channel since 3.13',
    upTo: '3.12',
    rabbit: { scope: 'connection', code: 503, name: 'COMMAND_INVALID' },
    leveret: { scope: 'channel', code: 406, name: 'PRECONDITION_FAILED' },
  },
  classicTakesLeaderLocator: {
    reason: 'x-queue-leader-locator was for quorum queues and streams only before 3.11',
    upTo: '3.10',
    rabbit: false,
    leveret: true,
  },
  permissionIsNamed: {
    reason: 'since 3.13 the text of a refusal begins with the permission that lacks',
    upTo: '3.12',
    rabbit: false,
    leveret: true,
  },
  unknownMethod: {
    reason:
      'RabbitMQ crashes on ids that no method has and drops the socket without a word; the specification has a code for it',
    rabbit: undefined,
    leveret: { code: 540, text: /^NOT_IMPLEMENTED - unknown method \d+\.\d+$/ },
  },
  unreadableTable: {
    reason:
      'RabbitMQ crashes on a field table that it cannot read and drops the socket without a word',
    rabbit: undefined,
    leveret: { code: 501, text: /^FRAME_ERROR - cannot decode <</ },
  },
  unreadableProperties: {
    reason: 'RabbitMQ says internal error when it cannot read the properties of a message',
    rabbit: { code: 541, text: /^INTERNAL_ERROR$/ },
    leveret: {
      code: 501,
      text: /^FRAME_ERROR - cannot decode the properties of a content header$/,
    },
  },
  bodyTooLong: {
    reason:
      'RabbitMQ waits for ever when a body frame goes beyond the announced size; that channel is dead',
    rabbit: undefined,
    leveret: {
      code: 501,
      text: /^FRAME_ERROR - content body of \d+ octets is larger than the announced \d+$/,
    },
  },
} as const satisfies Record<string, Difference<unknown, unknown>>;
