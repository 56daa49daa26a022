#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Config } from '../server/config.ts';
import { ConfigError } from '../server/config-error.ts';
import { parseCommandLine } from './command-line.ts';
import type { Named } from './operator-line.ts';
import { repair } from './repair.ts';
import { type Boot, explain, serve } from './start.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

// sysexits.h: the command was used incorrectly.
const EXIT_USAGE = 64;
const EXIT_FAILURE = 1;
// Definitions hold the hashes of passwords.
const OWNER_ONLY = 0o600;

const readText = (path: string): string => readFileSync(path, 'utf8');

function complain(text: string): void {
  process.stderr.write(`leveret: ${text}\n`);
}

// Here and below things are loaded where they are needed: a command that asks a node is done in the
// time that it would take to load one.

async function version(): Promise<string> {
  const { version: read } = await import('../server/version.ts');
  return read();
}

async function start(flags: Readonly<Record<string, unknown>>): Promise<number> {
  const [{ configPathOf }, { createLogger }] = await Promise.all([
    import('../server/config.ts'),
    import('../server/logger.ts'),
  ]);
  const config = await configure(flags);
  const configFile = configPathOf({ flags, environment: process.env });
  const format = process.stdout.isTTY ? 'plain' : 'json';
  const logger = createLogger(config.logLevel, format, (line) => process.stdout.write(line));
  try {
    const { startServer } = await import('../server/boot.ts');
    const configFiles = configFile === undefined ? [] : [configFile];
    const boot: Boot = (...built) => startServer(...built, { configFiles });
    await serve(boot, config, logger, process, () => process.exit(EXIT_FAILURE));
    return 0;
  } catch (error) {
    logger.debug({ err: error }, 'Server did not start');
    complain(explain(error, config));
    return EXIT_FAILURE;
  }
}

async function mend(options: { readonly dataDir: string; readonly yes: boolean }): Promise<number> {
  try {
    const { openRepair } = await import('../server/repair.ts');
    const say = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    return (await repair(openRepair, options, say)) ? 0 : EXIT_FAILURE;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return EXIT_FAILURE;
  }
}

async function operateOn(named: Named): Promise<number> {
  const [{ operate }, { readSecret }, { RealClock }] = await Promise.all([
    import('./operate.ts'),
    import('./secret.ts'),
    import('../kit/clock.ts'),
  ]);
  const { stdin, stdout, stderr, env: environment } = process;
  // Whoever reads may have seen enough: `leveret list_queues | head`.
  stdout.on('error', () => process.exit(EXIT_FAILURE));
  const terminal: Terminal = {
    environment,
    home: homedir(),
    clock: new RealClock(),
    isRead: { output: stdout.isTTY === true, error: stderr.isTTY === true },
    write: (text) => stdout.write(text),
    complain: (text) => stderr.write(text),
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    readSecret: (question) => readSecret(stdin, stderr, question),
    readFile: (path) => readFileSync(path),
    writeFile: (path, text) => writeFileSync(path, text, { mode: OWNER_ONLY }),
  };
  const code = await operate(named, terminal);
  // A pipe may not have taken all of it yet.
  await new Promise<void>((done) => stdout.write('', () => done()));
  return code;
}

async function configure(flags: Readonly<Record<string, unknown>>): Promise<Config> {
  const [{ loadConfig }, { defaultDataDir }] = await Promise.all([
    import('../server/config.ts'),
    import('../server/data-directory.ts'),
  ]);
  const { env: environment, platform } = process;
  const isRoot = process.getuid?.() === 0;
  const dataDir = defaultDataDir({ platform, isRoot, folder: homedir(), environment });
  return loadConfig({ flags, environment, readText, dataDir });
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const command = await parseCommandLine(args, version);
    if (command.name === 'show') {
      process.stdout.write(`${command.text}\n`);
      return 0;
    }
    if (command.name === 'repair') return await mend(command);
    if (command.name === 'operate') return await operateOn(command.named);
    return await start(command.flags);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    complain(error.message);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

process.exit(await run(process.argv.slice(2)));
