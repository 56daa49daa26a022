import { describe, expect, it } from 'vitest';
import { declareQueue } from '../../src/broker/declare-queue.ts';
import { accepted, unroutable } from '../../src/broker/publish.ts';
import { isReplyAddress, Replies, replyQueue } from '../../src/broker/replies.ts';
import { emptyTable } from '../../src/codec/table.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { addressOf } from '../../src/model/record-builder.ts';
import { bodyOf } from '../queues/fixtures.ts';
import { brokerOf, Desk, messagesIn, outcomeOf } from './fixtures.ts';

describe('reply addresses', () => {
  it('differ from each other and name the pseudo-queue', () => {
    const replies = new Replies(new SeededRandom(7));
    const addresses = Array.from({ length: 100 }, () => replies.newAddress());
    expect(new Set(addresses).size).toBe(100);
    for (const address of addresses) {
      expect(address).toMatch(/^amq\.rabbitmq\.reply-to\.[\w+/]{22}==\.[\w+/]{22}==$/);
      expect(isReplyAddress(address)).toBe(true);
    }
  });

  it('are none but those', () => {
    for (const name of [replyQueue, 'amq.rabbitmq.reply-tox.y', 'q', '']) {
      expect(isReplyAddress(name)).toBe(false);
    }
  });

  it('lead to whoever waits, as long as they do', () => {
    const replies = new Replies(new SeededRandom(7));
    const consumer = { address: replies.newAddress(), deliverReply: () => {} };
    expect(replies.find(consumer.address)).toBeUndefined();
    replies.add(consumer);
    expect(replies.find(consumer.address)).toBe(consumer);
    expect(replies.find(replies.newAddress())).toBeUndefined();
    replies.remove(consumer);
    expect(replies.find(consumer.address)).toBeUndefined();
  });
});

describe('direct replies', () => {
  function build() {
    const desk = new Desk(brokerOf());
    const got: string[] = [];
    const consumer = {
      address: desk.vhost.replies.newAddress(),
      deliverReply: (record: number) => {
        got.push(`${bodyOf(record)} to ${addressOf(record).routingKey}`);
      },
    };
    return { desk, consumer, got };
  }

  it('go to the one who waits at the address', () => {
    const { desk, consumer, got } = build();
    desk.vhost.replies.add(consumer);
    expect(desk.publish('', consumer.address, 'answer')).toBe(accepted);
    expect(got).toEqual([`answer to ${consumer.address}`]);
    desk.vhost.replies.remove(consumer);
    expect(desk.publish('', consumer.address, 'late')).toBe(unroutable);
    expect(got).toHaveLength(1);
  });

  it('are asked for with the requester’s own address in place of the pseudo-queue', () => {
    const { desk, consumer } = build();
    const queue = desk.queue('requests');
    desk.publisher.replyConsumer = consumer;
    desk.publish('', 'requests', 'please', { replyTo: replyQueue, messageId: 'm' });
    expect(messagesIn(queue)).toEqual([
      { body: 'please', properties: { replyTo: consumer.address, messageId: 'm' } },
    ]);
  });

  it('cannot be asked for by somebody who does not wait for any', () => {
    const { desk } = build();
    desk.queue('requests');
    expect(outcomeOf(() => desk.publish('', 'requests', '', { replyTo: replyQueue }))).toBe(
      'PRECONDITION_FAILED - fast reply consumer does not exist',
    );
  });

  it('leave other addresses as they are', () => {
    const { desk } = build();
    const queue = desk.queue('requests');
    desk.publish('', 'requests', '', { replyTo: 'my.queue' });
    expect(messagesIn(queue)[0]?.properties).toEqual({ replyTo: 'my.queue' });
  });

  it('have a pseudo-queue that can always be declared, and an address that tells who waits', () => {
    const { desk, consumer } = build();
    const declare = (queue: string) =>
      declareQueue(
        desk,
        {
          queue,
          passive: true,
          durable: false,
          exclusive: false,
          autoDelete: false,
          arguments: emptyTable,
        },
        desk.broker.random,
      );
    const there = { messageCount: 0, consumerCount: 1 };
    expect(declare(replyQueue)).toEqual({ queue: replyQueue, ...there });
    expect(outcomeOf(() => declare(consumer.address))).toBe(
      `NOT_FOUND - no queue '${consumer.address}' in vhost '/'`,
    );
    desk.vhost.replies.add(consumer);
    expect(declare(consumer.address)).toEqual({ queue: consumer.address, ...there });
    expect(desk.vhost.queues.size).toBe(0);
  });
});
