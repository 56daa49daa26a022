// Which classes of the client's tests are run, and how.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const TESTS = 'src/test/java/com/rabbitmq/client/test';
const PACKAGE = 'com.rabbitmq.client.test';

/** Of the client itself, those that talk to a broker. */
const CLIENT = [
  'AMQBuilderApiTest',
  'Bug20004Test',
  'ChannelAsyncCompletableFutureTest',
  'ChannelRpcTimeoutIntegrationTest',
  'CloseInMainLoop',
  'JavaNioTest',
  'LambdaCallbackTest',
  'MultiThreadedChannel',
  'RpcTest',
  'SharedThreadPoolTest',
];

/** Lists of classes, what needs a second node, no broker at all, or a machine with nothing else to do. */
const LEFT_OUT = new Set([
  'FunctionalTests',
  'ServerTests',
  'SSLTests',
  'HATests',
  'Bug19219Test',
  // It looks for the broker at the machine's own address.
  'LoopbackUsers',
  'ConnectionFactoryDefaultTlsVersion',
]);

/** It waits for five seconds in each of its tests, so it is run in halves, and others beside it. */
const SLOW = `${PACKAGE}.functional.ConnectionRecovery`;

/** They call rabbitmqctl a hundred times each. */
const COMMANDS = [`${PACKAGE}.functional.Policies`, `${PACKAGE}.server.Permissions`];

/** Of these classes not all tests: a name of theirs is a word that does not stand in this repository. */
const PARTS = new Map([
  [`${PACKAGE}.functional.DirectReplyTo`, 'roundTrip,consumeFail,consumeSuccess'],
]);

/** What stops the broker, has it refuse messages, or changes its settings. */
const DISTURBANCE =
  /\b(?:restart|bareRestart|restartPrimary\w*|block|invokeMakeTarget|setResourceAlarm)\(|"eval /;

export interface Classes {
  /** Classes, or CLASS#METHODS, or CLASS!METHODS for all others; each group in a process of its own. */
  readonly calm: readonly (readonly string[])[];
  /** To be run when nobody else is. */
  readonly disturbing: readonly string[];
}

interface Source {
  readonly name: string;
  readonly parent: string | undefined;
  readonly abstract: boolean;
  readonly hasTests: boolean;
  readonly disturbs: boolean;
  /** Uses an exchange that SLOW expects to have for itself. */
  readonly fansOut: boolean;
}

async function sourcesIn(folder: string, prefix: string): Promise<Source[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.java')).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      return {
        name: `${prefix}.${file.replace('.java', '')}`,
        parent: /class \w+\s+extends (\w+)/.exec(text)?.[1],
        abstract: /\babstract class /.test(text),
        hasTests: text.includes('@Test'),
        disturbs: DISTURBANCE.test(text),
        fansOut: text.includes('"amq.fanout"'),
      };
    }),
  );
}

const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** The tests of a class in their order, and which of them disturb others. */
async function methodsOf(file: string): Promise<Record<'calm' | 'disturbing', readonly string[]>> {
  const [, ...parts] = (await readFile(file, 'utf8')).split('@Test');
  const methods = parts.flatMap((text) => {
    // Up to the first method that is no test: helpers follow the tests.
    const own = text.split(/\n {4}(?:private|protected|public static) /)[0] ?? '';
    const name = /public void (\w+)/.exec(own)?.[1];
    return name === undefined ? [] : [{ name, disturbs: DISTURBANCE.test(own) }];
  });
  const names = (disturbing: boolean): string[] =>
    methods.filter(({ disturbs }) => disturbs === disturbing).map(({ name }) => name);
  return { calm: names(false), disturbing: names(true) };
}

function partly(name: string): string {
  const methods = PARTS.get(name);
  return methods === undefined ? name : `${name}#${methods}`;
}

/** @param source the unpacked source of the client */
export async function classesIn(source: string): Promise<Classes> {
  const tests = join(source, TESTS);
  const client = await sourcesIn(tests, PACKAGE);
  const parts = ['functional', 'server', 'ssl'];
  const others = await Promise.all(
    parts.map((part) => sourcesIn(join(tests, part), `${PACKAGE}.${part}`)),
  );
  const byName = new Map(others.flat().map((each) => [shortName(each.name), each]));
  const inherits = (what: 'disturbs' | 'hasTests', each: Source | undefined): boolean =>
    each !== undefined && (each[what] || inherits(what, byName.get(each.parent ?? '')));
  const wanted = [
    ...client.filter(({ name }) => CLIENT.includes(shortName(name))),
    ...others.flat().filter((each) => !each.abstract && !LEFT_OUT.has(shortName(each.name))),
  ].filter((each) => each.name !== SLOW && inherits('hasTests', each));
  const names = (of: readonly Source[]): string[] => of.map(({ name }) => name);
  const slow = await methodsOf(join(tests, 'functional/ConnectionRecovery.java'));
  // Neighbours share names of queues and exchanges; those far from each other do not.
  const half = slow.calm.slice(0, slow.calm.length / 2).join(',');
  const disturbances = slow.disturbing.join(',');
  const calm = wanted.filter((each) => !inherits('disturbs', each));
  const disturbing = wanted.filter((each) => inherits('disturbs', each));
  const quick = calm.filter(({ name }) => !COMMANDS.includes(name));
  return {
    calm: [
      [`${SLOW}#${half}`],
      [`${SLOW}!${half},${disturbances}`, ...names(quick.filter(({ fansOut }) => fansOut))],
      COMMANDS,
      names(quick.filter(({ fansOut }) => !fansOut)).map(partly),
    ],
    disturbing: [`${SLOW}#${disturbances}`, ...names(disturbing)],
  };
}

/** Of the classes nothing but these tests. */
export function narrowed(classes: Classes, tests: readonly string[]): Classes {
  const entries = tests.map((test) => `${PACKAGE}.${test.replace('::', '#')}`);
  const isDisturbing = (entry: string): boolean => {
    const [name = '', method = ''] = entry.split('#');
    return classes.disturbing.some((each) => {
      const [other, methods] = each.split('#');
      return other === name && (methods === undefined || methods.split(',').includes(method));
    });
  };
  return {
    calm: [entries.filter((entry) => !isDisturbing(entry))],
    disturbing: entries.filter(isDisturbing),
  };
}

/** A test's name in the score: without the package that all of them are in. */
export function testName(className: string, method: string): string {
  return `${className.replace(`${PACKAGE}.`, '')}::${method}`;
}
