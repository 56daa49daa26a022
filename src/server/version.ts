import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version in the package's manifest. */
export function version(): string {
  // Sources and what is built of them lie equally deep.
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}
