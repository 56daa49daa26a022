#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { type Config, ConfigError, loadConfig } from '../server/config.ts';
import { defaultDataDir } from '../server/data-directory.ts';
import { createLogger } from '../server/logger.ts';
import { version } from '../server/version.ts';
import { parseCommandLine, UsageError } from './command-line.ts';
import { repair } from './repair.ts';
import { explain, serve } from './start.ts';

// sysexits.h: the command was used incorrectly.
const EXIT_USAGE = 64;
const EXIT_FAILURE = 1;

const readText = (path: string): string => readFileSync(path, 'utf8');

function complain(text: string): void {
  process.stderr.write(`leveret: ${text}\n`);
}

async function start(config: Config): Promise<number> {
  const format = process.stdout.isTTY ? 'plain' : 'json';
  const logger = createLogger(config.logLevel, format, (line) => process.stdout.write(line));
  try {
    // Loaded here, so that help and complaints need not wait for the broker.
    const { startServer } = await import('../server/boot.ts');
    await serve(startServer, config, logger, process, () => process.exit(EXIT_FAILURE));
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

function configure(flags: Readonly<Record<string, unknown>>): Config {
  const { env: environment, platform } = process;
  const isRoot = process.getuid?.() === 0;
  const dataDir = defaultDataDir({ platform, isRoot, folder: homedir(), environment });
  return loadConfig({ flags, environment, readText, dataDir });
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const command = await parseCommandLine(args, version());
    if (command.name === 'show') {
      process.stdout.write(`${command.text}\n`);
      return 0;
    }
    if (command.name === 'repair') return await mend(command);
    return await start(configure(command.flags));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    complain(error.message);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

process.exit(await run(process.argv.slice(2)));
