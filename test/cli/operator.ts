// Somebody at a terminal with a broker in the same process.
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { operate } from '../../src/cli/operate.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { RealClock } from '../../src/kit/clock.ts';
import {
  type BrokerSettings,
  type EmbeddedBroker,
  startBroker,
} from '../../src/server/embedded.ts';

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

export interface OperatorOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What standard input holds. */
  readonly input?: string;
  /** By their paths; what is written is found here too. */
  readonly files?: Map<string, string>;
  readonly isRead?: Partial<Terminal['isRead']>;
}

/** Does what a command line says, without a node that is known. */
export async function leveret(
  args: readonly string[],
  options: OperatorOptions = {},
): Promise<Ended> {
  const { environment = {}, input = '', files = new Map<string, string>() } = options;
  const written = { out: '', complaint: '' };
  const terminal: Terminal = {
    environment,
    home: '/home/ops',
    clock: new RealClock(),
    isRead: { output: false, error: false, ...options.isRead },
    write: (text) => {
      written.out += text;
    },
    complain: (text) => {
      written.complaint += text;
    },
    readInput: async () => Buffer.from(input),
    readSecret: async () => input.split('\n', 1)[0] ?? '',
    readFile: (path) => {
      const text = files.get(path);
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return Buffer.from(text);
    },
    writeFile: (path, text) => {
      files.set(path, text);
    },
  };
  try {
    const command = await parseCommandLine(args, async () => '1.2.3');
    if (command.name === 'show') return { code: 0, out: `${command.text}\n`, complaint: '' };
    if (command.name !== 'operate') throw new Error(`not for a node: ${command.name}`);
    const code = await operate(command.named, terminal);
    return { code, ...written };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 64, out: '', complaint: `leveret: ${error.message}\n` };
  }
}

/** A broker and somebody who operates it. */
export class Operator {
  readonly broker: EmbeddedBroker;
  readonly url: string;

  constructor(broker: EmbeddedBroker) {
    this.broker = broker;
    this.url = `http://127.0.0.1:${broker.managementPort}`;
  }

  static async start(settings: BrokerSettings = {}): Promise<Operator> {
    return new Operator(await startBroker({ managementPort: 0, ...settings }));
  }

  /** Host and port, as commands name the node. */
  get where(): string {
    return `127.0.0.1:${this.broker.managementPort}`;
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.with({}, ...args);
  }

  with(options: OperatorOptions, ...args: readonly string[]): Promise<Ended> {
    const environment = { LEVERET_URL: this.url, ...options.environment };
    return leveret(args, { ...options, environment });
  }

  /** Standard output of a command that ends well and complains of nothing. */
  async out(...args: readonly string[]): Promise<string> {
    const { code, out, complaint } = await this.run(...args);
    if (code !== 0 || complaint !== '') {
      throw new Error(`leveret ${args.join(' ')}: ${code} ${complaint}`);
    }
    return out;
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

/** What a command that ends well prints. */
export function done(...lines: readonly string[]): Ended {
  return { code: 0, out: lines.map((line) => `${line}\n`).join(''), complaint: '' };
}

/** How a command ends that has printed these lines before it failed. */
export function failed(code: number, message: string, ...lines: readonly string[]): Ended {
  const out = lines.map((line) => `${line}\n`).join('');
  return { code, out, complaint: `Error:\n${message}\n` };
}
