import { isDeepStrictEqual } from 'node:util';
import type { Options } from 'amqplib';
import type { Random } from '../../src/kit/random.ts';

const KIB = 1024;
const POOL_BYTES = 1024 * KIB;
const BULKY_BYTES = 100 * KIB;

/** All that a message is made of; its bytes are a piece of a pool that does not change. */
export interface Outline {
  readonly id: string;
  readonly seq: number;
  readonly persistent: boolean;
  readonly size: number;
  readonly offset: number;
  /** Which properties it has beside these. */
  readonly flavour: number;
  readonly priority: number | undefined;
  readonly expiration: string | undefined;
}

/** Properties as clients read them; what is absent is undefined. */
export type Properties = Readonly<Record<string, unknown>>;

const FLAVOURS = 4;

/** Makes messages, and knows them again. */
export class Messages {
  readonly #pool: Buffer;
  readonly #outlines = new Map<string, Outline>();

  constructor(random: Random) {
    this.#pool = Buffer.from(random.bytes(POOL_BYTES));
  }

  /** @param bulky half of the messages are large */
  outline(
    random: Random,
    about: Pick<Outline, 'id' | 'seq' | 'persistent' | 'priority' | 'expiration'>,
    bulky = false,
  ): Outline {
    const large = bulky && random.next() < 0.5;
    const size = large ? Math.floor(random.next() * BULKY_BYTES) : sizeOf(random);
    const offset = Math.floor(random.next() * (POOL_BYTES - size));
    const outline = { ...about, size, offset, flavour: Math.floor(random.next() * FLAVOURS) };
    this.#outlines.set(about.id, outline);
    return outline;
  }

  /** Starts afresh: nothing that was made so far will be seen again. */
  forget(): void {
    this.#outlines.clear();
  }

  body({ offset, size }: Outline): Buffer {
    return this.#pool.subarray(offset, offset + size);
  }

  /** @returns what differs from what was published, if anything does */
  damage(content: Buffer, properties: Properties, isLetter: boolean): string | undefined {
    const outline = this.#outlines.get(String(properties['messageId']));
    if (outline === undefined) return undefined;
    const body = this.body(outline);
    if (!body.equals(content)) return `body: ${content.length} of ${body.length} bytes, or others`;
    const expected: Properties = { ...propertiesOf(outline) };
    for (const name of propertyNames) {
      if (name === 'expiration' && isLetter) continue;
      const got = name === 'headers' ? ownHeaders(properties[name]) : properties[name];
      if (isDeepStrictEqual(got, expected[name])) continue;
      return `${name}: ${JSON.stringify(got)}, not ${JSON.stringify(expected[name])}`;
    }
    return undefined;
  }
}

/** Mostly small; 0 bytes and 200 KiB now and then. */
function sizeOf(random: Random): number {
  const kind = random.next();
  if (kind < 0.05) return 0;
  if (kind < 0.9) return Math.floor(random.next() * 2 * KIB);
  if (kind < 0.99) return Math.floor(random.next() * 16 * KIB);
  return Math.floor(random.next() * 200 * KIB);
}

const propertyNames = [
  'deliveryMode',
  'messageId',
  'priority',
  'expiration',
  'contentType',
  'contentEncoding',
  'headers',
  'correlationId',
  'replyTo',
  'timestamp',
  'type',
  'appId',
];

/** The properties by the names that amqplib gives them when it reads them. */
export function propertiesOf(outline: Outline): Options.Publish {
  const { id, seq, persistent, priority, expiration } = outline;
  return {
    messageId: id,
    deliveryMode: persistent ? 2 : 1,
    ...(priority === undefined ? {} : { priority }),
    ...(expiration === undefined ? {} : { expiration }),
    ...flavoured(outline.flavour, seq),
  };
}

function flavoured(flavour: number, seq: number): Options.Publish {
  if (flavour === 1) {
    return {
      contentType: 'application/octet-stream',
      contentEncoding: 'identity',
      correlationId: `correlation-${seq}`,
      replyTo: 'nobody',
      type: 'crash',
      appId: 'löffel',
    };
  }
  if (flavour === 2) {
    const nested = { text: 'grüße', list: [1, 'two', false], deep: { deeper: 2 ** 40 } };
    return { headers: { seq, half: 0.5, yes: true, none: null, nested }, timestamp: seq };
  }
  if (flavour === 3) return { headers: { long: `${'long '.repeat(300)}${seq}` } };
  return {};
}

/** The headers that the publisher has set. */
function ownHeaders(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const own = Object.entries(headers).filter(
    ([name]) => !/^x-(?:death|first-death-|last-death-|delivery-count)/.test(name),
  );
  return own.length === 0 ? undefined : Object.fromEntries(own);
}
