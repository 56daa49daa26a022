/** The six tutorials, each program a process of its own, and what they must print. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { connect } from 'amqplib';

const folder = join(import.meta.dirname, 'tutorials');
const DEADLINE_MS = 10_000;

export interface Outcome {
  readonly name: string;
  readonly problems: readonly string[];
  readonly milliseconds: number;
}

/** A tutorial program that runs. */
class Running {
  output = '';
  complaints = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #name: string;

  constructor(url: string, program: string, args: readonly string[]) {
    this.#name = [program, ...args].join(' ');
    const child = spawn(process.execPath, [join(folder, `${program}.mjs`), ...args], {
      env: { ...process.env, AMQP_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaints += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.on('close', resolve);
    });
  }

  /** Waits until the output has so many lines with the text. */
  async printed(text: string, times = 1): Promise<void> {
    const end = Date.now() + DEADLINE_MS;
    while (this.output.split(text).length - 1 < times) {
      if (Date.now() > end || this.#child.exitCode !== null) {
        this.#child.kill('SIGKILL');
        const missed = `${this.#name} did not print ${times} × "${text}"`;
        throw new Error(`${missed} but:\n${this.output}${this.complaints}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
  }

  /** Waits for its own end, which must be a good one. */
  async done(): Promise<string> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), DEADLINE_MS);
    const code = await this.#ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${this.#name} ended with ${code}: ${this.complaints}`);
    return this.output;
  }

  /** CTRL+C; the program closes its connection and ends by itself. */
  async interrupt(): Promise<string> {
    this.#child.kill('SIGINT');
    return this.done();
  }

  /** Ends it at once, as a crash does. */
  async crash(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

type Start = (program: string, ...args: string[]) => Running;

function equal(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what}: expected\n${expected}but found\n${found}`);
}

const bodyLines = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.startsWith(' [x]'))
    .sort()
    .join('\n');

async function hello(start: Start): Promise<void> {
  const sent = await start('send').done();
  equal('send', sent, " [x] Sent 'Hello World!'\n");
  const receiver = start('receive');
  await receiver.printed("Received 'Hello World!'");
  await start('send').done();
  await receiver.printed("Received 'Hello World!'", 2);
  const twice = " [x] Received 'Hello World!'\n [x] Received 'Hello World!'";
  equal('receive', bodyLines(await receiver.interrupt()), twice);
}

async function workQueue(start: Start): Promise<void> {
  const one = start('worker');
  const two = start('worker');
  await one.printed('Waiting');
  await two.printed('Waiting');
  for (const task of ['first.', 'second..', 'third.', 'fourth..']) {
    await start('new_task', task).done();
  }
  const end = Date.now() + DEADLINE_MS;
  const done = () => (one.output + two.output).split('Done').length - 1;
  while (done() < 4 && Date.now() < end) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  if (!one.output.includes('Done') || !two.output.includes('Done')) {
    throw new Error(`the work was not shared:\n${one.output}\n${two.output}`);
  }
  await two.interrupt();
  await start('new_task', `long${'.'.repeat(50)}`).done();
  await one.printed("Received 'long");
  await one.crash();
  const heir = start('worker');
  await heir.printed("Received 'long");
  await heir.crash();
  const last = start('worker');
  await last.printed("Received 'long");
  await last.crash();
}

async function publishSubscribe(start: Start): Promise<void> {
  const one = start('receive_logs');
  const two = start('receive_logs');
  await one.printed('Waiting');
  await two.printed('Waiting');
  await start('emit_log').done();
  await start('emit_log', 'warning:', 'something', 'odd').done();
  for (const receiver of [one, two]) {
    await receiver.printed('something odd');
    const expected = ' [x] info: Hello World!\n [x] warning: something odd';
    equal('receive_logs', bodyLines(await receiver.interrupt()), expected);
  }
}

async function routing(start: Start): Promise<void> {
  const errors = start('receive_logs_direct', 'error');
  const all = start('receive_logs_direct', 'info', 'warning', 'error');
  await errors.printed('Waiting');
  await all.printed('Waiting');
  await start('emit_log_direct', 'info', 'all is well').done();
  await start('emit_log_direct', 'error', 'run').done();
  await all.printed("error:'run'");
  await errors.printed("error:'run'");
  equal('errors', bodyLines(await errors.interrupt()), " [x] error:'run'");
  const expected = " [x] error:'run'\n [x] info:'all is well'";
  equal('all', bodyLines(await all.interrupt()), expected);
}

async function topics(start: Start): Promise<void> {
  const all = start('receive_logs_topic', '#');
  const kernel = start('receive_logs_topic', 'kern.*');
  const both = start('receive_logs_topic', 'kern.*', '*.critical');
  for (const receiver of [all, kernel, both]) await receiver.printed('Waiting');
  for (const key of ['kern.critical', 'cron.critical', 'kern.info', 'cron.info']) {
    await start('emit_log_topic', key, 'text').done();
  }
  await all.printed("'text'", 4);
  await kernel.printed("'text'", 2);
  await both.printed("'text'", 3);
  const shown = (...keys: string[]) => keys.map((key) => ` [x] ${key}:'text'`).join('\n');
  equal(
    '#',
    bodyLines(await all.interrupt()),
    shown('cron.critical', 'cron.info', 'kern.critical', 'kern.info'),
  );
  equal('kern.*', bodyLines(await kernel.interrupt()), shown('kern.critical', 'kern.info'));
  equal(
    'both',
    bodyLines(await both.interrupt()),
    shown('cron.critical', 'kern.critical', 'kern.info'),
  );
}

async function remoteCalls(start: Start): Promise<void> {
  const server = start('rpc_server');
  await server.printed('Awaiting');
  equal('fib(30)', await start('rpc_client').done(), ' [x] Requesting fib(30)\n [.] Got 832040\n');
  const both = await Promise.all([
    start('rpc_client', '4').done(),
    start('rpc_client', '10').done(),
  ]);
  equal('fib(4)', both[0], ' [x] Requesting fib(4)\n [.] Got 3\n');
  equal('fib(10)', both[1], ' [x] Requesting fib(10)\n [.] Got 55\n');
  await server.interrupt();
}

const tutorials: Readonly<Record<string, (start: Start) => Promise<void>>> = {
  'hello world': hello,
  'work queues': workQueue,
  'publish/subscribe': publishSubscribe,
  routing,
  topics,
  'remote procedure call': remoteCalls,
};

/** Removes what an earlier run left, so that every run finds the same. */
async function cleanUp(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of ['hello', 'task_queue', 'rpc_queue']) await channel.deleteQueue(queue);
  for (const exchange of ['logs', 'direct_logs', 'topic_logs']) {
    await channel.deleteExchange(exchange);
  }
  await connection.close();
}

/** Runs all six, one after the other. */
export async function runTutorials(url: string): Promise<Outcome[]> {
  await cleanUp(url);
  const outcomes: Outcome[] = [];
  for (const [name, tutorial] of Object.entries(tutorials)) {
    const started = Date.now();
    const running: Running[] = [];
    const problems: string[] = [];
    try {
      await tutorial((program, ...args) => {
        const one = new Running(url, program, args);
        running.push(one);
        return one;
      });
    } catch (error) {
      problems.push(`  ${error instanceof Error ? error.message : String(error)}`);
    }
    await Promise.all(running.map((one) => one.crash()));
    outcomes.push({ name, problems, milliseconds: Date.now() - started });
  }
  await cleanUp(url);
  return outcomes;
}
