import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type ChannelModel, connect, credentials } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../src/kit/logger.ts';
import { type Server, startServer } from '../../src/server/boot.ts';
import { configOf } from '../../src/server/config.ts';
import { type BrokerSettings, startBroker } from '../../src/server/embedded.ts';
import { type Issued, TlsAuthority } from './tls-authority.ts';

let authority: TlsAuthority;
let stranger: TlsAuthority;
let ours: { certfile: string; keyfile: string };
let ada: Issued;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  authority = await TlsAuthority.found();
  stranger = await TlsAuthority.found('Nobody Known');
  ours = await authority.issueFiles('localhost', '127.0.0.1');
  ada = await authority.issue('ada');
});

afterAll(() => {
  authority.close();
  stranger.close();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

interface Entry {
  readonly text: string;
  readonly fields: object;
}

function recorder(): Logger & { readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const keep = (fields: object, text: string): void => {
    entries.push({ text, fields });
  };
  return { ...silentLogger, info: keep, warn: keep, error: keep, entries };
}

function failures({ entries }: { readonly entries: readonly Entry[] }): readonly object[] {
  return entries.flatMap(({ text, fields }) => (text === 'TLS handshake failed' ? [fields] : []));
}

const local = { host: '127.0.0.1', port: 0 };

async function start(
  settings: Omit<BrokerSettings, 'clock'> = {},
  logger: Logger = silentLogger,
): Promise<Server> {
  const { tls, ...rest } = settings;
  const all = { listeners: [], tlsListeners: [local], tls: { ...ours, ...tls }, ...rest };
  const config = configOf({ logLevel: 'silent', ...(all as object) });
  const server = await startServer(config, logger);
  servers.push(server);
  return server;
}

const urlOf = ({ tlsPort }: Server): string => `amqps://guest:guest@127.0.0.1:${tlsPort}`;

async function join(server: Server, options: object = {}): Promise<ChannelModel> {
  const connection = await connect(urlOf(server), { ca: authority.cert, ...options });
  connection.on('error', () => {});
  return connection;
}

/** A socket whose handshake is done. */
async function secure(port: number | undefined, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: port ?? 0, ca: authority.cert, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

async function certificateSeen(port: number | undefined, servername: string): Promise<string> {
  const socket = await secure(port, { servername, checkServerIdentity: () => undefined });
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe('a listener with TLS', () => {
  it('carries messages of a megabyte both ways', async () => {
    const server = await start();
    const connection = await join(server);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('q');
    const body = Buffer.alloc(1024 * 1024, 'all work and no play ');
    const got: Buffer[] = [];
    await channel.consume('q', (message) => got.push(message?.content ?? Buffer.alloc(0)));
    for (let i = 0; i < 8; i++) channel.sendToQueue('q', body);
    await channel.waitForConfirms();
    await expect.poll(() => got.length).toBe(8);
    expect(got.every((content) => content.equals(body))).toBe(true);
    await connection.close();
  });

  it('holds little for a client that does not read, and sends the rest when it does', async () => {
    const server = await start();
    const slow = await join(server);
    const { stream } = (slow as unknown as { connection: { stream: TLSSocket } }).connection;
    const consumer = await slow.createChannel();
    await consumer.assertQueue('q');
    let got = 0;
    await consumer.consume('q', () => got++, { noAck: true });
    const read = stream.read;
    stream.read = () => null;
    const publisher = await (await join(server)).createConfirmChannel();
    const body = Buffer.alloc(10_000);
    for (let i = 0; i < 2000; i++) publisher.sendToQueue('q', body);
    await publisher.waitForConfirms();
    const [connection] = server.broker.connections;
    expect(connection?.unsentBytes).toBeGreaterThan(0);
    expect(connection?.unsentBytes).toBeLessThan(2 * 1024 * 1024);
    expect(got).toBeLessThan(2000);
    stream.read = read;
    stream.emit('readable');
    await expect.poll(() => got).toBe(2000);
  });

  it('shows what was agreed on', async () => {
    const server = await start();
    await join(server, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    await join(server);
    const [older, newer] = [...server.broker.connections].map(({ tls }) => tls);
    expect(older).toEqual({
      protocol: 'tlsv1.2',
      keyExchange: 'ecdhe_ecdsa',
      cipher: 'aes_256_gcm',
      hash: 'aead',
      peerSubject: undefined,
      peerIssuer: undefined,
      peerValidity: undefined,
    });
    expect(newer).toMatchObject({ protocol: 'tlsv1.3', keyExchange: 'any', hash: 'aead' });
  });

  it('is not trusted by clients of another authority', async () => {
    const server = await start();
    await expect(join(server, { ca: stranger.cert })).rejects.toThrow(/certificate/);
    await (await join(server)).close();
  });

  it('speaks the versions that it may speak alone', async () => {
    const server = await start({ tls: { versions: ['tlsv1.2'] } });
    await expect(secure(server.tlsPort, { minVersion: 'TLSv1.3' })).rejects.toThrow();
    const socket = await secure(server.tlsPort);
    expect(socket.getProtocol()).toBe('TLSv1.2');
  });

  it('stands beside one without, and both lead to one broker', async () => {
    const server = await start({ listeners: [local] });
    const plain = await connect(`amqp://guest:guest@127.0.0.1:${server.port}`);
    await (await plain.createChannel()).assertQueue('q');
    const channel = await (await join(server)).createChannel();
    expect(await channel.checkQueue('q')).toMatchObject({ queue: 'q' });
    const kinds = [...server.broker.connections].map(({ tls }) => tls?.protocol);
    expect(kinds).toEqual([undefined, 'tlsv1.3']);
  });

  it('is what the address of a broker in this process leads to where there is nothing else', async () => {
    const broker = await startBroker({ listeners: [], tlsListeners: [local], tls: ours });
    try {
      expect(broker.url).toBe(`amqps://guest:guest@127.0.0.1:${broker.tlsPort}`);
      await (await connect(broker.url, { ca: authority.cert })).close();
    } finally {
      await broker.close();
    }
  });
});

describe('whoever speaks no good TLS', () => {
  it('is turned away with one line in the log, and disturbs nobody', async () => {
    const logger = recorder();
    const server = await start({}, logger);
    const connection = await join(server);
    const socket = connectSocket(server.tlsPort ?? 0, '127.0.0.1');
    sockets.push(socket);
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.resume();
    socket.write('AMQP\0\0\x09\x01 and so on');
    await closed;
    const peer = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    await expect.poll(() => failures(logger)).toEqual([{ peer, reason: expect.any(String) }]);
    expect(await connection.createChannel()).toBeDefined();
  });

  it('is cut off when the handshake takes too long, dripping or silent', async () => {
    const logger = recorder();
    const server = await start({ handshakeTimeoutMs: 300 }, logger);
    const silent = connectSocket(server.tlsPort ?? 0, '127.0.0.1');
    const dripping = connectSocket(server.tlsPort ?? 0, '127.0.0.1');
    // The beginning of a record that says that it is long.
    const hello = Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])]);
    let at = 0;
    const drip = setInterval(() => dripping.write(hello.subarray(at, ++at)), 50);
    try {
      const ended = [silent, dripping].map((socket) => {
        sockets.push(socket);
        socket.on('error', () => {});
        return once(socket.resume(), 'close');
      });
      await Promise.all(ended);
    } finally {
      clearInterval(drip);
    }
    const timedOut = expect.objectContaining({ reason: expect.stringContaining('timeout') });
    await expect.poll(() => failures(logger)).toEqual([timedOut, timedOut]);
  });

  it('does not keep a server from stopping', async () => {
    const server = await start({ handshakeTimeoutMs: 3_600_000 });
    const silent = connectSocket(server.tlsPort ?? 0, '127.0.0.1');
    sockets.push(silent);
    const closed = once(silent.resume(), 'close');
    silent.on('error', () => {});
    await once(silent, 'connect');
    // The server has seen whoever connected before.
    await join(server);
    servers.length = 0;
    await server.stop();
    await closed;
  });
});

describe("clients' certificates", () => {
  const asked = { verify: 'verify_peer' } as const;
  const insisted = { ...asked, failIfNoPeerCert: true };
  const loginWith = { credentials: credentials.external() };

  it('are not asked for unless they are to be verified', async () => {
    const server = await start();
    await join(server, ada);
    expect([...server.broker.connections][0]?.tls?.peerSubject).toBeUndefined();
    await expect(join(server, { ...ada, ...loginWith })).rejects.toThrow();
  });

  it('may be left out where they are only asked for', async () => {
    const server = await start({ tls: { ...asked, cacertfile: authority.cacertfile } });
    await join(server);
    await join(server, ada);
    const [without, having] = [...server.broker.connections].map(({ tls }) => tls);
    expect(without?.peerSubject).toBeUndefined();
    expect(having).toMatchObject({
      peerSubject: 'CN=ada,O=Analytical Engines',
      peerIssuer: 'CN=Test Authority',
      peerValidity: expect.stringMatching(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ - 2049-01-01T00:00:00Z$/,
      ),
    });
  });

  it('are refused without one where they are insisted on', async () => {
    const logger = recorder();
    const cacertfile = authority.cacertfile;
    const server = await start({ tls: { ...insisted, cacertfile } }, logger);
    await expect(join(server)).rejects.toThrow();
    await (await join(server, ada)).close();
    await expect
      .poll(() => failures(logger))
      .toEqual([expect.objectContaining({ reason: expect.stringContaining('certificate') })]);
  });

  it.each([
    ['asked for', asked],
    ['insisted on', insisted],
  ])('of another authority are refused where they are %s', async (_, verify) => {
    const logger = recorder();
    const server = await start({ tls: { ...verify, cacertfile: authority.cacertfile } }, logger);
    await expect(join(server, await stranger.issue('ada'))).rejects.toThrow();
    const reason = expect.stringContaining("the client's certificate: ");
    await expect.poll(() => failures(logger)).toEqual([expect.objectContaining({ reason })]);
    expect(server.broker.connections.size).toBe(0);
  });

  it('name the user who logs in by EXTERNAL', async () => {
    const server = await start({
      authMechanisms: ['PLAIN', 'EXTERNAL'],
      certificateLogin: 'common_name',
      tls: { ...asked, cacertfile: authority.cacertfile },
      defaultUser: 'ada',
    });
    await join(server, { ...ada, ...loginWith });
    const [connection] = server.broker.connections;
    expect([connection?.user, connection?.mechanism]).toEqual(['ada', 'EXTERNAL']);
    // Nobody has that name, and who has no certificate is not offered it.
    await expect(join(server, { ...(await authority.issue('bob')), ...loginWith })).rejects.toThrow(
      /ACCESS_REFUSED/,
    );
    await expect(join(server, loginWith)).rejects.toThrow();
  });

  it('name the user by an alternative name, or as a whole', async () => {
    const tls = { ...asked, cacertfile: authority.cacertfile };
    const authMechanisms = ['EXTERNAL'] as const;
    const whole = await start({
      tls,
      authMechanisms,
      defaultUser: 'CN=ada,O=Analytical Engines',
    });
    await (await join(whole, { ...ada, ...loginWith })).close();
    const alternative = await start({
      tls,
      authMechanisms,
      certificateLogin: 'subject_alternative_name',
      certificateLoginIndex: 1,
      defaultUser: 'countess',
    });
    const named = await authority.issue('ada', '10.0.0.1', 'countess');
    await (await join(alternative, { ...named, ...loginWith })).close();
  });
});

describe('several certificates', () => {
  it('are chosen by the name that a client asks for', async () => {
    const server = await start({
      tls: {
        certificates: {
          wild: await authority.issueFiles('*.eu.example', 'eu.example'),
          exact: await authority.issueFiles('mq.eu.example'),
        },
      },
    });
    const seen = async (name: string): Promise<string> => certificateSeen(server.tlsPort, name);
    expect(await seen('other.eu.example')).toBe('*.eu.example');
    expect(await seen('EU.example')).toBe('*.eu.example');
    expect(await seen('mq.eu.example')).toBe('mq.eu.example');
    expect(await seen('us.example')).toBe('localhost');
    // An address is no name: such a client asks for none.
    expect(await seen('')).toBe('localhost');
  });
});

describe('reloading', () => {
  it('takes new certificates for new connections, and leaves the old ones alone', async () => {
    const files = await authority.issueFiles('first.example');
    const extra = await authority.issueFiles('extra.example');
    const server = await start({ tls: { ...files, certificates: { extra } } });
    const connection = await join(server, { checkServerIdentity: () => undefined });
    const [second, third] = [
      await authority.issueFiles('second.example'),
      await authority.issueFiles('third.example', 'extra.example'),
    ];
    copyFileSync(second.certfile, files.certfile);
    copyFileSync(second.keyfile, files.keyfile);
    copyFileSync(third.certfile, extra.certfile);
    copyFileSync(third.keyfile, extra.keyfile);
    expect(await certificateSeen(server.tlsPort, 'x.example')).toBe('first.example');
    await server.reload();
    expect(await certificateSeen(server.tlsPort, 'x.example')).toBe('second.example');
    expect(await certificateSeen(server.tlsPort, 'extra.example')).toBe('third.example');
    expect(await connection.createChannel()).toBeDefined();
  });

  it('keeps the old ones, and says why, when the new ones are no good', async () => {
    const logger = recorder();
    const files = await authority.issueFiles('before.example');
    const server = await start({ tls: files }, logger);
    const other = await authority.issueFiles('after.example');
    copyFileSync(other.certfile, files.certfile);
    await server.reload();
    writeFileSync(files.certfile, 'nonsense');
    await server.reload();
    const complaints = logger.entries.filter(({ text }) => text.startsWith('Certificates not'));
    expect(complaints.map(({ fields }) => fields)).toEqual([
      {
        of: 'ssl_options',
        reason: `ssl_options.keyfile: ${files.keyfile} is not the key of ${files.certfile}`,
      },
      {
        of: 'ssl_options',
        reason: `ssl_options.certfile: ${files.certfile} holds no certificate in PEM`,
      },
    ]);
    expect(await certificateSeen(server.tlsPort, 'x.example')).toBe('before.example');
  });
});

describe('the HTTP API with TLS', () => {
  const request = (server: Server, path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const port = server.managementTlsPort ?? 0;
      const socket = connectTls({ host: '127.0.0.1', port, ca: authority.cert }, () => {
        const login = Buffer.from('guest:guest').toString('base64');
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic ${login}\r\nconnection: close\r\n\r\n`,
        );
      });
      sockets.push(socket);
      let text = '';
      socket.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      socket.on('error', reject).on('end', () => {
        const [head = '', body = ''] = text.split('\r\n\r\n');
        resolve({ status: Number(head.split(' ')[1]), body });
      });
    });

  it('is served instead of the one without', async () => {
    const server = await start({ managementTlsPort: 0, managementTls: ours });
    expect(server.managementPort).toBeUndefined();
    expect((await request(server, '/api/whoami')).status).toBe(200);
  });

  it('lists what listens with TLS, and when its certificates run out', async () => {
    const server = await start({ managementTlsPort: 0, managementTls: ours });
    const { body } = await request(server, '/api/overview');
    const { tlsPort: port, managementTlsPort } = server;
    expect(body).toContain(`"protocol":"amqp/ssl","ip_address":"127.0.0.1","port":${port}`);
    expect(body).toContain(
      `"protocol":"https","ip_address":"127.0.0.1","port":${managementTlsPort}`,
    );
    const checks = '/api/health/checks/certificate-expiration';
    expect((await request(server, `${checks}/1/days`)).status).toBe(200);
    const later = await request(server, `${checks}/100/years`);
    expect(later.status).toBe(503);
    expect(later.body).toContain('"certfile_expires_on":"2049-01-01"');
  });

  it('shows how connections are encrypted', async () => {
    const server = await start({ managementTlsPort: 0, managementTls: ours });
    await join(server);
    const { body } = await request(server, '/api/connections');
    expect(body).toContain('"ssl":true,"ssl_protocol":"tlsv1.3"');
  });
});

describe('a server that cannot speak TLS', () => {
  it('does not start, and names the setting', async () => {
    const missing = `${authority.folder}/nothing.pem`;
    await expect(start({ tls: { certfile: missing } })).rejects.toThrow(
      `ssl_options.certfile: ${missing} cannot be read: ENOENT`,
    );
    await expect(
      start({ managementTlsPort: 0, managementTls: { certfile: ours.certfile } }),
    ).rejects.toThrow('management.ssl.keyfile: needed for TLS, and not set');
  });
});
