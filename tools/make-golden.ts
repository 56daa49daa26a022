// Makes the data directory that tests of later versions open: `npx tsx tools/make-golden.ts`. One of
// a format that has been released is never made again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FORMAT_VERSION } from '../src/store/structures.ts';
import { makeGolden } from '../test/golden/contents.ts';

const golden = fileURLToPath(new URL(`../test/golden/format-${FORMAT_VERSION}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'leveret-golden-'));
rmSync(golden, { recursive: true, force: true });
await makeGolden(scratch, golden);
rmSync(scratch, { recursive: true });
