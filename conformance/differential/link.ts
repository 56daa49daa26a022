/** A connection whose incoming methods go to whoever uses it at the time. */
import type { Properties } from '../kit/content.ts';
import type { Incoming } from '../kit/inbox.ts';
import { Peer } from '../kit/peer.ts';
import type { MethodName, Sent } from '../kit/spec.ts';

const FOR_EVER_MS = 2 ** 31 - 1;

export interface LinkUser {
  incoming(link: Link, channel: number, item: Incoming): void;
  /** The broker has ended the socket, or it was dropped. */
  ended(link: Link): void;
}

export class Link {
  readonly #peer: Peer;
  readonly #read = new Set<number>();
  user: LinkUser | undefined;
  isOver = false;

  private constructor(peer: Peer) {
    this.#peer = peer;
    this.#reading(0);
  }

  static async open(url: string): Promise<Link> {
    return new Link(await Peer.connect(url));
  }

  /** The version that the broker says it has. */
  get version(): string {
    return String(this.#peer.started?.serverProperties['version']);
  }

  send<N extends MethodName>(channel: number, name: N, args: Sent<N> = {}): void {
    this.#reading(channel);
    this.#peer.send(channel, name, args);
  }

  publish(
    channel: number,
    args: Sent<'basic.publish'>,
    body: Uint8Array,
    properties: Properties,
  ): void {
    this.#peer.rawChannel(channel).publish(args, body, properties);
  }

  /** Forgets what the peer keeps of every frame, which a long life adds up. */
  rest(): void {
    this.#peer.frames.splice(0);
    this.user = undefined;
  }

  drop(): void {
    this.isOver = true;
    this.#peer.destroy();
  }

  #reading(channel: number): void {
    if (this.#read.has(channel)) return;
    this.#read.add(channel);
    void this.#readAll(channel);
  }

  async #readAll(channel: number): Promise<void> {
    const from = this.#peer.rawChannel(channel);
    for (;;) {
      const item = await from.any(FOR_EVER_MS).catch(() => undefined);
      if (item === undefined) break;
      this.user?.incoming(this, channel, item);
    }
    if (channel !== 0) return;
    this.isOver = true;
    this.user?.ended(this);
  }
}
