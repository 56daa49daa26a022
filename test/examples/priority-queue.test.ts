import { expect, it } from 'vitest';
import { priorityQueue } from '../../examples/priority-queue.ts';
import { rehearse, waiting } from './rehearsal.ts';

it('serves the urgent first, and equals in the order of their coming', async () => {
  const urgentFirst = [
    'heart attack',
    'burst appendix',
    'aeroplane crash',
    'broken arm',
    'sprained ankle',
    'check-up',
  ];
  const admitted: string[] = [];
  const lines = await rehearse(priorityQueue, {
    onLine: (line, broker) => {
      if (!line.endsWith(': admitted')) return;
      admitted.push(line);
      const queue = broker.queue('examples.priority-queue.patients');
      expect(queue.arguments).toEqual({ 'x-max-priority': 4 });
      const urgent = admitted.length === 1 ? urgentFirst : ['stroke', ...urgentFirst.slice(4)];
      expect(waiting(broker, queue.name)).toEqual(urgent);
    },
  });
  expect(admitted).toHaveLength(2);
  expect(lines.slice(1)).toEqual([
    ...urgentFirst.slice(0, 4),
    'stroke: admitted',
    'stroke',
    ...urgentFirst.slice(4),
  ]);
});
