// Reply texts that many methods share, as RabbitMQ writes them.

export const noQueue = (queue: string, vhost = '/'): string =>
  `NOT_FOUND - no queue '${queue}' in vhost '${vhost}'`;

export const noExchange = (exchange: string, vhost = '/'): string =>
  `NOT_FOUND - no exchange '${exchange}' in vhost '${vhost}'`;

export const noPreviousQueue = 'NOT_FOUND - no previously declared queue';

export const locked = (queue: string): string =>
  `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. ` +
  'It could be originally declared on another connection or the exclusive property value does ' +
  'not match that of the original declaration.';

/** `inequivalent('x-max-length', 'queue', 'q', "received '1' but current is '2'")` */
export const inequivalent = (
  arg: string,
  kind: 'queue' | 'exchange',
  name: string,
  how: string,
): string =>
  `PRECONDITION_FAILED - inequivalent arg '${arg}' for ${kind} '${name}' in vhost '/': ${how}`;

export const invalidArg = (arg: string, queue: string, reason: string): string =>
  `PRECONDITION_FAILED - invalid arg '${arg}' for queue '${queue}' in vhost '/': ${reason}`;

/** A known argument that this type of queue does not take. */
export const inapplicableArg = (
  arg: string,
  queue: string,
  type: 'classic_queue' | 'quorum_queue' | 'stream_queue',
): string =>
  `PRECONDITION_FAILED - invalid arg '${arg}' for queue '${queue}' in vhost '/' of queue type rabbit_${type}`;

export const onDefaultExchange = 'ACCESS_REFUSED - operation not permitted on the default exchange';

export const unimplemented = 'COMMAND_INVALID - unimplemented method';
