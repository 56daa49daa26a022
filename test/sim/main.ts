// Runs the simulation of the log on a disk that fails: npm run sim -- --seed 1 --seeds 10000
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { addUp, nothingYet, type Summary, simulate } from './simulation.ts';

/** What a process tells of its part. */
interface Part {
  readonly summary: Summary;
  readonly failed: readonly number[];
}

// What a life holds of the message memory when the power goes is never given back.
const SEEDS_PER_PROCESS = 200;

const { seed, seeds, jobs, trace, stop } = await yargs(process.argv.slice(2))
  .scriptName('npm run sim --')
  .option('seed', { type: 'number', default: 1, describe: 'the first seed' })
  .option('seeds', { type: 'number', default: 1, describe: 'how many seeds' })
  .option('jobs', { type: 'number', default: 1, describe: 'how many processes at once' })
  .option('trace', { type: 'boolean', default: false, describe: 'print every step' })
  .option('stop', { type: 'boolean', default: false, describe: 'stop at the first failure' })
  .strict()
  .parseAsync();

const began = performance.now();
const failed: number[] = [];
let summary = nothingYet;

if (seeds <= SEEDS_PER_PROCESS) await runHere(seed, seeds);
else await runElsewhere();

if (process.send === undefined) {
  const { lives, records, faults } = summary;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${seeds} seeds: ${lives} lives, ${records} records, ${faults} faults, ${seconds} s`);
  if (failed.length > 0) console.log(`failed: ${failed.join(' ')}`);
} else {
  process.send({ summary, failed } satisfies Part);
  process.disconnect();
}
process.exitCode = failed.length > 0 ? 1 : 0;

async function runHere(first: number, count: number): Promise<void> {
  for (let one = first; one < first + count; one++) {
    if (stop && failed.length > 0) return;
    try {
      summary = addUp(
        summary,
        await simulate(one, trace ? (line) => console.log(line) : undefined),
      );
    } catch (error) {
      failed.push(one);
      console.log(error instanceof Error ? error.message : error);
    }
  }
}

async function runElsewhere(): Promise<void> {
  let next = seed;
  let done = 0;
  const end = seed + seeds;
  const worker = async (): Promise<void> => {
    while (next < end && !(stop && failed.length > 0)) {
      const first = next;
      const last = Math.min(end, first + SEEDS_PER_PROCESS);
      next = last;
      const part = await runPart(first, last - first);
      summary = addUp(summary, part.summary);
      failed.push(...part.failed);
      done += last - first;
      console.log(`${done} of ${seeds} seeds, ${failed.length} failed`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

function runPart(first: number, count: number): Promise<Part> {
  return new Promise((resolve, reject) => {
    const options = ['--seed', `${first}`, '--seeds', `${count}`, trace ? '--trace' : '--no-trace'];
    const child = fork(fileURLToPath(import.meta.url), [...options, stop ? '--stop' : '--no-stop']);
    let part: Part | undefined;
    child.on('message', (told: Part) => {
      part = told;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (part === undefined) reject(new Error(`seeds from ${first} on ended with ${code}`));
      else resolve(part);
    });
  });
}
