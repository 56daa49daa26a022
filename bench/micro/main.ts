/** `npm run bench:micro`: the micro-benchmarks, all of them or those named. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Suite, time } from '../kit/timing.ts';
import { figure } from '../report.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const EX_USAGE = 64;

/** The names of the suites: every file of this folder but this one. */
function suiteNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts') && file !== 'main.ts');
  return files.map((file) => file.slice(0, -'.ts'.length)).sort();
}

const known = suiteNames();
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown === undefined) {
  for (const name of wanted.length > 0 ? wanted : known) {
    const { suite }: { readonly suite: Suite } = await import(`./${name}.ts`);
    process.stdout.write(`${name}\n`);
    for (const one of suite.cases) {
      const { bestNs, medianNs } = time(one);
      const best = figure(bestNs).padStart(8);
      process.stdout.write(`  ${best} ns (median ${figure(medianNs)})  ${one.name}\n`);
    }
  }
} else {
  process.stderr.write(`no micro-benchmark ${unknown}; there are ${known.join(', ')}\n`);
  process.exitCode = EX_USAGE;
}
