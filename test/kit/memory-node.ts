import { Connection } from '../../src/amqp/connection.ts';
import { FlushList } from '../../src/amqp/flush-list.ts';
import type { LoginSettings } from '../../src/auth/authenticator.ts';
import { Broker, type Limits } from '../../src/broker/broker.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { type Logger, silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import type { AppendLog } from '../../src/store/append-log.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import type { Recovered } from '../../src/store/recovered.ts';
import { MemoryTransport } from './memory-transport.ts';

const limits: Limits = {
  heartbeat: 0,
  frameMax: 131_072,
  channelMax: 2047,
  connectionMax: Number.POSITIVE_INFINITY,
  maxMessageSize: 16 * 1024 * 1024,
  consumerTimeoutMs: 1_800_000,
  handshakeTimeoutMs: 10_000,
};

export interface NodeOptions {
  readonly limits?: Partial<Limits>;
  readonly log?: AppendLog;
  readonly recovered?: Recovered;
  readonly logger?: Logger;
  readonly logins?: LoginSettings;
  /** Bytes. */
  readonly memoryHighWatermark?: number;
}

/** A broker without sockets, with a clock that stands still and always the same chance. */
export class MemoryNode {
  readonly clock = new VirtualClock();
  readonly broker: Broker;
  readonly #flushes = new FlushList();
  #port = 40_000;

  constructor(options: NodeOptions = {}) {
    this.broker = new Broker({
      clock: this.clock,
      random: new SeededRandom(7),
      logger: options.logger ?? silentLogger,
      log: options.log ?? new MemoryLog(),
      ...(options.recovered === undefined ? {} : { recovered: options.recovered }),
      limits: { ...limits, ...options.limits },
      version: '0.0.0',
      clusterName: 'leveret@test',
      firstUser: {
        name: 'guest',
        password: 'guest',
        tags: ['administrator'],
        vhost: '/',
        configure: '.*',
        write: '.*',
        read: '.*',
      },
      loopbackUsers: ['guest'],
      ...(options.logins === undefined ? {} : { logins: options.logins }),
      memoryHighWatermark: options.memoryHighWatermark ?? Number.POSITIVE_INFINITY,
    });
  }

  /** A client from this address connects. */
  accept(address?: string): {
    readonly connection: Connection;
    readonly transport: MemoryTransport;
  } {
    const transport = new MemoryTransport(address, this.#port++);
    const connection = new Connection(this.broker, transport, this.#flushes);
    transport.attach(connection);
    return { connection, transport };
  }

  close(): void {
    this.broker.close();
  }
}

/** Lets what was written go out, and answers to it come in. */
export async function turn(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
