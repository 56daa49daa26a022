import type { ClientMethod } from '../codec/methods.gen.ts';
import { encodeText } from '../codec/text.ts';
import { BrokerError } from '../model/broker-error.ts';
import type { Channel, MethodOf } from './channel.ts';
import { ContentAssembly } from './content-assembly.ts';
import * as basic from './methods/basic.ts';
import { confirmSelect } from './methods/confirm.ts';
import * as exchange from './methods/exchange.ts';
import * as queue from './methods/queue.ts';
import * as tx from './methods/tx.ts';

// What 0-8 clients asked for; a ticket has had no meaning since.
const TICKET = 1;

/**
 * Gives a method to its class.
 * @returns false for a method that has no place on an open channel
 * @throws BrokerError
 */
export function channelMethod(channel: Channel, method: ClientMethod): boolean {
  switch (method.name) {
    case 'channel.open':
      throw new BrokerError('CHANNEL_ERROR', "second 'channel.open' seen");
    case 'channel.close':
      channel.connection.dropChannel(channel);
      channel.send({ name: 'channel.close-ok' });
      return true;
    case 'channel.flow':
      // RabbitMQ refuses to be stopped this way, and so do we: basic.qos is there for it.
      if (!method.active) throw new BrokerError('NOT_IMPLEMENTED', 'active=false');
      channel.send({ name: 'channel.flow-ok', active: true });
      return true;
    case 'access.request':
      channel.send({ name: 'access.request-ok', ticket: TICKET });
      return true;
    case 'confirm.select':
      confirmSelect(channel, method);
      return true;
    default:
      return (
        basicMethod(channel, method) || topologyMethod(channel, method) || txMethod(channel, method)
      );
  }
}

function basicMethod(channel: Channel, method: ClientMethod): boolean {
  switch (method.name) {
    case 'basic.publish':
      beginContent(channel, method);
      return true;
    case 'basic.ack':
      channel.ack(method.deliveryTag, method.multiple);
      return true;
    case 'basic.nack':
      channel.reject(method.deliveryTag, method.multiple, method.requeue);
      return true;
    case 'basic.reject':
      channel.reject(method.deliveryTag, false, method.requeue);
      return true;
    case 'basic.qos':
      basic.basicQos(channel, method);
      return true;
    case 'basic.consume':
      basic.basicConsume(channel, method);
      return true;
    case 'basic.cancel':
      basic.basicCancel(channel, method);
      return true;
    case 'basic.get':
      basic.basicGet(channel, method);
      return true;
    case 'basic.recover':
      basic.basicRecover(channel, method.requeue, true);
      return true;
    case 'basic.recover-async':
      basic.basicRecover(channel, method.requeue, false);
      return true;
    default:
      return false;
  }
}

function topologyMethod(channel: Channel, method: ClientMethod): boolean {
  switch (method.name) {
    case 'exchange.declare':
      exchange.exchangeDeclare(channel, method);
      return true;
    case 'exchange.delete':
      exchange.exchangeDelete(channel, method);
      return true;
    case 'exchange.bind':
      exchange.exchangeBind(channel, method);
      return true;
    case 'exchange.unbind':
      exchange.exchangeUnbind(channel, method);
      return true;
    case 'queue.declare':
      queue.queueDeclare(channel, method);
      return true;
    case 'queue.bind':
      queue.queueBind(channel, method);
      return true;
    case 'queue.unbind':
      queue.queueUnbind(channel, method);
      return true;
    case 'queue.purge':
      queue.queuePurge(channel, method);
      return true;
    case 'queue.delete':
      queue.queueDelete(channel, method);
      return true;
    default:
      return false;
  }
}

function txMethod(channel: Channel, method: ClientMethod): boolean {
  switch (method.name) {
    case 'tx.select':
      tx.txSelect(channel);
      return true;
    case 'tx.commit':
      tx.txCommit(channel);
      return true;
    case 'tx.rollback':
      tx.txRollback(channel);
      return true;
    default:
      return false;
  }
}

// The content comes in frames of its own, maybe with those of other channels in between.
function beginContent(channel: Channel, method: MethodOf<'basic.publish'>): void {
  if (method.immediate) throw new BrokerError('NOT_IMPLEMENTED', 'immediate=true');
  const exchange = encodeText(method.exchange);
  const routingKey = encodeText(method.routingKey);
  const address = new Uint8Array(exchange.length + routingKey.length + 2);
  address[0] = exchange.length;
  address.set(exchange, 1);
  address[exchange.length + 1] = routingKey.length;
  address.set(routingKey, exchange.length + 2);
  const { maxMessageSize } = channel.connection.broker.limits;
  channel.assembly = new ContentAssembly(address, method.mandatory, maxMessageSize);
}
