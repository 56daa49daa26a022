// A broker of a suite's own, as a process.

import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killGroup, tail } from './place.ts';
import { freePort } from './ports.ts';
import type { Place, Suite, TestedBroker, TlsFiles } from './suite.ts';
import { tlsFiles, tlsFilesIn } from './tls.ts';

const ASK_MS = 30_000;

/** Where a broker is to listen, and with what. */
export interface Listening {
  /** The broker's own folder. */
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly managementPort: number;
  readonly tls: TlsFiles;
  /** The file that what it prints goes to. */
  readonly log: string;
  /** The file with all this in the format of rabbitmq.conf. */
  readonly configuration: string;
}

/** Chooses ports and writes the configuration, which either product reads. */
export async function prepare(place: Place, suite: Suite, name: string): Promise<Listening> {
  const folder = join(place.work, name);
  await mkdir(folder, { recursive: true });
  const withTls = suite.tls === true;
  const tls = withTls ? await tlsFiles(place) : tlsFilesIn(join(place.work, 'no-tls'));
  const port = await freePort();
  const tlsPort = withTls ? await freePort() : 0;
  const managementPort = await freePort();
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${managementPort}`,
    'loopback_users = none',
  ];
  if (withTls) {
    lines.push(
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${tls.ca}`,
      `ssl_options.certfile = ${tls.serverCertificate}`,
      `ssl_options.keyfile = ${tls.serverKey}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = false',
    );
  }
  const configuration = join(folder, 'broker.conf');
  await writeFile(configuration, `${[...lines, ...(suite.configuration ?? [])].join('\n')}\n`);
  const log = join(folder, 'broker.log');
  return { folder, log, port, tlsPort, managementPort, tls, configuration };
}

/** A script that takes the arguments of rabbitmqctl; its path. */
export async function writeCtl(folder: string, lines: readonly string[]): Promise<string> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  const path = join(folder, 'bin/rabbitmqctl');
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
}

/** For a line of a shell script. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function versionIn(overview: unknown): string {
  if (typeof overview !== 'object' || overview === null) return '';
  return 'rabbitmq_version' in overview ? String(overview.rabbitmq_version) : '';
}

export class StartedBroker implements TestedBroker {
  readonly product: TestedBroker['product'];
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly tlsPort: number;
  readonly managementPort: number;
  readonly tls: TlsFiles;
  readonly ctl: string;
  /** The file with what it prints. */
  readonly log: string;
  /** Of RabbitMQ, or the one whose API is spoken. */
  version = '';
  readonly #process: ChildProcess;

  constructor(
    product: TestedBroker['product'],
    listening: Listening,
    ctl: string,
    process: ChildProcess,
  ) {
    this.product = product;
    this.port = listening.port;
    this.tlsPort = listening.tlsPort;
    this.managementPort = listening.managementPort;
    this.tls = listening.tls;
    this.ctl = ctl;
    this.log = listening.log;
    this.#process = process;
  }

  /** Waits until it serves clients. @throws when it does not, or has ended */
  async ready(seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      if (!this.running) {
        const said = tail(await readFile(this.log, 'utf8'));
        throw new Error(`${this.product} ended as it started:\n${said}`);
      }
      if (await accepts(this.port)) {
        const overview = await this.ask('GET', '/api/overview').catch(() => undefined);
        this.version = versionIn(overview);
        if (this.version !== '') return;
      }
      if (Date.now() > end) throw new Error(`${this.product} does not answer`);
      await pause(100);
    }
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.managementPort}${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
        'content-type': 'application/json',
      },
      signal: AbortSignal.timeout(ASK_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    if (text === '') return undefined;
    const answer: unknown = JSON.parse(text);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.running) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      killGroup(this.#process, 'SIGTERM');
      await Promise.race([ended, pause(10_000, undefined, { ref: false })]);
    }
    killGroup(this.#process, 'SIGKILL');
  }
}
