/** Runs many scripts on two brokers, and finds the small ones that they differ in. */

import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { explanation, lineViewFor, viewFor } from './explained.ts';
import { LockStep, type LockStepOptions, type Verdict } from './lock-step.ts';
import { scriptArbitrary } from './script.ts';
import { shrink } from './shrink.ts';
import { Side } from './side.ts';
import type { Script } from './steps.ts';
import { storyOf } from './story.ts';

/** Where a broker listens, and what it is called in what is told. */
export interface Address {
  readonly name: string;
  readonly url: string;
}

export interface CampaignOptions {
  /** The broker under test, and the one that it is compared with. */
  readonly brokers: readonly [Address, Address];
  /** The version of the other broker. */
  readonly version: string;
  readonly jobs: number;
  /** How long the brokers may take to agree on a step, in milliseconds. */
  readonly patienceMs: number;
  /** How long a script that shows a difference may be made smaller, in milliseconds. */
  readonly shrinkMs: number;
  say(line: string): void;
}

export interface Finding {
  readonly label: string;
  readonly script: Script;
  readonly story: string;
}

export interface Report {
  readonly passed: number;
  /** Scripts that the other broker answers now so, now otherwise, and once as the tested one. */
  readonly varying: readonly Finding[];
  /** Scripts that end early, by what explains it. */
  readonly explained: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
}

/** How often a script is run again that has shown a difference. */
const AGAIN = 4;
const PAUSE_MS = 20;

export const scriptOf = (seed: number, number: number): Script => {
  const [script] = fc.sample(scriptArbitrary, { seed: seed * 1_000_003 + number, numRuns: 1 });
  return script ?? [];
};

class Worker {
  readonly #sides: readonly [Side, Side];
  readonly #options: CampaignOptions;
  readonly #name: string;
  readonly #views: Pick<LockStepOptions, 'view' | 'lineView'>;
  #runs = 0;

  constructor(name: string, options: CampaignOptions) {
    const [tested, other] = options.brokers;
    this.#sides = [new Side(tested.name, tested.url), new Side(other.name, other.url)];
    this.#options = options;
    this.#name = name;
    const { version } = options;
    this.#views = { view: viewFor(version), lineView: lineViewFor(version) };
  }

  run(script: Script, patienceMs = this.#options.patienceMs): Promise<Verdict> {
    this.#runs += 1;
    const prefix = `${this.#name}.${this.#runs}.`;
    return new LockStep(this.#sides, prefix, { ...this.#views, patienceMs }).run(script);
  }

  /**
   * The other broker may do this or that, and is asked several times; the tested one has chosen.
   * @returns undefined when they once did the same and the tested one did as before
   */
  async confirmed(script: Script, first: Verdict): Promise<Verdict | undefined> {
    let last = first;
    for (let at = 0; at < AGAIN; at++) {
      await sleep(PAUSE_MS * at);
      const again = await this.run(script);
      if (again.difference === undefined) return undefined;
      last = again;
    }
    return last;
  }

  async finding(label: string, script: Script): Promise<Finding | undefined> {
    const deadline = performance.now() + this.#options.shrinkMs;
    const patienceMs = this.#options.patienceMs / 2;
    const { version } = this.#options;
    const shows = async (smaller: Script): Promise<boolean> => {
      for (let at = 0; at < 2; at++) {
        const { difference } = await this.run(smaller, patienceMs);
        // What is explained is not what this script was found for.
        if (difference === undefined || explanation(smaller, difference, version)) return false;
      }
      return true;
    };
    const small = await shrink(script, { shows, deadline });
    let { difference } = await this.run(small);
    let shown = small;
    if (difference === undefined) {
      ({ difference } = await this.run(script));
      shown = script;
    }
    if (difference === undefined) return undefined;
    const names = this.#options.brokers.map(({ name }) => name);
    return { label, script: shown, story: storyOf(shown, difference, names) };
  }

  close(): Promise<unknown> {
    return Promise.all(this.#sides.map((side) => side.close()));
  }
}

/** @param scripts what to run, each with what to call it */
export async function runCampaign(
  scripts: Iterable<readonly [label: string, script: Script]>,
  options: CampaignOptions,
): Promise<Report> {
  const run = `${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`;
  const queue = scripts[Symbol.iterator]();
  const names = options.brokers.map(({ name }) => name);
  const varying: Finding[] = [];
  const findings: Finding[] = [];
  const explained = new Map<string, readonly string[]>();
  let passed = 0;
  const work = async (_: unknown, index: number): Promise<void> => {
    const worker = new Worker(`d${run}w${index}`, options);
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const [label, script] = next.value;
      const first = await worker.run(script);
      const confirmed = first.difference && (await worker.confirmed(script, first));
      const known =
        confirmed?.difference && explanation(script, confirmed.difference, options.version);
      if (known !== undefined) {
        explained.set(known.what, [...(explained.get(known.what) ?? []), label]);
        passed += 1;
        continue;
      }
      const finding = confirmed && (await worker.finding(label, script));
      if (finding !== undefined) {
        findings.push(finding);
        options.say(`\nscript ${label} differs:\n${finding.story}`);
        continue;
      }
      passed += 1;
      if (first.difference === undefined) continue;
      varying.push({ label, script, story: storyOf(script, first.difference, names) });
    }
    await worker.close();
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return { passed, varying, explained, findings };
}
