import { expect, test } from 'vitest';
import { stillBeside, timeText } from '../../../src/mgmt/views/lens.ts';

test('what never changes has samples where other figures have theirs', () => {
  const samples = [
    { sample: 7, timestamp: 10_000 },
    { sample: 3, timestamp: 5000 },
  ];
  expect(stillBeside({ rate: 0.8, avg_rate: 0.8, avg: 5, samples })).toEqual({
    rate: 0,
    avg_rate: 0,
    avg: 0,
    samples: [
      { sample: 0, timestamp: 10_000 },
      { sample: 0, timestamp: 5000 },
    ],
  });
  expect(stillBeside({ rate: 1 })).toEqual({ rate: 0 });
  expect(stillBeside(undefined)).toEqual({ rate: 0 });
});

test('a moment is written with its zone', () => {
  expect(timeText(1_795_327_350_123)).toBe('2026-11-22T06:02:30.123+00:00');
});
