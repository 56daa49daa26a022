import { BrokerError } from '../../model/broker-error.ts';
import type { Channel, MethodOf } from '../channel.ts';
import { Confirms } from '../confirms.ts';

export function confirmSelect(channel: Channel, method: MethodOf<'confirm.select'>): void {
  if (channel.transaction !== undefined) {
    throw new BrokerError('PRECONDITION_FAILED', 'cannot switch from tx to confirm mode');
  }
  channel.confirms ??= new Confirms(
    channel.number,
    channel.outbox,
    channel.session.vhost.log,
    channel.confirmable,
  );
  if (!method.noWait) channel.send({ name: 'confirm.select-ok' });
}
