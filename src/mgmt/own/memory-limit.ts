import { z } from 'zod';
import type { Operation } from './operation.ts';

const request = z
  .union([
    z.strictObject({ fraction: z.number().min(0).max(1) }),
    z.strictObject({ bytes: z.int().min(0) }),
  ])
  .describe('A part of the memory that there is, or an amount');

const response = z.object({ mem_limit: z.int().describe('In bytes') });

/** Sets how much memory may be in use before publishers have to wait; until the node is restarted. */
export const memoryLimit: Operation<typeof request> = {
  path: '/memory-limit',
  access: 'administrator',
  summary: 'Sets how much memory may be in use before publishers have to wait',
  request,
  response,
  run({ context: { broker, node } }, limit) {
    const bytes = 'bytes' in limit ? limit.bytes : Math.floor(limit.fraction * node.memoryTotal);
    broker.alarms.setMemoryHighWatermark(bytes);
    return { mem_limit: bytes };
  },
};
