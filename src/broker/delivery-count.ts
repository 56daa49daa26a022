import { emptyTable, int } from '../codec/table.ts';
import { MemoryExhausted } from '../kit/memory.ts';
import { dropReference } from '../model/record.ts';
import { propertiesOf, withProperties } from '../model/record-builder.ts';
import { deliveryCountHeader } from '../queues/dead-letter.ts';

/**
 * The record that waits in place of one that came back: quorum queues tell the next consumer how
 * often in a header. Takes the reference to the old record, gives one to the new.
 */
export function countReturn(record: number, returns: number): number {
  const properties = propertiesOf(record);
  const headers = new Map(properties.headers ?? emptyTable);
  headers.set(deliveryCountHeader, int(returns));
  try {
    const counted = withProperties(record, { ...properties, headers });
    dropReference(record);
    return counted;
  } catch (error) {
    // A message without its count is better than none.
    if (error instanceof MemoryExhausted) return record;
    throw error;
  }
}
