import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

it('shows in the README the very test that runs here', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(read('README.md')) ?? [];
  const run = read('test/server/readme-example.test.ts');
  expect(shown).toBe(run.replace("'../../src/index.ts'", "'leveret'"));
});
