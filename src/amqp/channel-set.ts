import type { Channel } from './channel.ts';
import type { ChannelProfile } from './channel-profile.ts';

/** The channels of a connection, those included that we have closed and that wait for the answer. */
export class ChannelSet {
  // By number, for frames; and those that there are, for everything else: numbers may be far apart.
  #byNumber: (Channel | undefined)[] = [];
  readonly #all = new Set<Channel>();

  get byNumber(): readonly (Channel | undefined)[] {
    return this.#byNumber;
  }

  get all(): ReadonlySet<Channel> {
    return this.#all;
  }

  /** Part of a message has come on one of them. */
  get isReceiving(): boolean {
    for (const channel of this.#all) if (channel.assembly !== undefined) return true;
    return false;
  }

  /** In the order of their numbers. */
  get profiles(): readonly ChannelProfile[] {
    return [...this.#all].map(({ profile }) => profile).sort((a, b) => a.number - b.number);
  }

  add(channel: Channel): void {
    this.#byNumber[channel.number] = channel;
    this.#all.add(channel);
  }

  /** Forgets a channel that is over. */
  drop(channel: Channel): void {
    if (!channel.released) channel.release();
    this.#byNumber[channel.number] = undefined;
    this.#all.delete(channel);
  }

  dropAll(): void {
    for (const channel of this.#all) {
      if (!channel.released) channel.release();
    }
    this.#all.clear();
    this.#byNumber = [];
  }
}
