import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differences } from './differences.ts';
import { difference, withDifferences } from './kit/compare.ts';
import { type Surroundings, startLeveret, useBroker } from './kit/surroundings.ts';
import { runTutorials } from './tutorials.ts';

const here = import.meta.dirname;
const root = join(here, '../../..');
const DEADLINE_MS = 30_000;
const OLD_AMQPLIB_VERSIONS = ['0.8.0', '0.10.3'];

interface Program {
  /** The transcript's name; the program's, but for one that runs with several clients. */
  readonly name: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
}

function installOld(version: string): string {
  const folder = mkdtempSync(join(tmpdir(), `amqplib-${version}-`));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', `amqplib@${version}`],
    { cwd: folder, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`cannot install amqplib ${version}: ${stderr}`);
  return folder;
}

/** What a program needs to know beside the URL, or undefined when it cannot run here. */
function environment(name: string, where: Surroundings): Record<string, string> | undefined {
  const { restrictedUrl, alarmedUrl, shutdown } = where;
  switch (name) {
    case 'amqplib.access':
      return restrictedUrl === undefined ? undefined : { RESTRICTED_AMQP_URL: restrictedUrl };
    case 'clients.alarm':
      return alarmedUrl === undefined ? undefined : { ALARMED_AMQP_URL: alarmedUrl };
    case 'clients.shutdown':
      return shutdown === undefined
        ? undefined
        : { SHUTDOWN_AMQP_URL: shutdown.url, SHUTDOWN_COMMAND: shutdown.command };
    default:
      return {};
  }
}

function programs(only: string, where: Surroundings): Program[] {
  const result: Program[] = [];
  for (const file of readdirSync(here).sort()) {
    if (!/^(amqplib|clients|manager|rabbitmq|cloudamqp)\.[\w-]+\.ts$/.test(file)) continue;
    const name = file.slice(0, -3);
    if (!name.includes(only)) continue;
    if (name !== 'amqplib.old') {
      const needs = environment(name, where);
      if (needs === undefined) process.stdout.write(`left out: ${name}, its broker is not here\n`);
      else result.push({ name, file, environment: needs });
      continue;
    }
    for (const version of OLD_AMQPLIB_VERSIONS) {
      result.push({
        name: `${name}-${version}`,
        file,
        environment: { OLD_AMQPLIB: installOld(version) },
      });
    }
  }
  return result;
}

/** Runs one program; its transcript. */
function run(program: Program, url: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(here, program.file)], {
      cwd: root,
      env: { ...process.env, ...program.environment, AMQP_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const timer = setTimeout(() => {
      output += `# not done after ${DEADLINE_MS / 1000} seconds\n`;
      child.kill('SIGKILL');
    }, DEADLINE_MS);
    child.on('close', () => {
      clearTimeout(timer);
      if (complaints !== '') process.stderr.write(complaints);
      resolve(output);
    });
  });
}

const lines = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** What differs from the golden transcript; nothing is best. */
function judge(program: Program, transcript: string): string[] {
  const path = join(here, `${program.name}.transcript.txt`);
  if (!existsSync(path)) return ['  no golden transcript; record one'];
  const golden = lines(readFileSync(path, 'utf8'));
  const found = lines(transcript);
  const plain = difference(golden, found);
  if (plain.length === 0) return [];
  const meant = differences.filter((one) => `${one.program}.ts` === program.file);
  if (meant.length === 0) return plain;
  return difference(withDifferences(golden, meant), found);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { record: { type: 'boolean' }, only: { type: 'string' } },
    allowPositionals: true,
  });
  const given = positionals[0];
  const where = given === undefined ? await startLeveret(root) : await useBroker(given);
  let passed = 0;
  let failed = 0;
  const verdict = (name: string, problems: readonly string[], milliseconds: number): void => {
    if (problems.length === 0) passed++;
    else failed++;
    const word = problems.length === 0 ? 'ok  ' : 'FAIL';
    process.stdout.write(`${word} ${name} (${(milliseconds / 1000).toFixed(1)} s)\n`);
    for (const line of problems) process.stdout.write(`${line}\n`);
  };
  for (const program of programs(values.only ?? '', where)) {
    const started = Date.now();
    const transcript = await run(program, where.url);
    if (values.record === true) {
      writeFileSync(join(here, `${program.name}.transcript.txt`), transcript);
    }
    const problems = judge(program, transcript);
    const problem = where.problem();
    if (problem !== undefined) problems.push(`  ${problem}`);
    verdict(program.name, problems, Date.now() - started);
  }
  if ('tutorials'.includes(values.only ?? '')) {
    for (const { name, problems, milliseconds } of await runTutorials(where.url)) {
      verdict(`tutorial ${name}`, problems, milliseconds);
    }
  }
  await where.close();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
