import { z } from 'zod';

// A value arrives as text from a file, a variable or a flag, and as itself from a program.

/** A whole number within limits. */
export function whole(min: number, max: number): z.ZodType<number> {
  return parsed(`must be a whole number from ${min} to ${max}`, (value) => {
    const number = numberOf(value);
    return number !== undefined && number >= min && number <= max ? number : undefined;
  });
}

/** A whole number within limits, or a word that means "no limit", which gives `Infinity`. */
export function wholeOr(words: readonly string[], min: number, max: number): z.ZodType<number> {
  const listed = words.map((word) => `'${word}'`).join(' or ');
  return parsed(`must be a whole number from ${min} to ${max}, or ${listed}`, (value) => {
    if (value === Number.POSITIVE_INFINITY || words.some((word) => word === value)) {
      return Number.POSITIVE_INFINITY;
    }
    const number = numberOf(value);
    return number !== undefined && number >= min && number <= max ? number : undefined;
  });
}

export function yesOrNo(): z.ZodType<boolean> {
  return parsed("must be 'true' or 'false'", (value) => {
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : undefined;
  });
}

/** Text of at least one character. */
export function someText(): z.ZodType<string> {
  return parsed('must not be empty', (value) =>
    typeof value === 'string' && value !== '' ? value : undefined,
  );
}

/** One of the words, or a word that stands for one of them. */
export function word<const W extends string>(
  words: readonly W[],
  synonyms: ReadonlyMap<string, W> = new Map(),
): z.ZodType<W> {
  const known = [...words, ...synonyms.keys()].map((name) => `'${name}'`).join(', ');
  return parsed(`must be one of ${known}`, (value) => {
    const same = words.find((candidate) => candidate === value);
    return same ?? (typeof value === 'string' ? synonyms.get(value) : undefined);
  });
}

/** A regular expression, checked by whoever compiles it. */
export function pattern(compile: (source: string) => unknown): z.ZodType<string> {
  return parsed('must be a regular expression', (value) => {
    if (typeof value !== 'string') return undefined;
    try {
      compile(value);
      return value;
    } catch {
      return undefined;
    }
  });
}

/** A part of something, or an amount. */
export type Limit =
  | { readonly by: 'fraction'; readonly fraction: number }
  | { readonly by: 'bytes'; readonly bytes: number };

/** A part (`0.4`; a whole, `1`, at most), or an amount (`512MiB`, `2GB`, `100000000`). */
export function partOrAmount(): z.ZodType<Limit> {
  return parsed("must be a part such as '0.4', or an amount such as '2GB'", (value) =>
    value === '1' ? { by: 'fraction', fraction: 1 } : limitOf(value, 1),
  );
}

/** A multiple (`0.5`, `2.0`), or an amount. */
export function multipleOrAmount(): z.ZodType<Limit> {
  return parsed("must be a multiple such as '1.5', or an amount such as '2GB'", (value) =>
    limitOf(value, 1000),
  );
}

/** An amount of bytes within limits. */
export function bytes(min: number, max: number): z.ZodType<number> {
  return parsed(`must be an amount from ${min} to ${max} bytes, such as '512MiB'`, (value) => {
    const amount = typeof value === 'number' ? value : readAmount(String(value));
    return amount !== undefined && amount >= min && amount <= max ? amount : undefined;
  });
}

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ...['k', 'm', 'g', 't'].flatMap((prefix, index): [string, number][] => [
    [prefix, 1024 ** (index + 1)],
    [`${prefix}ib`, 1024 ** (index + 1)],
    [`${prefix}b`, 1000 ** (index + 1)],
  ]),
]);

function readAmount(text: string): number | undefined {
  const [, digits, letters = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  const unit = UNIT_BYTES.get(letters.toLowerCase());
  const amount = Number(digits) * (unit ?? Number.NaN);
  return Number.isSafeInteger(amount) ? amount : undefined;
}

function limitOf(value: unknown, fractionMax: number): Limit | undefined {
  if (typeof value === 'object') {
    const shape = z.union([
      z.strictObject({ by: z.literal('fraction'), fraction: z.number().min(0).max(fractionMax) }),
      z.strictObject({ by: z.literal('bytes'), bytes: z.int().min(0) }),
    ]);
    return shape.safeParse(value).data;
  }
  const text = String(value);
  if (/^\d*\.\d+$/.test(text)) {
    const fraction = Number(text);
    return fraction <= fractionMax ? { by: 'fraction', fraction } : undefined;
  }
  const amount = readAmount(text);
  return amount === undefined ? undefined : { by: 'bytes', bytes: amount };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function parsed<T>(complaint: string, read: (value: unknown) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue(complaint);
    return z.NEVER;
  });
}

/** Where to listen. Without a host: on every address of the machine. */
export interface Endpoint {
  readonly host: string | undefined;
  readonly port: number;
}

/** A port, or an address and a port: `5672`, `127.0.0.1:5672`, `[::1]:5672`. */
function endpoint(): z.ZodType<Endpoint> {
  const given = z.object({ host: z.string().optional(), port: z.int().min(0).max(65_535) });
  return parsed("must be a port such as '5672', or an address and a port", (value) => {
    if (typeof value === 'object') {
      const { success, data } = given.safeParse(value);
      return success ? { host: data.host, port: data.port } : undefined;
    }
    const [, host, digits] = /^(?:\[?([^\]]+)\]?:)?(\d{1,5})$/.exec(String(value)) ?? [];
    const port = Number(digits);
    return port <= 65_535 ? { host, port } : undefined;
  });
}

/** Endpoints, or `none`. */
export function endpoints(): z.ZodType<readonly Endpoint[]> {
  const list = z.array(endpoint());
  return z.unknown().transform((value, context) => {
    if (value === 'none') return [];
    const { data, error } = list.safeParse(value);
    if (data !== undefined) return data;
    const text = Array.isArray(value) ? error?.issues[0]?.message : undefined;
    context.addIssue(text ?? "must be a list of ports or addresses, or 'none'");
    return z.NEVER;
  });
}

/** A port, or `none`, which gives undefined. */
export function portOrNone(): z.ZodType<number | undefined> {
  return z.unknown().transform((value, context) => {
    const port = value === 'none' ? undefined : numberOf(value);
    if (value === 'none' || (port !== undefined && port <= 65_535)) return port;
    context.addIssue("must be a whole number from 0 to 65535, or 'none'");
    return z.NEVER;
  });
}

/** Names with commas between, or `none`. */
export function names(): z.ZodType<readonly string[]> {
  return parsed("must be names with commas between, or 'none'", (value) => {
    if (value === 'none') return [];
    if (typeof value === 'string' && value !== '') return value.split(',').map((it) => it.trim());
    return z.array(z.string()).safeParse(value).data;
  });
}
