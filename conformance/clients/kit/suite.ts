/** What a test came to. */
export type Outcome = 'passed' | 'failed' | 'skipped';

/** What each test of a suite came to, by the test's name as its own tool prints it. */
export type Score = ReadonlyMap<string, Outcome>;

/** PEM files of an authority made for this run, and of what it has signed for 127.0.0.1 and localhost. */
export interface TlsFiles {
  readonly folder: string;
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** The broker that a suite runs against: a Leveret, or a RabbitMQ when scores are recorded. */
export interface TestedBroker {
  readonly product: 'leveret' | 'rabbitmq';
  readonly host: '127.0.0.1';
  readonly port: number;
  /** 0 unless the suite asked for TLS. */
  readonly tlsPort: number;
  readonly managementPort: number;
  readonly tls: TlsFiles;
  /** A command that takes rabbitmqctl's arguments and acts on this broker. */
  readonly ctl: string;
  /**
   * Asks the management API as guest. `path` begins with /api/.
   * @throws an error with the status and the answer when the status is 400 or above
   */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** How a command of a suite ended. */
export interface Ended {
  /** Undefined when it was killed, by the time limit for example. */
  readonly status: number | undefined;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  /** The folder to run it in. */
  readonly folder?: string;
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After this many seconds it is killed, with whatever it has started. Default: 300. */
  readonly seconds?: number;
}

/** Where a suite is installed and run, and what it needs for that. */
export interface Place {
  /** Kept from run to run: what was downloaded and built. */
  readonly cache: string;
  /** This run's own folder, removed afterwards. */
  readonly work: string;
  /** Folder of the suite in the repository. */
  readonly here: string;
  /** Runs a command to its end. Its output goes to a log that is shown when the suite fails. */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<Ended>;
  /** The same. @throws when it does not end with status 0 */
  must(command: string, args: readonly string[], options?: CommandOptions): Promise<Ended>;
}

/** A suite of tests that others wrote for a client of RabbitMQ, in one version. */
export interface Suite {
  /** Unique: the client's name, and its version where there are two, e.g. `pika-1.3`. */
  readonly name: string;
  /** How long it may take against a broker once it is installed, in seconds. */
  readonly seconds: number;
  /** Whether the broker is to listen for TLS as well, with `TlsFiles`. */
  readonly tls?: boolean;
  /** Lines of rabbitmq.conf for the broker. */
  readonly configuration?: readonly string[];
  /** Fetches and builds what is needed into `place.cache`; does nothing where all is there. */
  install(place: Place): Promise<void>;
  /**
   * Runs it, or of it only the tests named.
   * @param only names as in a score
   */
  run(place: Place, broker: TestedBroker, only?: readonly string[]): Promise<Score>;
}
