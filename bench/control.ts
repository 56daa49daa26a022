/** A connection for what is not measured. */
import { BULK, RawConnection } from './generator/connection.ts';
import type { Target } from './result.ts';

export async function withControl<T>(
  target: Target,
  work: (control: RawConnection) => Promise<T>,
): Promise<T> {
  const control = await RawConnection.open(target.address, BULK);
  try {
    return await work(control);
  } finally {
    await control.close().catch(() => {});
  }
}
