import { BrokerError } from '../../model/broker-error.ts';
import type { Channel } from '../channel.ts';
import { Transaction } from '../transaction.ts';

export function txSelect(channel: Channel): void {
  if (channel.confirms !== undefined) {
    throw new BrokerError('PRECONDITION_FAILED', 'cannot switch from confirm to tx mode');
  }
  channel.transaction ??= new Transaction(channel);
  channel.send({ name: 'tx.select-ok' });
}

/** The answer waits until all that was committed is durable. */
export function txCommit(channel: Channel): void {
  const { answers, number } = channel;
  const since = answers.position;
  transactionOf(channel).commit();
  answers.sendDurable(number, { name: 'tx.commit-ok' }, since);
}

export function txRollback(channel: Channel): void {
  transactionOf(channel).rollback();
  channel.send({ name: 'tx.rollback-ok' });
}

function transactionOf(channel: Channel): Transaction {
  if (channel.transaction !== undefined) return channel.transaction;
  throw new BrokerError('PRECONDITION_FAILED', 'channel is not transactional');
}
