import type { ReplyConsumer } from '../broker/replies.ts';
import { addressOf } from '../model/record-builder.ts';
import { sendWithRecord } from './content-writer.ts';
import type { Outbox } from './outbox.ts';
import type { Unsettled } from './unsettled.ts';

/** What replies need of their channel. */
export interface ReplyChannel {
  readonly number: number;
  readonly outbox: Outbox;
  readonly frameMax: number;
  readonly unsettled: Unsettled;
}

/** A channel's consumer of amq.rabbitmq.reply-to: replies come without a queue. */
export class ChannelReplies implements ReplyConsumer {
  readonly address: string;
  readonly tag: string;
  readonly #channel: ReplyChannel;

  constructor(channel: ReplyChannel, tag: string, address: string) {
    this.#channel = channel;
    this.tag = tag;
    this.address = address;
  }

  deliverReply(record: number): void {
    const channel = this.#channel;
    const { exchange, routingKey } = addressOf(record);
    sendWithRecord(
      channel.outbox,
      channel.number,
      {
        name: 'basic.deliver',
        consumerTag: this.tag,
        deliveryTag: channel.unsettled.skip(),
        redelivered: false,
        exchange,
        routingKey,
      },
      record,
      channel.frameMax,
    );
  }
}
