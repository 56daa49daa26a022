import { bind, unbind } from '../../broker/bind.ts';
import { declareExchange, deleteExchange } from '../../broker/declare-exchange.ts';
import type { Channel, MethodOf } from '../channel.ts';

export function exchangeDeclare(channel: Channel, method: MethodOf<'exchange.declare'>): void {
  declareExchange(channel.session, method);
  if (!method.noWait) channel.send({ name: 'exchange.declare-ok' });
}

export function exchangeDelete(channel: Channel, method: MethodOf<'exchange.delete'>): void {
  deleteExchange(channel.session, method.exchange, method.ifUnused);
  if (!method.noWait) channel.send({ name: 'exchange.delete-ok' });
}

export function exchangeBind(channel: Channel, method: MethodOf<'exchange.bind'>): void {
  bind(channel.session, 'exchange', method);
  if (!method.noWait) channel.send({ name: 'exchange.bind-ok' });
}

export function exchangeUnbind(channel: Channel, method: MethodOf<'exchange.unbind'>): void {
  unbind(channel.session, 'exchange', method);
  if (!method.noWait) channel.send({ name: 'exchange.unbind-ok' });
}
