/** A script, and where the brokers differ in it, as text for people. */
import { missingAmong } from './contrast.ts';
import type { Difference } from './lock-step.ts';
import type { At, Plain, Script, Step } from './steps.ts';

function shown(value: Plain): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value as { [name: string]: Plain })
    .filter(([, one]) => one !== false && one !== undefined && shown(one) !== '{}')
    .map(([name, one]) => `${/^\w+$/.test(name) ? name : `'${name}'`}: ${shown(one)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

const placeOf = ({ connection, channel }: At): string => `c${connection}.${channel}`;

function lineOf(step: Step): string {
  switch (step.kind) {
    case 'method':
      return `${placeOf(step.at)} ${step.method} ${shown(step.args)}`;
    case 'publish': {
      const { at, kind: _, ...rest } = step;
      return `${placeOf(at)} publishes ${shown(rest as unknown as Plain)}`;
    }
    case 'settle':
    case 'stray': {
      const { at, kind: _, method, ...rest } = step;
      return `${placeOf(at)} ${method} ${shown(rest as Plain)}`;
    }
    case 'expiring': {
      const { at, kind: _, ...rest } = step;
      return `${placeOf(at)} queue.declare and basic.consume at once ${shown(rest)}`;
    }
    case 'end':
      return `c${step.connection} ${step.abrupt ? 'drops its socket' : 'connection.close'}`;
  }
}

export function storyOf(script: Script, difference: Difference, names: readonly string[]): string {
  const steps = script.map((step, at) => {
    const mark = at === difference.at ? '=>' : '  ';
    return `${mark} ${String(at).padStart(2)}  ${lineOf(step)}`;
  });
  if (difference.at >= script.length)
    steps.push('=>     all channels are closed, all queues emptied');
  const [first = [], second = []] = difference.said;
  const marked = (lines: readonly string[], others: readonly string[]): string[] => {
    const isMissing = missingAmong(lines, others);
    return lines.map((line, at) => `${isMissing[at] ? '  ! ' : '    '}${line}`);
  };
  return [
    ...steps,
    `${names[0]}:`,
    ...marked(first, second),
    `${names[1]}:`,
    ...marked(second, first),
  ].join('\n');
}
