import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, Leveret } from '../node/kit/leveret.ts';
import { type Difference, differences } from './differences.ts';
import { type Broker, eventually, must, request } from './kit/broker.ts';
import { canonical, fileShape, type Masks, masked, shapeOf } from './kit/shape.ts';
import { definitionsFile, type Step, vhostDefinitionsFile } from './kit/step.ts';
import { execute, newTool, oldTool, type Tool } from './kit/tool.ts';
import { setUp, type Topology } from './kit/topology.ts';

const here = import.meta.dirname;
const root = join(here, '../../..');
const recordedPath = join(here, 'recorded.json');

/** What a step comes to: its exit code, and lines as kit/shape.ts makes them. */
type Outcome = readonly string[];

interface Recording {
  /** The tool's, and RabbitMQ's. */
  readonly version: string;
  readonly rabbitmq: string;
  readonly steps: Readonly<Record<string, Outcome>>;
}

interface Place {
  readonly broker: Broker;
  readonly node: string;
  readonly folder: string;
  readonly topology: Topology;
}

function filled(text: string, { broker, node, folder, topology }: Place): string {
  return text
    .replaceAll('{node}', node)
    .replaceAll('{dir}', folder)
    .replaceAll('{port}', new URL(broker.amqp).port)
    .replaceAll(/\{connection:([\w-]+)\}/g, (_all, given: string) =>
      topology.connectionName(given),
    );
}

function masksOf({ broker, node, folder }: Place): Masks {
  return new Map([
    [node, 'NODE'],
    [folder, 'DIR'],
    [new URL(broker.management).host, 'ADDRESS'],
    [new URL(broker.amqp).port, 'PORT'],
  ]);
}

async function effectOf(request_: string, { broker }: Place): Promise<string> {
  const [path = '', query = ''] = request_.split('?');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const { status, body } = await request(broker, 'GET', `${encoded}?${query}`);
  return `effect: ${status} ${canonical(body)}`;
}

/** Of the way to an exception only its end matters. */
function complaint(stderr: string): string[] {
  const lines = stderr.trim().split('\n');
  const kept = stderr.startsWith('Traceback') ? lines.slice(-1) : lines;
  return kept.map((line) => `stderr: ${line}`);
}

async function perform(tool: Tool, step: Step, place: Place): Promise<Outcome> {
  const masks = masksOf(place);
  const { port } = new URL(place.broker.management);
  const command = tool.command(step, port).map((word) => filled(word, place));
  const { exit, stdout, stderr } = await execute(command, place.folder, step.stdin ?? '');
  const lines = [`exit ${exit}`];
  if (step.unread === true) lines.push(stdout === '' ? 'prints nothing' : 'prints something');
  else lines.push(...shapeOf(tool.name, step.run, stdout, masks));
  if (exit !== 0) lines.push(...complaint(masked(stderr, masks)));
  if (step.file !== undefined) {
    const path = filled(step.file, place);
    if (existsSync(path)) lines.push(...fileShape(path, readFileSync(path, 'utf8'), masks));
    else lines.push('no file');
  }
  if (step.closes !== undefined && exit === 0) await place.topology.closed(step.closes);
  if (step.effect !== undefined) {
    lines.push(masked(await effectOf(filled(step.effect, place), place), masks));
  }
  return lines;
}

interface Verdict {
  /** What differs from the recording and is not meant to. */
  readonly problems: readonly string[];
  /** What differs and is meant to. */
  readonly meant: readonly Difference[];
}

function judge(
  tool: Tool,
  step: Step,
  recorded: Outcome | undefined,
  found: Outcome,
  sameTool: boolean,
): Verdict {
  if (recorded === undefined) return { problems: ['  not recorded'], meant: [] };
  const candidates = differences.filter(
    (each) => (each.tool === 'both' || each.tool === tool.name) && each.run.test(step.run),
  );
  const problems: string[] = [];
  const meant = new Set<Difference>();
  const weigh = (line: string, sign: string, key: 'absent' | 'present'): void => {
    const reason = candidates.find((each) => each[key]?.test(line) === true);
    if (reason === undefined) problems.push(`  ${sign} ${line}`);
    else meant.add(reason);
  };
  // Another release of the tool may show the same otherwise; what it does must be the same.
  const weighed = (line: string): boolean => sameTool || /^(exit|effect)/.test(line);
  for (const line of recorded.filter(weighed))
    if (!found.includes(line)) weigh(line, '-', 'absent');
  for (const line of found.filter(weighed))
    if (!recorded.includes(line)) weigh(line, '+', 'present');
  return { problems, meant: [...meant] };
}

/** Steps with names of their own: what is run twice has a number. */
function named(steps: readonly Step[]): (readonly [string, Step])[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const plain = step.everywhere === true ? `${step.run} (no vhost)` : step.run;
    const times = (seen.get(plain) ?? 0) + 1;
    seen.set(plain, times);
    return [times === 1 ? plain : `${plain} (${times})`, step] as const;
  });
}

class Score {
  passed = 0;
  failed = 0;

  tell(good: boolean, text: string, details: readonly string[] = []): void {
    if (good) this.passed++;
    else this.failed++;
    process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${text}\n`);
    for (const line of details) process.stdout.write(`${line}\n`);
  }
}

const commandOf = (step: Step, commands: readonly string[]): string | undefined => {
  const words = step.run.replace(/^(--[\w-]+(=\S+| (?!list\b)\S+)? )+/, '');
  return commands.find((command) => `${words} `.startsWith(`${command} `));
};

async function runTool(
  tool: Tool,
  broker: Broker,
  only: string,
  recording: Recording | undefined,
  score: Score,
): Promise<Record<string, Outcome>> {
  const folder = mkdtempSync(join(tmpdir(), 'rabbitmqadmin-'));
  for (const { name, text } of [definitionsFile, vhostDefinitionsFile]) {
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'broken.json'), '{"vhosts":');
  const overview = await must(broker, 'GET', 'overview?columns=node');
  const node = /"node":"([^"]+)"/.exec(JSON.stringify(overview))?.[1] ?? '';
  const topology = await setUp(broker);
  const outcomes: Record<string, Outcome> = {};
  const sameTool = recording === undefined || tool.version === recording.version;
  const differing = new Set<string>();
  const wrong = new Set<string>();
  try {
    for (const [name, step] of named(tool.steps)) {
      const found = await perform(tool, step, { broker, node, folder, topology });
      outcomes[name] = found;
      if (recording === undefined || !name.includes(only)) continue;
      const { problems, meant } = judge(tool, step, recording.steps[name], found, sameTool);
      const command = commandOf(step, tool.commands) ?? '';
      if (problems.length > 0) wrong.add(command);
      else if (meant.length > 0) differing.add(command);
      const reasons = meant.map(({ reason }) => `  differs: ${reason}`);
      score.tell(problems.length === 0, `${tool.name} ${name}`, [...problems, ...reasons]);
    }
  } finally {
    await topology.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  if (only === '') summarise(tool, recording, wrong, differing, score);
  return outcomes;
}

function summarise(
  tool: Tool,
  recording: Recording | undefined,
  wrong: ReadonlySet<string>,
  differing: ReadonlySet<string>,
  score: Score,
): void {
  const run = new Set(tool.steps.map((step) => commandOf(step, tool.commands)));
  const missing = tool.commands.filter((command) => !run.has(command));
  const sameTool = recording === undefined || tool.version === recording.version;
  const all = `${tool.name} ${tool.version}: all commands of its help are run`;
  score.tell(
    missing.length === 0 || !sameTool,
    all,
    missing.map((command) => `  not run: ${command}`),
  );
  if (recording === undefined) return;
  if (!sameTool) {
    process.stdout.write(`  only what ${recording.version} did is compared, not what it showed\n`);
  }
  const count = (some: ReadonlySet<string>) =>
    tool.commands.filter((command) => some.has(command)).length;
  const meant = tool.commands.filter((each) => differing.has(each) && !wrong.has(each)).length;
  const same = tool.commands.length - count(wrong) - meant - missing.length;
  process.stdout.write(
    `${tool.name} ${tool.version}: of ${tool.commands.length} commands ${same} do as with ` +
      `RabbitMQ ${recording.rabbitmq}, ${meant} differ on purpose, ${count(wrong)} are wrong\n`,
  );
}

interface Running {
  readonly broker: Broker;
  stop(): Promise<void>;
}

async function startLeveret(): Promise<Running> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'leveret-'));
  const config = join(folder, 'leveret.conf');
  writeFileSync(config, 'log.console.level = error\n');
  const flags = ['--management-port', String(port), '--config', config];
  const leveret = await Leveret.start(root, flags);
  const broker = { amqp: leveret.url, management: `http://127.0.0.1:${port}` };
  await eventually('the management API answers', () =>
    request(broker, 'GET', 'overview').then(
      ({ status }) => (status === 200 ? true : undefined),
      () => undefined,
    ),
  );
  const stop = async (): Promise<void> => {
    await leveret.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { broker, stop };
}

function tools(score: Score): Tool[] {
  const home = mkdtempSync(join(tmpdir(), 'rabbitmqadmin-home-'));
  const result: Tool[] = [];
  for (const [name, make, path] of [
    ['v1', oldTool, process.env['V1']],
    ['v2', newTool, process.env['V2']],
  ] as const) {
    try {
      if (!path) throw new Error('it is not there');
      result.push(make(path, home));
    } catch (error) {
      score.tell(false, `${name} cannot be run: ${error instanceof Error ? error.message : error}`);
    }
  }
  rmSync(home, { recursive: true, force: true });
  return result;
}

async function record(broker: Broker, score: Score): Promise<void> {
  const overview = await must(broker, 'GET', 'overview?columns=rabbitmq_version');
  const rabbitmq = /"rabbitmq_version":"([^"]+)"/.exec(JSON.stringify(overview))?.[1] ?? '';
  const recordings: Record<string, Recording> = {};
  for (const tool of tools(score)) {
    const steps = await runTool(tool, broker, '', undefined, score);
    recordings[tool.name] = { version: tool.version, rabbitmq, steps };
  }
  writeFileSync(recordedPath, `${JSON.stringify(recordings, undefined, 1)}\n`);
}

async function compare(only: string, score: Score): Promise<void> {
  const recordings: Record<string, Recording> = JSON.parse(readFileSync(recordedPath, 'utf8'));
  const { broker, stop } = await startLeveret();
  try {
    for (const tool of tools(score)) {
      await runTool(tool, broker, only, recordings[tool.name], score);
    }
  } finally {
    await stop();
  }
}

const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean' }, only: { type: 'string' } },
  allowPositionals: true,
});
const score = new Score();
const [amqp = '', management = ''] = positionals;
try {
  if (values.record === true) await record({ amqp, management }, score);
  else await compare(values.only ?? '', score);
} catch (error) {
  score.tell(false, error instanceof Error ? String(error.stack) : String(error));
}
process.stdout.write(`${score.passed} passed, ${score.failed} failed\n`);
process.exit(score.failed === 0 && score.passed > 0 ? 0 : 1);
