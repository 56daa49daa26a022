import { connect, type Socket } from 'node:net';
import { target } from './transcript.ts';

/** A close event as browsers give it; not every Node has one. */
class CloseOfSocket extends Event {
  readonly wasClean: boolean;
  readonly code: number;

  constructor(wasClean: boolean) {
    super('close');
    this.wasClean = wasClean;
    this.code = wasClean ? 1000 : 1006;
  }
}

/**
 * What a WebSocket looks like to a client, with the broker's TCP port behind it: brokers take
 * WebSockets by way of a relay, and a relay adds nothing but its own framing.
 */
export class RelayedWebSocket extends EventTarget {
  binaryType = 'blob';
  onmessage: ((event: { data: ArrayBuffer }) => void) | undefined;
  readonly url: string;
  readonly #socket: Socket;
  #closing = false;

  constructor(url: string) {
    super();
    this.url = url;
    const socket = connect({ host: target().hostname, port: target().port });
    this.#socket = socket;
    socket.on('connect', () => this.dispatchEvent(new Event('open')));
    socket.on('error', () => this.dispatchEvent(new Event('error')));
    socket.on('close', (failed) => this.dispatchEvent(new CloseOfSocket(!failed && this.#closing)));
    socket.on('data', (chunk) => this.onmessage?.({ data: new Uint8Array(chunk).buffer }));
  }

  send(bytes: Uint8Array): void {
    // The client takes its buffer back as soon as this returns.
    this.#socket.write(Buffer.from(bytes));
  }

  close(): void {
    this.#closing = true;
    this.#socket.end();
  }
}
