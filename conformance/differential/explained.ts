/** Where the two brokers are meant to differ: what is taken out before they are compared, and why. */
import { TypedField } from '../kit/wire.ts';
import { contrastOf, deliveredOn, messageIn, readyIn, removedIn, unordered } from './contrast.ts';
import type { Headers, HeadersView, LineView } from './entry.ts';
import type { Difference } from './lock-step.ts';
import { type Script, type Step, shortTimeOf, tableOf } from './steps.ts';

export interface Explained {
  readonly what: string;
  readonly reason: string;
  /** The last RabbitMQ that differs so; absent where all do. */
  readonly upTo?: string;
  /** Takes it out of headers before they are compared. */
  readonly view?: HeadersView;
  /** Takes it out of a line of what a broker said. */
  readonly lineView?: LineView;
  /** Whether it is what makes this script differ, which cannot be taken out. */
  explains?(script: Script, difference: Difference): boolean;
}

function withoutLastDeath(headers: Headers): Headers {
  return new Map([...headers].filter(([name]) => !name.startsWith('x-last-death-')));
}

function withDeathsInOrder(headers: Headers): Headers {
  const deaths = headers.get('x-death');
  if (deaths?.type !== 'A') return headers;
  const key = ({ value }: TypedField): string =>
    value instanceof Map ? `${value.get('queue')?.value} ${value.get('reason')?.value}` : '';
  const ordered = [...(deaths.value as TypedField[])].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return new Map(headers).set('x-death', new TypedField('A', ordered));
}

function withoutZeroDeliveries(headers: Headers): Headers | undefined {
  if (Number(headers.get('x-delivery-count')?.value ?? 1) !== 0) return headers;
  const rest = new Map([...headers].filter(([name]) => name !== 'x-delivery-count'));
  return rest.size === 0 ? undefined : rest;
}

/** Messages with a time of their own came to a queue that lets some overtake, and fewer are left. */
function hastyAmongPriorities(script: Script, { at, said }: Difference): boolean {
  const before = script.slice(0, at + 1);
  const queues = new Set(
    before
      .filter((step) => tableOf(step)['x-max-priority'] !== undefined)
      .map((step) => (step.kind === 'method' ? step.args['queue'] : undefined)),
  );
  const isHasty = before.some(
    (step) => step.kind === 'publish' && step.properties.expiration !== undefined,
  );
  const { tested, other } = contrastOf({ at, said });
  const left = tested.flatMap((line) => readyIn(line) ?? []);
  return (
    isHasty &&
    left.some(({ queue, count }) =>
      other.some((line) => {
        const theirs = readyIn(line);
        return queues.has(queue) && theirs?.queue === queue && theirs.count > count;
      }),
    )
  );
}

const COUNTS = /^(~\w+): (\d+ ready), \d+ consumers$/;
const DECLARED = /(queue\.declare-ok, queue '([^']*)', messageCount \d+), consumerCount \d+$/;

function withoutQuorumConsumers(line: string, quorum: ReadonlySet<string>): string {
  const name = COUNTS.exec(line)?.[1] ?? DECLARED.exec(line)?.[2];
  if (name === undefined || !quorum.has(name)) return line;
  return line.replace(COUNTS, '$1: $2').replace(DECLARED, '$1');
}

const isQuorum = (step: Step): boolean => tableOf(step)['x-queue-type'] === 'quorum';

/** Channels that take so many messages and no more from all the queues that they consume from. */
function limitedChannels(script: Script): ReadonlyMap<string, ReadonlySet<unknown>> {
  const queues = new Map<string, Set<unknown>>();
  const limited = new Set<string>();
  for (const step of script) {
    if (step.kind !== 'method') continue;
    const name = `c${step.at.connection}.${step.at.channel}`;
    const { queue, global, prefetchCount } = step.args;
    if (step.method === 'basic.qos' && global === true && prefetchCount !== 0) limited.add(name);
    if (step.method !== 'basic.consume') continue;
    queues.set(name, (queues.get(name) ?? new Set()).add(queue));
  }
  return new Map([...queues].filter(([name]) => limited.has(name)));
}

/** Some messages wait here and were delivered there to one of these channels; it is as many in all. */
function isDeliveredElsewhere(difference: Difference, channels: ReadonlySet<string>): boolean {
  const { tested, other } = contrastOf(difference);
  const isDelivered = (line: string): boolean => channels.has(deliveredOn(line) ?? '');
  const messages = (lines: readonly string[]): number =>
    lines.reduce((sum, line) => sum + (readyIn(line)?.count ?? 1), 0);
  return (
    [...tested, ...other].every((line) => isDelivered(line) || readyIn(line) !== undefined) &&
    [...tested, ...other].some(isDelivered) &&
    messages(tested) === messages(other)
  );
}

function sharedPrefetch(script: Script, difference: Difference): boolean {
  const limited = [...limitedChannels(script.slice(0, difference.at + 1))];
  const shared = limited.flatMap(([name, queues]) => (queues.size > 1 ? [name] : []));
  return isDeliveredElsewhere(difference, new Set(shared));
}

/** A channel ends, what it held becomes dead letters, and it still hears of those while it ends. */
function deadLettersAtTheEnd(difference: Difference): boolean {
  const { tested, other } = contrastOf(difference);
  const [, said = []] = difference.said;
  const hasEnded = (channel: string | undefined): boolean =>
    said.some((line) => line.startsWith(`${channel} replies: channel.close`));
  const isLate = (line: string): boolean =>
    line.includes('"x-death"') && hasEnded(deliveredOn(line));
  return tested.length === 0 && other.length > 0 && other.every(isLate);
}

const ENDED = /^c\d+: connection\.close/;

/** The channels of a connection end one by one: a message may go through several, which count it. */
function countedAtTheEnd(script: Script, difference: Difference): boolean {
  const { at, said } = difference;
  const limited = new Set(
    script
      .slice(0, at + 1)
      .filter((step) => isQuorum(step) && tableOf(step)['x-delivery-limit'] !== undefined)
      .map((step) => (step.kind === 'method' ? step.args['queue'] : '')),
  );
  const isOver = said.every((lines) => lines.some((line) => ENDED.test(line)));
  const { tested, other } = contrastOf(difference);
  const left = other.map(readyIn);
  return (
    (script[at]?.kind === 'end' || isOver) &&
    tested.length > 0 &&
    tested.length === other.length &&
    tested.map(readyIn).every((ours, index) => {
      const theirs = left[index];
      if (ours === undefined || theirs?.queue !== ours.queue) return false;
      return limited.has(ours.queue) && ours.count > theirs.count;
    })
  );
}

const LEFT = /"(reason|x-first-death-reason)":"(?:expired|maxlen)"/g;

/** What had expired was still there when a dead letter of another queue, of the same moment, came on top. */
function expiredOrTooMuch(script: Script, difference: Difference): boolean {
  const isBounded = (step: Step): boolean =>
    Object.keys(tableOf(step)).some((name) => name.startsWith('x-max-length'));
  const { tested, other } = contrastOf(difference);
  const why = (lines: readonly string[]): string =>
    lines.map((line) => line.replaceAll(LEFT, '"$1":"one of two"')).join('\n');
  return (
    script.some(isBounded) &&
    script.some((step) => shortTimeOf(step) > 0) &&
    why(tested) === why(other)
  );
}

/** A channel that consumes from a quorum queue has got a limit afterwards, and gets less. */
function limitedLate(script: Script, difference: Difference): boolean {
  const before = script.slice(0, difference.at + 1);
  const names = new Set<unknown>(
    before.filter(isQuorum).map((step) => (step.kind === 'method' ? step.args['queue'] : '')),
  );
  const late = [...limitedChannels(before)].flatMap(([name, queues]) =>
    [...queues].some((queue) => names.has(queue)) ? [name] : [],
  );
  const { tested, other } = contrastOf(difference);
  const delivered = (lines: readonly string[]): number =>
    lines.filter((line) => deliveredOn(line) !== undefined).length;
  return isDeliveredElsewhere(difference, new Set(late)) && delivered(tested) < delivered(other);
}

const goesBack = (step: Step): boolean =>
  (step.kind === 'settle' && step.requeue) ||
  (step.kind === 'method' && step.method.startsWith('basic.recover'));

/** A message went back by hand to a quorum queue that does not count how often, and others come now. */
function backToUnlimitedQuorum(script: Script, { at, said }: Difference): boolean {
  const before = script.slice(0, at + 1);
  const isUnlimited = before.some(
    (step) => isQuorum(step) && tableOf(step)['x-delivery-limit'] === undefined,
  );
  const { tested, other } = contrastOf({ at, said });
  const streams = (lines: readonly string[]): string =>
    lines.map((line) => messageIn(line) ?? line).join('\n');
  return before.some(goesBack) && isUnlimited && streams(tested) === streams(other);
}

/** The same messages wait, and reach the same channels, of several that went back or left at once. */
function together(script: Script, { at, said }: Difference): boolean {
  const [tested = [], other = []] = said;
  const step = script[at];
  const isBack = step !== undefined && goesBack(step);
  return (
    (isBack || script.slice(0, at + 1).some(isQuorum)) && unordered(tested) === unordered(other)
  );
}

/** A quorum queue that refuses what goes beyond its length holds more of it in RabbitMQ. */
function refusingQuorum(script: Script, { at, said }: Difference): boolean {
  const refusing = new Set(
    script
      .slice(0, at + 1)
      .filter((step) => isQuorum(step) && tableOf(step)['x-overflow'] === 'reject-publish')
      .map((step) => (step.kind === 'method' ? step.args['queue'] : undefined)),
  );
  const { tested, other } = contrastOf({ at, said });
  const held = (lines: readonly string[]): number =>
    lines.reduce((sum, line) => {
      const ready = readyIn(line);
      if (ready !== undefined) return sum + (refusing.has(ready.queue) ? ready.count : 0);
      return sum + (messageIn(line) === undefined ? removedIn(line) : 1);
    }, 0);
  return refusing.size > 0 && held(tested) < held(other);
}

export const explained: readonly Explained[] = [
  {
    what: 'x-last-death-queue, x-last-death-reason and x-last-death-exchange',
    reason: 'these headers came with 3.13',
    upTo: '3.12',
    view: withoutLastDeath,
  },
  {
    what: 'the order of entries in x-death',
    reason: 'up to 3.12 each death turned the order of all earlier entries round',
    upTo: '3.12',
    view: withDeathsInOrder,
  },
  {
    what: 'x-delivery-count 0 of what basic.get takes from a quorum queue',
    reason: 'since 4.0 a message that never came back has no such header, whoever it goes to',
    upTo: '3.13',
    view: withoutZeroDeliveries,
  },
  {
    what: 'when a message expires that has come to the head of a queue by its priority',
    reason:
      'RabbitMQ looks at the time of a new message only when the queue was empty or a timer is set; Leveret always does',
    explains: hastyAmongPriorities,
  },
  {
    what: 'how many consumers a quorum queue has while messages are held, or one alone is active',
    reason:
      'RabbitMQ counts whoever holds messages, cancelled or by basic.get, and nobody who waits to be active',
    lineView: withoutQuorumConsumers,
  },
  {
    what: 'which of several queues does something first: delivers what a global prefetch leaves room for, hears that channels end, lets go of what has expired',
    reason:
      'in RabbitMQ queues are processes that race: for the room, and for the dead letters of one that go to another',
    explains: (script, difference) =>
      sharedPrefetch(script, difference) ||
      deadLettersAtTheEnd(difference) ||
      countedAtTheEnd(script, difference) ||
      expiredOrTooMuch(script, difference),
  },
  {
    what: 'a global prefetch that a channel sets when it consumes from a quorum queue already',
    reason:
      'RabbitMQ refuses the consumer where the limit is there before, and forgets the limit where it comes later; Leveret keeps to it',
    explains: limitedLate,
  },
  {
    what: 'where a message waits that goes back to a quorum queue without x-delivery-limit',
    reason:
      'up to 3.13 it went to the end; since 4.0 there is always a limit, and it goes before what is new',
    upTo: '3.13',
    explains: backToUnlimitedQuorum,
  },
  {
    what: 'in which order messages go back that several consumers of a channel held, or leave a quorum queue',
    reason:
      'RabbitMQ gives them back consumer by consumer, by their tags, and the dead letters of a quorum queue leave last first; in Leveret all are back in their places before one is delivered',
    explains: together,
  },
  {
    what: 'when a quorum queue refuses what goes beyond its length',
    reason:
      'RabbitMQ tells its publishers once it holds one message too many, and tells them later; Leveret refuses that message',
    explains: refusingQuorum,
  },
];

const isUpTo = (version: string, upTo: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [toMajor = 0, toMinor = 0] = upTo.split('.').map(Number);
  return major < toMajor || (major === toMajor && minor <= toMinor);
};

const isOf = (version: string, { upTo }: Explained): boolean =>
  upTo === undefined || isUpTo(version, upTo);

/** How lines are seen when the other broker is a RabbitMQ of this version. */
export function lineViewFor(version: string): LineView {
  const known = explained.filter((one) => isOf(version, one));
  return (line, quorum) =>
    known.reduce((seen, { lineView }) => lineView?.(seen, quorum) ?? seen, line);
}

/** How headers are seen when the other broker is a RabbitMQ of this version. */
export function viewFor(version: string): HeadersView {
  const views = explained.filter((one) => isOf(version, one)).flatMap(({ view }) => view ?? []);
  return (headers) =>
    views.reduce<Headers | undefined>((seen, view) => seen && view(seen), headers);
}

/** What makes a script differ on purpose; undefined when nothing known does. */
export function explanation(
  script: Script,
  difference: Difference,
  version: string,
): Explained | undefined {
  return explained.find((one) => isOf(version, one) && one.explains?.(script, difference) === true);
}
