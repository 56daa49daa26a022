import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from './config-schema.ts';

/** How the log is written: a JSON object a line for machines, a plain line for people. */
export type LogFormat = 'json' | 'plain';

/** A logger that gives whole lines to `write`. */
export function createLogger(
  level: Config['logLevel'],
  format: LogFormat,
  write: (line: string) => void,
): Logger {
  const destination: DestinationStream = {
    write: format === 'json' ? write : (line) => write(plainLine(line)),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** A log line for people, made of one for machines: time, level, text, then the fields. */
export function plainLine(json: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(json);
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  return [time, String(level).padEnd(5), msg, ...shown]
    .filter((part) => part !== undefined)
    .join(' ')
    .concat('\n');
}

function fieldText(value: unknown): string {
  if (isThrown(value)) return value.stack;
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

// pino writes an error as an object; its stack already says type and message.
function isThrown(value: unknown): value is { readonly stack: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'stack' in value &&
    typeof value.stack === 'string'
  );
}
