import { Oracle } from './oracle.ts';
import type { Handed, Line, QueueRules, Sending } from './rules.ts';

const plain: QueueRules = { name: 'plain', durable: true, inOrder: 'all', leaves: [] };

const rules: readonly QueueRules[] = [
  plain,
  { ...plain, name: 'other' },
  { ...plain, name: 'quick', noAck: true },
  { ...plain, name: 'fleeting', durable: false },
  { ...plain, name: 'reject', leaves: ['rejected'], deadTo: 'dead' },
  { ...plain, name: 'ttl', leaves: ['expired'], ttlMs: 100, deadTo: 'ttl.dead' },
  { ...plain, name: 'ttl.dead', leaves: ['maxlen'], deadTo: 'dead' },
  { ...plain, name: 'dead', inOrder: 'none' },
  { ...plain, name: 'expiring', leaves: ['expired'] },
  {
    ...plain,
    name: 'quorum',
    counts: true,
    deliveryLimit: 2,
    leaves: ['delivery_limit'],
    deadTo: 'dead',
  },
];

/** Tells an oracle what happened; each step that is left to its defaults is a faithful broker's. */
export class Story {
  nowMs = 0;
  readonly oracle = new Oracle(rules, () => this.nowMs);
  readonly line: Line = { sureTo: 0 };
  #last = 0;

  /** @returns the message's id */
  sent(so: Partial<Sending> = {}): string {
    const seq = ++this.#last;
    const id = `p.${seq}`;
    this.oracle.sent({
      id,
      publisher: 'p',
      seq,
      persistent: true,
      priority: 0,
      targets: ['plain'],
      expirationMs: Infinity,
      line: this.line,
      ...so,
    });
    return id;
  }

  published(so: Partial<Sending> = {}): string {
    const id = this.sent(so);
    this.oracle.confirmed(id);
    return id;
  }

  /** Something else goes through the log: all that was said or seen before is durable. */
  fence(): void {
    const id = this.published({ targets: ['other'], publisher: 'fence' });
    this.delivered(id, { queue: 'other', session: id });
    this.oracle.acked(id, 'other', { sureTo: Infinity });
  }

  delivered(id: string, so: Partial<Handed> = {}): void {
    this.oracle.delivered({
      queue: 'plain',
      session: 's',
      id,
      redelivered: false,
      count: 0,
      death: undefined,
      damage: undefined,
      ...so,
    });
  }

  acked(id: string, queue = 'plain'): void {
    this.oracle.acked(id, queue, this.line);
  }

  get kinds(): readonly string[] {
    return this.oracle.objections.map(({ kind }) => kind);
  }

  get verdict(): readonly string[] {
    this.oracle.finish();
    return this.kinds;
  }
}

export function told(tell: (story: Story) => void): Story {
  const story = new Story();
  tell(story);
  return story;
}
