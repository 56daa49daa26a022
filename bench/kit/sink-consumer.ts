import { dropReference } from '../../src/model/record.ts';
import { Consumer } from '../../src/queues/consumer.ts';

/** Credit that no benchmark uses up; a small integer, as credit is in the broker. */
export const PLENTY = 2 ** 30;

/** Takes as many messages as its credit allows and forgets them. */
export class SinkConsumer extends Consumer {
  readonly tag = 'sink';
  readonly noAck = true;
  readonly exclusive = false;
  readonly priority = 0;
  credit: number;
  taken = 0;

  constructor(credit: number) {
    super();
    this.credit = credit;
  }

  override ready(): boolean {
    return this.credit > 0;
  }

  override deliver(record: number): void {
    this.credit--;
    this.taken++;
    dropReference(record);
  }

  override cancelledByServer(): void {}
}
