/** One message in flight: it is published, its delivery is awaited, then the next one goes. */
import type { Histogram } from '../kit/statistics.ts';
import type { Address } from './address.ts';
import { BULK, type FrameSink, RawConnection } from './connection.ts';
import { FRAME_BODY, FRAME_METHOD, method } from './frame-writer.ts';
import { exchangeName, type LoadPlan, queueName } from './plan.ts';
import { buildPublishRing } from './publish-ring.ts';
import { nowUs, phase, type SharedState } from './shared-state.ts';

const NO_ACK = 2;

export class PingPong implements FrameSink {
  readonly #out: RawConnection;
  readonly #in: RawConnection;
  readonly #message: Buffer;
  readonly #shared: SharedState;
  readonly #latency: Histogram;
  #sentUs = 0;

  private constructor(
    out: RawConnection,
    into: RawConnection,
    message: Buffer,
    shared: SharedState,
    latency: Histogram,
  ) {
    this.#out = out;
    this.#in = into;
    this.#message = message;
    this.#shared = shared;
    this.#latency = latency;
  }

  static async open(
    address: Address,
    plan: LoadPlan,
    shared: SharedState,
    latency: Histogram,
  ): Promise<PingPong> {
    const out = await RawConnection.open(address, BULK);
    const into = await RawConnection.open(address, BULK);
    const shape = {
      exchange: exchangeName(plan),
      routingKey: queueName(0),
      size: plan.size,
      persistent: plan.durable,
    };
    const ring = buildPublishRing([shape], out.frameMax);
    const message = ring.bytes.subarray(0, ring.messageLength);
    return new PingPong(out, into, message, shared, latency);
  }

  get connections(): readonly RawConnection[] {
    return [this.#out, this.#in];
  }

  async start(): Promise<void> {
    this.#in.attach(this);
    await this.#in.call(method.basicConsume, method.basicConsumeOk, (to) =>
      to.short(0).shortstr(queueName(0)).shortstr('c').octet(NO_ACK).table({}),
    );
    this.#publish();
  }

  frame(type: number, at: number, size: number): void {
    if (type === FRAME_METHOD) {
      if (this.#in.view.getUint32(at) !== method.basicDeliver) this.#in.control(at, size);
    } else if (type === FRAME_BODY) {
      this.#shared.add('received', 1);
      if (this.#shared.phase === phase.measuring) this.#latency.add(nowUs() - this.#sentUs);
      if (this.#shared.phase < phase.stopPublishing) this.#publish();
    }
  }

  readEnd(): void {}

  #publish(): void {
    this.#sentUs = nowUs();
    this.#shared.add('sent', 1);
    this.#out.write(this.#message);
  }
}
