/** One publishing connection: writes runs of pre-encoded messages, as many as window, pace and backlog allow. */
import type { Histogram } from '../kit/statistics.ts';
import type { Address } from './address.ts';
import { ConfirmWindow } from './confirm-window.ts';
import { BULK, type FrameSink, RawConnection } from './connection.ts';
import { FRAME_METHOD, method } from './frame-writer.ts';
import { deliveriesPerMessage, exchangeName, type LoadPlan, routingKeys } from './plan.ts';
import { buildPublishRing, type PublishRing } from './publish-ring.ts';
import { nowUs, phase, type SharedState } from './shared-state.ts';

const STAMP_BYTES = 8;

/** Microseconds, of the measured time. */
export interface PublisherSamples {
  /** From the write of a message until its confirm was read. */
  readonly confirmLatency: Histogram;
  /** From the moment a message was due until it was written. */
  readonly lateness: Histogram;
}

export class Publisher implements FrameSink {
  readonly #connection: RawConnection;
  readonly #plan: LoadPlan;
  readonly #shared: SharedState;
  readonly #ring: PublishRing;
  readonly #window: ConfirmWindow | undefined;
  readonly #confirmLatency: Histogram;
  readonly #lateness: Histogram;
  /** Messages to publish in all. */
  readonly #limit: number;
  readonly #pumpSoon = (): void => {
    setImmediate(this.#pumpNow);
  };
  readonly #pumpNow = (): void => this.pump(nowUs());
  #slot = 0;
  #published = 0;
  #writing = 0;
  #returnedSeen = 0;
  /** When the first message is due. */
  startUs = 0;

  private constructor(
    connection: RawConnection,
    plan: LoadPlan,
    shared: SharedState,
    ring: PublishRing,
    samples: PublisherSamples,
    limit: number,
  ) {
    this.#connection = connection;
    this.#plan = plan;
    this.#shared = shared;
    this.#ring = ring;
    this.#window = plan.confirmWindow > 0 ? new ConfirmWindow(plan.confirmWindow) : undefined;
    this.#confirmLatency = samples.confirmLatency;
    this.#lateness = samples.lateness;
    this.#limit = limit;
  }

  static async open(
    address: Address,
    plan: LoadPlan,
    id: number,
    shared: SharedState,
    samples: PublisherSamples,
    limit: number,
  ): Promise<Publisher> {
    const connection = await RawConnection.open(address, BULK);
    if (plan.confirmWindow > 0) {
      await connection.call(method.confirmSelect, method.confirmSelectOk, (to) => to.octet(0));
    }
    const shapes = routingKeys(plan, id).map((routingKey) => ({
      exchange: exchangeName(plan),
      routingKey,
      size: plan.size,
      persistent: plan.durable,
    }));
    const ring = buildPublishRing(shapes, connection.frameMax);
    const publisher = new Publisher(connection, plan, shared, ring, samples, limit);
    connection.attach(publisher);
    return publisher;
  }

  get connection(): RawConnection {
    return this.#connection;
  }

  /** Whether all is written and, where confirms are on, confirmed. */
  get settled(): boolean {
    return this.#writing === 0 && (this.#window?.outstanding ?? 0) === 0;
  }

  get exhausted(): boolean {
    return this.#published >= this.#limit;
  }

  /** Writes what may be written now, a chunk at most; goes on by itself when that is written or confirmed. */
  pump(now: number): void {
    if (this.#writing > 0) return;
    const count = Math.min(this.#releasable(now), this.#ring.slots - this.#slot);
    if (count <= 0) return;
    if (this.#window !== undefined || this.#plan.latency) this.#stamp(count, now);
    const { bytes, messageLength, slots } = this.#ring;
    const start = this.#slot * messageLength;
    this.#writing = count;
    this.#published += count;
    this.#slot = (this.#slot + count) % slots;
    this.#connection.write(bytes.subarray(start, start + count * messageLength), () => {
      this.#writing = 0;
      this.#shared.add('sent', count);
      // Not at once: a broker that keeps up would keep this thread from reading confirms.
      this.#pumpSoon();
    });
  }

  frame(type: number, at: number, size: number): void {
    if (type !== FRAME_METHOD) return;
    const view = this.#connection.view;
    const id = view.getUint32(at);
    if (this.#window === undefined || (id !== method.basicAck && id !== method.basicNack)) {
      this.#connection.control(at, size);
      return;
    }
    const tag = view.getUint32(at + 4) * 2 ** 32 + view.getUint32(at + 8);
    const multiple = (view.getUint8(at + 12) & 1) === 1;
    const measured = this.#plan.latency && this.#shared.phase === phase.measuring;
    const now = measured ? nowUs() : 0;
    const count = this.#window.settle(
      tag,
      multiple,
      now,
      measured ? this.#confirmLatency : undefined,
    );
    this.#shared.add(id === method.basicAck ? 'confirmed' : 'nacked', count);
  }

  readEnd(): void {
    const returned = this.#connection.returned;
    if (returned > this.#returnedSeen) this.#shared.add('returned', returned - this.#returnedSeen);
    this.#returnedSeen = returned;
    this.pump(nowUs());
  }

  #releasable(now: number): number {
    if (this.#shared.phase >= phase.stopPublishing || !this.#connection.mayPublish) return 0;
    let count = this.#limit - this.#published;
    if (this.#window !== undefined) count = Math.min(count, this.#window.room);
    if (this.#plan.rate > 0) {
      const due = Math.floor(((now - this.startUs) * this.#plan.rate) / 1e6) + 1;
      count = Math.min(count, due - this.#published);
    }
    return Math.min(count, this.#backlogRoom());
  }

  #backlogRoom(): number {
    const fan = deliveriesPerMessage(this.#plan);
    const backlog = this.#shared.read('sent') * fan - this.#shared.read('received');
    return Math.floor((this.#plan.maxBacklog - backlog) / fan / this.#plan.publishers);
  }

  /** A body is stamped with the time it was due, not when it left: waiting to be sent counts there. */
  #stamp(count: number, now: number): void {
    const { bytes, messageLength, bodyOffset } = this.#ring;
    const { rate, latency } = this.#plan;
    for (let i = 0; i < count; i++) {
      const scheduled = this.startUs + ((this.#published + i) * 1e6) / rate;
      const due = rate > 0 ? Math.min(now, scheduled) : now;
      this.#window?.release(now);
      if (!latency) continue;
      bytes.writeDoubleLE(due, (this.#slot + i) * messageLength + bodyOffset);
      if (rate > 0 && this.#shared.phase === phase.measuring) this.#lateness.add(now - due);
    }
  }
}

export function assertStampFits(plan: LoadPlan): void {
  if (plan.latency && plan.size < STAMP_BYTES) {
    throw new RangeError(`latency needs bodies of at least ${STAMP_BYTES} octets`);
  }
}
