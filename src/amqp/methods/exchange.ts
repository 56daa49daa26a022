import { bind, unbind } from '../../broker/bind.ts';
import { declareExchange, deleteExchange } from '../../broker/declare-exchange.ts';
import type { Channel, MethodOf } from '../channel.ts';

export function exchangeDeclare(channel: Channel, method: MethodOf<'exchange.declare'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  declareExchange(session, method);
  if (!method.noWait) answers.sendDurable(number, { name: 'exchange.declare-ok' }, since);
}

export function exchangeDelete(channel: Channel, method: MethodOf<'exchange.delete'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  deleteExchange(session, method.exchange, method.ifUnused);
  if (!method.noWait) answers.sendDurable(number, { name: 'exchange.delete-ok' }, since);
}

export function exchangeBind(channel: Channel, method: MethodOf<'exchange.bind'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  bind(session, 'exchange', method);
  if (!method.noWait) answers.sendDurable(number, { name: 'exchange.bind-ok' }, since);
}

export function exchangeUnbind(channel: Channel, method: MethodOf<'exchange.unbind'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  unbind(session, 'exchange', method);
  if (!method.noWait) answers.sendDurable(number, { name: 'exchange.unbind-ok' }, since);
}
