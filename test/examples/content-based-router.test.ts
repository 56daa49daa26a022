import { expect, it } from 'vitest';
import { contentBasedRouter } from '../../examples/content-based-router.ts';
import { rehearse, waiting } from './rehearsal.ts';

const routed = {
  domestic: ['three chairs to Kiel', 'a bed to Bonn, today'],
  abroad: ['a table to Lyon'],
  support: ['a chair has three legs', 'a bed to Bonn, today'],
  unknown: ['greetings'],
};

it('routes by several headers at once, and loses nothing that fits no route', async () => {
  const lines = await rehearse(contentBasedRouter, {
    onLine: (line, broker) => {
      if (line !== 'sent') return;
      for (const [name, texts] of Object.entries(routed)) {
        expect(waiting(broker, `examples.content-based-router.${name}`), name).toEqual(texts);
      }
    },
  });
  for (const [name, texts] of Object.entries(routed)) {
    const own = lines.filter((line) => line.startsWith(`${name}: `));
    expect(own).toEqual(texts.map((text) => `${name}: ${text}`));
  }
  expect(lines).toHaveLength(1 + 6);
});
