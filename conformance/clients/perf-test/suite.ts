// PerfTest, the load generator of RabbitMQ's users: every mode for a moment, with as many messages
// received as were sent, or the run does not end.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { javaPackages } from '../java/kit/java.ts';
import { Maven } from '../java/kit/maven.ts';
import type { Outcome, Place, Score, Suite, TestedBroker } from '../kit/suite.ts';
import { type Mode, modes } from './modes.ts';

const VERSION = '2.22.1';
const SUITE_SECONDS = 400;
/** For one mode. */
const MODE_SECONDS = 30;
/** RabbitMQ's figures are a few seconds old. */
const FIGURES_SECONDS = 15;

const LIMITS =
  /\(Producer reached message limit(?: \[\d+\])?, Consumer reached message limit(?: \[\d+\])?\)/;

async function build(place: Place): Promise<string> {
  const maven = new Maven(place);
  const jars = await maven.classPath([`com.rabbitmq:perf-test:${VERSION}`]);
  const output = join(place.cache, `modes-${VERSION}`);
  const support = join(import.meta.dirname, 'support');
  await mkdir(output, { recursive: true });
  await cp(join(support, 'logback.xml'), join(output, 'logback.xml'));
  await place.must('javac', ['-nowarn', '-d', output, '-cp', jars, join(support, 'Modes.java')]);
  return `${output}:${jars}`;
}

const fileName = ({ name }: Mode): string => name.replaceAll(/[^\w]+/g, '-');

function lineOf(mode: Mode, broker: TestedBroker): string {
  const url = mode.tls
    ? `amqps://guest:guest@localhost:${broker.tlsPort}`
    : `amqp://guest:guest@localhost:${broker.port}`;
  const limits = mode.arguments.includes('-z') ? [] : ['-z', String(MODE_SECONDS - 5)];
  return [fileName(mode), '-h', url, ...limits, ...mode.arguments].join('\t');
}

async function messagesIn(broker: TestedBroker, queue: string): Promise<number | undefined> {
  const found = await broker.ask('GET', `/api/queues/%2F/${queue}`);
  if (typeof found !== 'object' || found === null || !('messages' in found)) return undefined;
  return typeof found.messages === 'number' ? found.messages : undefined;
}

/** What is wrong with what a mode has left behind. */
async function leftBy(mode: Mode, broker: TestedBroker): Promise<string | undefined> {
  if (mode.leaves === undefined) return undefined;
  const [queue, expected] = mode.leaves;
  const end = Date.now() + FIGURES_SECONDS * 1000;
  for (;;) {
    const found = await messagesIn(broker, queue).catch(() => undefined);
    if (found === expected) return undefined;
    if (Date.now() > end) return `it left ${found} messages in ${queue}, not ${expected}`;
    await pause(500);
  }
}

/** What is wrong with what a mode has printed: its exit status and then its output. */
function faultOf(mode: Mode, report: string): string | undefined {
  if (!report.startsWith('0\n')) return `it ended with ${report.split('\n')[0]}`;
  if (!(mode.ends ?? LIMITS).test(report)) return 'it did not end as it should';
  if (!/sending rate avg: [\d.]+ msg\/s/.test(report)) return 'it told no rates';
  if (/unexpected|exception/i.test(report)) return 'it complained';
  if (mode.prints !== undefined && !mode.prints.test(report)) return `it lacks ${mode.prints}`;
  return undefined;
}

async function outcomeOf(mode: Mode, folder: string, broker: TestedBroker): Promise<Outcome> {
  const file = join(folder, `${fileName(mode)}.txt`);
  const report = existsSync(file) ? await readFile(file, 'utf8') : '';
  const fault = faultOf(mode, report) ?? (await leftBy(mode, broker));
  if (fault === undefined) return 'passed';
  process.stdout.write(
    `   perf-test: ${mode.name}: ${fault}\n${report.split('\n').slice(-8).join('\n')}\n`,
  );
  return 'failed';
}

async function run(place: Place, broker: TestedBroker, only?: readonly string[]): Promise<Score> {
  const classPath = await build(place);
  const chosen = modes.filter(({ name }) => only === undefined || only.includes(name));
  const folder = join(place.work, `modes-${broker.port}-${Date.now()}`);
  await mkdir(folder);
  const list = join(folder, 'list');
  await writeFile(list, chosen.map((mode) => `${lineOf(mode, broker)}\n`).join(''));
  const machine = ['-Xmx400m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  await place.run(
    'java',
    [...machine, '-cp', classPath, 'Modes', String(MODE_SECONDS), folder, list],
    { seconds: SUITE_SECONDS, folder },
  );
  const score = new Map<string, Outcome>();
  for (const mode of chosen) {
    score.set(mode.name, await outcomeOf(mode, folder, broker));
    const queue = mode.leaves?.[0];
    if (queue !== undefined) {
      await broker.ask('DELETE', `/api/queues/%2F/${queue}`).catch(() => undefined);
    }
  }
  return score;
}

export const suites: readonly Suite[] = [
  {
    name: 'perf-test',
    seconds: SUITE_SECONDS,
    tls: true,
    async install(place) {
      await javaPackages(place);
      await build(place);
    },
    run,
  },
];
