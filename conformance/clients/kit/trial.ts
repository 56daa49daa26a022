// One suite against a broker of its own, with a second try for what failed.

import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startLeveret } from './leveret.ts';
import { isOwnSuite } from './own-suite.ts';
import { SuitePlace } from './place.ts';
import { startRabbitMq } from './rabbitmq.ts';
import { scoreAsObject } from './recorded.ts';
import type { StartedBroker } from './started.ts';
import type { Outcome, Score, Suite, TestedBroker } from './suite.ts';
import { turns } from './turns.ts';

/** Up to so many failed tests are tried again each on its own, more of them all together. */
const ALONE_MAX = 10;

/** A suite and where it was found. */
export interface FoundSuite {
  readonly suite: Suite;
  /** Folder of its suite.ts. */
  readonly here: string;
  /** Name of that folder. */
  readonly client: string;
}

export interface TrialOptions {
  readonly product: TestedBroker['product'];
  readonly only: readonly string[] | undefined;
  /** Leaves the working folder where it is. */
  readonly keep: boolean;
  /** Folder for scores and logs. */
  readonly results: string;
  /** Whether a test that did not pass deserves a second try. */
  retry(score: Score): readonly string[];
}

export interface Trial {
  readonly score: Score;
  /** Tests that passed when they were run again. */
  readonly secondTry: readonly string[];
  /** Such as `RabbitMQ 3.10.8`. */
  readonly broker: string;
  /** Without the installation. */
  readonly seconds: number;
  readonly installSeconds: number;
  /** What all commands have said. */
  readonly log: string;
  /** Why there is no score, or not a whole one. */
  readonly problem: string | undefined;
}

class Attempt {
  readonly #found: FoundSuite;
  readonly #place: SuitePlace;
  readonly #options: TrialOptions;
  #brokers = 0;
  version = '';
  problem: string | undefined;

  constructor(found: FoundSuite, place: SuitePlace, options: TrialOptions) {
    this.#found = found;
    this.#place = place;
    this.#options = options;
  }

  #start(): Promise<StartedBroker> {
    this.#brokers += 1;
    const name = `broker-${this.#brokers}`;
    const start = this.#options.product === 'leveret' ? startLeveret : startRabbitMq;
    return start(this.#place, this.#found.suite, name);
  }

  /** Runs all of it, or several of its tests one after the other, on a broker that is new. */
  async on(tries: readonly (readonly string[] | undefined)[]): Promise<Score> {
    const { suite } = this.#found;
    const score = new Map<string, Outcome>();
    const broker = await this.#start();
    this.version = broker.version;
    const end = Date.now() + suite.seconds * 1000;
    try {
      for (const only of tries) {
        const part = await this.#within(end, suite.run(this.#place, broker, only));
        for (const [name, outcome] of part ?? []) score.set(name, outcome);
        if (part === undefined) this.problem = `not done after ${suite.seconds} seconds`;
        if (part === undefined) break;
      }
      if (!broker.running) {
        this.problem = `${broker.product} has ended by itself`;
        await appendFile(this.#place.log, await readFile(broker.log, 'utf8'));
      }
    } finally {
      await broker.stop();
    }
    return score;
  }

  /** Ends what is run when its time is over; what comes of it then still counts. */
  async #within(end: number, running: Promise<Score>): Promise<Score | undefined> {
    const left = Math.max(0, end - Date.now());
    const timer = setTimeout(() => {
      this.problem = `not done after ${this.#found.suite.seconds} seconds`;
      this.#place.kill();
    }, left);
    const late = pause(left + 30_000, undefined, { ref: false });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const seconds = (since: number): number => Math.round((Date.now() - since) / 1000);

export async function tryOut(found: FoundSuite, options: TrialOptions): Promise<Trial> {
  const { suite, here, client } = found;
  await mkdir(options.results, { recursive: true });
  const log = join(options.results, `${suite.name}.${options.product}.log`);
  await rm(log, { force: true });
  const place = await SuitePlace.make(client, suite.name, here, log);
  const attempt = new Attempt(found, place, options);
  let score = new Map<string, Outcome>();
  const secondTry: string[] = [];
  let began = Date.now();
  let installSeconds = 0;
  let ranSeconds = 0;
  try {
    await turns.take(`install ${client}`, () => suite.install(place));
    installSeconds = seconds(began);
    began = Date.now();
    score = new Map(await attempt.on([options.only]));
    const again = attempt.problem === undefined ? options.retry(score) : [];
    if (again.length > 0) {
      const together = again.length > ALONE_MAX || isOwnSuite(suite);
      const tries = together ? [again] : again.map((name) => [name]);
      const second = await attempt.on(tries);
      for (const name of again) {
        if (second.get(name) !== 'passed') continue;
        score.set(name, 'passed');
        secondTry.push(name);
      }
    }
  } catch (error) {
    // What kept it from its end is worth more than what came of that.
    attempt.problem ??= textOf(error);
  } finally {
    ranSeconds = seconds(began);
    place.kill();
    if (!options.keep) await place.remove();
  }
  const broker = `RabbitMQ ${attempt.version}`;
  const result = { broker: options.product, seconds: ranSeconds, secondTry };
  await writeFile(
    join(options.results, `${suite.name}.${options.product}.json`),
    `${JSON.stringify({ suite: suite.name, ...result, tests: scoreAsObject(score) }, undefined, 1)}\n`,
  );
  const { problem } = attempt;
  return { score, secondTry, broker, seconds: ranSeconds, installSeconds, log, problem };
}
