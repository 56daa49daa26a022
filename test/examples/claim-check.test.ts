import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { claimCheck } from '../../examples/claim-check.ts';
import { rehearse } from './rehearsal.ts';

const FILM_BYTES = 5 * 2 ** 20;

it('sends a small message for a large file, and leaves no file behind', async () => {
  let folder = '';
  const lines = await rehearse(claimCheck, {
    onLine: (line, broker) => {
      if (!line.startsWith('sent ')) return;
      const [message, ...others] = broker.queue('examples.claim-check.films').messages();
      expect(others).toEqual([]);
      const claim = message?.json();
      expect(claim).toMatchObject({
        bytes: FILM_BYTES,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(message?.content.length).toBeLessThan(1000);
      folder = dirname((claim as { file: string }).file);
    },
  });
  expect(lines).toEqual([
    expect.stringMatching(`^sent a film of ${FILM_BYTES} bytes by a message of [0-9]{2,3}$`),
    `received a film of ${FILM_BYTES} bytes, intact`,
  ]);
  expect(folder).not.toBe('');
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});
