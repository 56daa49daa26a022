import type { JsonObject } from '../../kit/json.ts';
import type { Context } from '../context.ts';
import { badRequest } from '../http-error.ts';

const DAY_MS = 86_400_000;

const unitMs: ReadonlyMap<string, number> = new Map([
  ['day', DAY_MS],
  ['days', DAY_MS],
  ['week', 7 * DAY_MS],
  ['weeks', 7 * DAY_MS],
  ['month', 28 * DAY_MS],
  ['months', 28 * DAY_MS],
  ['year', 365 * DAY_MS],
  ['years', 365 * DAY_MS],
]);

const UNKNOWN_UNIT = 'Time unit not recognised. Supported units: days, weeks, months, years.';

/** The listeners whose certificates run out within so many units of time. @throws HttpError 400 */
export function expiring(
  { clock, node }: Context,
  within: string,
  unit: string,
): readonly JsonObject[] {
  const ms = unitMs.get(unit);
  if (ms === undefined) throw badRequest(UNKNOWN_UNIT);
  if (!/^\d{1,9}$/.test(within)) throw badRequest('Invalid expiration value.');
  const until = clock.wall() + Number(within) * ms;
  return node.listeners().flatMap(({ protocol, address, port, expiresAt }) => {
    if (expiresAt === undefined || expiresAt > until) return [];
    const expiresOn = new Date(expiresAt).toISOString().slice(0, 10);
    return [
      { node: node.name, protocol, interface: address, port, certfile_expires_on: expiresOn },
    ];
  });
}
