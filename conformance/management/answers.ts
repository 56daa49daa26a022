import { readFileSync } from 'node:fs';
import type { Shape } from './shape.ts';

/** A request, and what RabbitMQ has answered to it. */
export interface RecordedAnswer {
  /** Not all names are unique: some requests were made twice. */
  readonly name: string;
  readonly method: string;
  /** `{node}`, `{amqp}` and `{order-consumer}` stand for what is called otherwise each time. */
  readonly path: string;
  /** null for nobody. */
  readonly user: string | null;
  /** The user's own where absent. */
  readonly password?: string;
  /** Headers that were sent, authorization aside. */
  readonly sent?: Readonly<Record<string, string>>;
  /** Text that was sent. */
  readonly body?: string;
  readonly status: number;
  /** Absent where they were not kept. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It was asked while the node was out of memory. */
  readonly alarm?: true;
  /** How the body is compared: by its value, by its shape, or only as being there. */
  readonly answer?: unknown;
  readonly shape?: Shape;
  readonly text?: true;
}

interface Line extends Omit<RecordedAnswer, 'headers'> {
  readonly headers?: number;
  readonly location?: string;
}

const file = new URL('answers.jsonl', import.meta.url);

/** All of them, in the order in which they were asked. */
export function recordedAnswers(): readonly RecordedAnswer[] {
  const [first = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const sets: readonly Record<string, string>[] = JSON.parse(first);
  return lines.map((line) => {
    const { headers, location, ...rest }: Line = JSON.parse(line);
    if (headers === undefined) return rest;
    return { ...rest, headers: { ...sets[headers], ...(location ? { location } : {}) } };
  });
}
