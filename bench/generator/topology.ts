/** Declares and removes what a load needs. */

import type { RawConnection } from './connection.ts';
import { method } from './frame-writer.ts';
import { exchangeName, type LoadPlan, queueName, topicPattern } from './plan.ts';

const PASSIVE = 1;
const DURABLE = 2;

export async function declareTopology(on: RawConnection, plan: LoadPlan): Promise<void> {
  const durable = plan.durable || plan.queueType === 'quorum';
  const exchange = exchangeName(plan);
  if (exchange !== '') {
    await on.call(method.exchangeDeclare, method.exchangeDeclareOk, (to) =>
      to
        .short(0)
        .shortstr(exchange)
        .shortstr(plan.exchange)
        .octet(durable ? DURABLE : 0)
        .table({}),
    );
  }
  for (let queue = 0; queue < plan.queues; queue++) {
    const args = plan.queueType === 'quorum' ? { 'x-queue-type': 'quorum' } : {};
    await declareQueue(on, queueName(queue), durable, args);
    if (exchange !== '') await bindQueue(on, plan, queue);
  }
}

export async function declareQueue(
  on: RawConnection,
  name: string,
  durable: boolean,
  args: Readonly<Record<string, string>>,
): Promise<void> {
  await on.call(method.queueDeclare, method.queueDeclareOk, (to) =>
    to
      .short(0)
      .shortstr(name)
      .octet(durable ? DURABLE : 0)
      .table(args),
  );
}

export async function deleteQueue(on: RawConnection, name: string): Promise<void> {
  await on.call(method.queueDelete, method.queueDeleteOk, (to) =>
    to.short(0).shortstr(name).octet(0),
  );
}

async function bindQueue(on: RawConnection, plan: LoadPlan, queue: number): Promise<void> {
  for (let i = 0; i < plan.bindingsPerQueue; i++) {
    const key = plan.exchange === 'topic' ? topicPattern(queue * plan.bindingsPerQueue + i) : '';
    await on.call(method.queueBind, method.queueBindOk, (to) =>
      to
        .short(0)
        .shortstr(queueName(queue))
        .shortstr(exchangeName(plan))
        .shortstr(key)
        .octet(0)
        .table({}),
    );
  }
}

/** Deletes the load's queues and exchange, whether they exist or not. */
export async function deleteTopology(on: RawConnection, plan: LoadPlan): Promise<void> {
  for (let queue = 0; queue < plan.queues; queue++) {
    await deleteQueue(on, queueName(queue));
  }
  const exchange = exchangeName(plan);
  if (exchange === '') return;
  await on.call(method.exchangeDelete, method.exchangeDeleteOk, (to) =>
    to.short(0).shortstr(exchange).octet(0),
  );
}

/** Messages ready in all queues of the load. */
export async function readyMessages(on: RawConnection, plan: LoadPlan): Promise<number> {
  let sum = 0;
  for (let queue = 0; queue < plan.queues; queue++) {
    const reply = await on.call(method.queueDeclare, method.queueDeclareOk, (to) =>
      to.short(0).shortstr(queueName(queue)).octet(PASSIVE).table({}),
    );
    sum += reply.readUInt32BE(1 + reply.readUInt8(0));
  }
  return sum;
}
