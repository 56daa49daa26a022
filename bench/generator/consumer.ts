/** One consuming connection: steps over deliveries without keeping any, and acknowledges once a read. */
import type { Histogram } from '../kit/statistics.ts';
import type { Address } from './address.ts';
import { BULK, type FrameSink, RawConnection } from './connection.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_METHOD, method } from './frame-writer.ts';
import { type LoadPlan, queueName } from './plan.ts';
import { nowUs, phase, type SharedState } from './shared-state.ts';

const NO_ACK = 2;
/** One basic.ack frame: header 7, method id 4, delivery tag 8, bits 1, frame-end 1. */
export const ACK_BYTES = 21;
const ACK_TAG_OFFSET = 11;
const ACK_CAPACITY = 4096;

/** A run of basic.ack frames on channel 1 in which only the tags are left to fill in. */
export function ackTemplate(count: number, multiple: boolean): Buffer {
  const one = Buffer.alloc(ACK_BYTES);
  one.writeUInt8(FRAME_METHOD, 0);
  one.writeUInt16BE(1, 1);
  one.writeUInt32BE(13, 3);
  one.writeUInt32BE(method.basicAck, 7);
  one.writeUInt8(multiple ? 1 : 0, 19);
  one.writeUInt8(FRAME_END, 20);
  return Buffer.concat(new Array<Buffer>(count).fill(one));
}

export class Consumer implements FrameSink {
  readonly #connection: RawConnection;
  readonly #plan: LoadPlan;
  readonly #shared: SharedState;
  readonly #latency: Histogram;
  #acks: Buffer;
  #ackCount = 0;
  #unacked = 0;
  #tagHigh = 0;
  #tagLow = 0;
  #bodyLeft = 0;
  #bodyBegun = false;
  #received = 0;
  /** When the read being parsed came in. */
  #readUs = 0;

  private constructor(
    connection: RawConnection,
    plan: LoadPlan,
    shared: SharedState,
    latency: Histogram,
  ) {
    this.#connection = connection;
    this.#plan = plan;
    this.#shared = shared;
    this.#latency = latency;
    this.#acks = ackTemplate(ACK_CAPACITY, plan.ackEvery > 1);
  }

  static async open(
    address: Address,
    plan: LoadPlan,
    shared: SharedState,
    latency: Histogram,
  ): Promise<Consumer> {
    const connection = await RawConnection.open(address, BULK);
    if (plan.prefetch > 0) {
      await connection.call(method.basicQos, method.basicQosOk, (to) =>
        to.long(0).short(plan.prefetch).octet(0),
      );
    }
    return new Consumer(connection, plan, shared, latency);
  }

  get connection(): RawConnection {
    return this.#connection;
  }

  /** Deliveries begin, those of the first queues before the last ones are asked for. */
  async subscribe(queues: readonly number[]): Promise<void> {
    this.#connection.attach(this);
    for (const queue of queues) {
      await this.#connection.call(method.basicConsume, method.basicConsumeOk, (to) =>
        to
          .short(0)
          .shortstr(queueName(queue))
          .shortstr(`c${queue}`)
          .octet(this.#plan.ackEvery === 0 ? NO_ACK : 0)
          .table({}),
      );
    }
  }

  frame(type: number, at: number, size: number): void {
    const view = this.#connection.view;
    if (type === FRAME_METHOD) {
      if (view.getUint32(at) !== method.basicDeliver) {
        this.#connection.control(at, size);
        return;
      }
      const tagAt = at + 5 + view.getUint8(at + 4);
      this.#tagHigh = view.getUint32(tagAt);
      this.#tagLow = view.getUint32(tagAt + 4);
    } else if (type === FRAME_HEADER) {
      this.#bodyLeft = view.getUint32(at + 4) * 2 ** 32 + view.getUint32(at + 8);
      this.#bodyBegun = false;
      if (this.#bodyLeft === 0) this.#complete();
    } else if (type === FRAME_BODY) {
      if (this.#plan.latency && !this.#bodyBegun) this.#sample(view.getFloat64(at, true));
      this.#bodyBegun = true;
      this.#bodyLeft -= size;
      if (this.#bodyLeft < 0) throw new Error('a body is longer than its header says');
      if (this.#bodyLeft === 0) this.#complete();
    }
  }

  readEnd(): void {
    this.#readUs = 0;
    if (this.#received > 0) this.#shared.add('received', this.#received);
    this.#received = 0;
    this.#flushAcks();
  }

  /** Acknowledges what a batch of `ackEvery` left over. */
  settle(): void {
    if (this.#plan.ackEvery > 0 && this.#unacked > 0) this.#pushAck();
    this.#flushAcks();
  }

  #complete(): void {
    this.#received++;
    if (this.#plan.ackEvery === 0 || this.#isSpared()) return;
    this.#unacked++;
    if (this.#unacked === this.#plan.ackEvery) this.#pushAck();
  }

  /** Of a tag beyond 32 bits only the lower half is looked at: no run is that long. */
  #isSpared(): boolean {
    const { spareEvery } = this.#plan;
    return spareEvery > 0 && this.#tagLow % spareEvery === 0;
  }

  #sample(dueUs: number): void {
    if (this.#shared.phase !== phase.measuring) return;
    if (this.#readUs === 0) this.#readUs = nowUs();
    this.#latency.add(this.#readUs - dueUs);
  }

  #pushAck(): void {
    const at = this.#ackCount * ACK_BYTES + ACK_TAG_OFFSET;
    this.#acks.writeUInt32BE(this.#tagHigh, at);
    this.#acks.writeUInt32BE(this.#tagLow, at + 4);
    this.#unacked = 0;
    this.#ackCount++;
    if (this.#ackCount === ACK_CAPACITY) this.#flushAcks();
  }

  #flushAcks(): void {
    if (this.#ackCount === 0) return;
    this.#connection.write(this.#acks.subarray(0, this.#ackCount * ACK_BYTES));
    this.#ackCount = 0;
    // What the kernel did not take still lies in the buffer.
    if (this.#connection.unwritten > 0) {
      this.#acks = ackTemplate(ACK_CAPACITY, this.#plan.ackEvery > 1);
    }
  }
}
