import { Broker } from '../../src/broker/broker.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';

export const FRAME_MAX = 131_072;

/** A broker whose clock stands still, with the user and vhost that the suites use. */
export function createBroker(): Broker {
  return new Broker({
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    logger: silentLogger,
    log: new MemoryLog(),
    version: '0',
    clusterName: 'bench',
    limits: {
      heartbeat: 0,
      frameMax: FRAME_MAX,
      channelMax: 16,
      connectionMax: Infinity,
      maxMessageSize: FRAME_MAX,
      consumerTimeoutMs: Infinity,
      handshakeTimeoutMs: 1e9,
    },
    firstUser: {
      name: 'bench',
      password: 'bench',
      tags: [],
      vhost: '/',
      configure: '.*',
      write: '.*',
      read: '.*',
    },
    loopbackUsers: [],
    memoryHighWatermark: Infinity,
  });
}
