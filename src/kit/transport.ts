/** What a connection needs of whatever carries its bytes: a socket, or two ends inside a test. */
export interface Transport {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /**
   * Sends bytes of the message memory. True: the range is free again. False: it is in flight, and
   * `Receiver.written` tells when it is free; ranges are freed in the order in which they were sent.
   */
  write(start: number, end: number): boolean;
  /** Stops and starts the flow of received bytes. */
  pause(): void;
  resume(): void;
  /** Lets others be read first, if they have something to say soon. */
  giveWay(): void;
  /** Sends what is in flight, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The other side of a Transport. */
export interface Receiver {
  /** Bytes have come; they lie in the message memory until this call returns. */
  received(start: number, end: number): void;
  /** The oldest range in flight is free again. */
  written(): void;
  /** Nothing will come or go any more. */
  closed(cause: string | undefined): void;
}
