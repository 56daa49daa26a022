/** A socket that the node listens on. */
export interface ListenerFacts {
  /** RabbitMQ's word: `amqp`, `amqp/ssl`, `http`, `https`, `http/prometheus`, `http/web-amqp`… */
  readonly protocol: string;
  /** `::` for every address. */
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
  /** Of connections that wait to be accepted; AMQP only. */
  readonly backlog?: number | undefined;
  readonly noDelay?: boolean | undefined;
  /** Of its certificate, in wall clock milliseconds; TLS only. */
  readonly expiresAt?: number | undefined;
}

/** The program that runs us. */
export interface RuntimeFacts {
  /** Of Node.js: `20.20.2`. */
  readonly version: string;
  /** Of V8. */
  readonly engine: string;
  /** Of OpenSSL. */
  readonly crypto: string;
}

/** What the process and its machine tell: the server passes it in. */
export interface NodeFacts {
  /** `leveret@host`. */
  readonly name: string;
  /** Leveret's own version. */
  readonly version: string;
  /** Wall clock milliseconds. */
  readonly startedAt: number;
  readonly pid: number;
  readonly runtime: RuntimeFacts;
  readonly processors: number;
  readonly dataDir: string | undefined;
  readonly configFiles: readonly string[];
  /** Every setting with its value, secrets left out. */
  readonly settings: Readonly<Record<string, unknown>>;
  listeners(): readonly ListenerFacts[];
  /** Now. Bytes. */
  memoryUsed(): number;
  /** What counts as used, in RabbitMQ's words. */
  readonly memoryStrategy: 'rss' | 'allocated';
  /** Bytes of memory that there are. */
  readonly memoryTotal: number;
  /** Bytes above which publishers wait. */
  memoryLimit(): number;
  /** undefined where nothing is kept on disk. */
  diskFree(): number | undefined;
  diskFreeLimit(): number;
  openFiles(): number;
  openFilesMax(): number;
  sockets(): number;
  /**
   * What `memory` breakdowns are made of, in bytes. `external` has the array buffers in it, and of the
   * memory of messages only what was ever in use.
   */
  memoryParts(): Readonly<
    Record<'heapUsed' | 'heapTotal' | 'arrayBuffers' | 'external' | 'rss', number>
  >;
  /** Garbage collections so far, and the time that they took in ms. */
  collections(): { readonly count: number; readonly ms: number };
}
