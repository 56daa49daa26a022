// Leverets of one's own with everything set up, and their answers to all that RabbitMQ was asked.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrokerSettings, type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { eventually } from '../kit/messages.ts';
import { type RecordedAnswer, recordedAnswers } from './answers.ts';
import { type Answer, Asker, askAgain, loginOf, type Names } from './replay.ts';
import { setUp, type Topology } from './topology.ts';

export interface Asked {
  readonly recorded: RecordedAnswer;
  readonly answer: Answer;
  readonly names: Names;
}

// The ranges that were asked for reach back a minute.
const ROUNDS = 13;
const SAMPLED = '5s';
// On a busy machine.
const PATIENCE_MS = 60_000;
const WATERMARK_BYTES = 24 * 1024 * 1024;

const admin = { authorization: loginOf('guest', 'guest') };

/** The answers, in the order of what was recorded. */
export async function replayAll(): Promise<readonly Asked[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'leveret-replay-'));
  const stage = await Stage.open({ dataDir });
  for (let round = 0; round < ROUNDS; round += 1) await stage.pass();
  const asked = await stage.ask(recordedAnswers().filter(({ alarm }) => !alarm));
  await stage.close();
  await rm(dataDir, { recursive: true });
  return [...asked, ...(await replayAlarmed())];
}

async function replayAlarmed(): Promise<readonly Asked[]> {
  const stage = await Stage.open({
    memoryHighWatermark: { by: 'bytes', bytes: WATERMARK_BYTES },
  });
  await stage.pass();
  await stage.flood();
  const asked = await stage.ask(recordedAnswers().filter(({ alarm }) => alarm));
  await stage.close();
  return asked;
}

class Stage {
  readonly #broker: EmbeddedBroker;
  readonly #asker: Asker;
  readonly #topology: Topology;

  private constructor(broker: EmbeddedBroker, asker: Asker, topology: Topology) {
    this.#broker = broker;
    this.#asker = asker;
    this.#topology = topology;
  }

  static async open(settings: BrokerSettings): Promise<Stage> {
    const broker = await startBroker({
      clock: 'virtual',
      managementPort: 0,
      prometheusPort: 0,
      corsAllowOrigins: ['http://localhost:9999'],
      ...settings,
    });
    const asker = new Asker(broker.managementPort ?? 0);
    const topology = await setUp(broker.url, async (method, path, body) => {
      const { status, text } = await asker.ask(method, `/api${path}`, admin, JSON.stringify(body));
      if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
    });
    return new Stage(broker, asker, topology);
  }

  /** Lets clients do something, and five seconds pass. */
  async pass(): Promise<void> {
    await this.#topology.traffic();
    await this.#broker.clock.advance(SAMPLED);
  }

  /** Publishes until publishers have to wait. */
  async flood(): Promise<void> {
    this.#topology.flood(WATERMARK_BYTES);
    await eventually(
      'publishers to be blocked',
      async () => {
        this.#topology.flood(1);
        // Lists are made anew only as time goes by.
        await this.#broker.clock.advance(SAMPLED);
        const connections = await this.#list('/api/connections');
        return connections.filter(({ state }) => state === 'blocked').length >= 2;
      },
      PATIENCE_MS,
    );
  }

  /** Asks everything in this order: what one request changes, later ones see. */
  async ask(requests: readonly RecordedAnswer[]): Promise<readonly Asked[]> {
    const names = await this.#names();
    const asked: Asked[] = [];
    for (const recorded of requests) {
      asked.push({ recorded, answer: await askAgain(this.#asker, recorded, names), names });
    }
    return asked;
  }

  async close(): Promise<void> {
    this.#asker.close();
    await this.#topology.close();
    await this.#broker.close();
  }

  async #names(): Promise<Names> {
    const [node] = await this.#list('/api/nodes');
    const connections = await this.#list('/api/connections');
    return new Map([
      ['node', node?.['name'] ?? ''],
      ['amqp', `${this.#broker.port}`],
      ...connections.map((each): [string, string] => [
        each['user_provided_name'] ?? '',
        each['name'] ?? '',
      ]),
    ]);
  }

  async #list(path: string): Promise<readonly Record<string, string>[]> {
    return JSON.parse((await this.#asker.ask('GET', path, admin)).text);
  }
}
