/** What was delivered and settled: of a queue, or on a channel. Counts since the start. */
export class DeliveryCounters {
  /** To consumers, to be acknowledged. */
  deliver = 0;
  deliverNoAck = 0;
  /** By basic.get, to be acknowledged. */
  get = 0;
  getNoAck = 0;
  /** basic.get that found nothing. */
  getEmpty = 0;
  ack = 0;
  /** Those among the deliveries of all kinds that had been out before. */
  redeliver = 0;
}

/** What happened in a queue. */
export class QueueCounters extends DeliveryCounters {
  /** Messages that clients published and it took: dead letters are none of them, as in RabbitMQ. */
  publish = 0;
}

/** What a channel's client published. */
export class PublishCounters {
  publish = 0;
  confirm = 0;
  /** Mandatory, sent back because no queue was bound for it. */
  returnUnroutable = 0;
  /** Not mandatory, gone because no queue was bound for it. */
  dropUnroutable = 0;
}
