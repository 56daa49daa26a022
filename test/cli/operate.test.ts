import { once } from 'node:events';
import { createServer as createSecureServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, failed, leveret, Operator } from './operator.ts';

let operator: Operator;
beforeAll(async () => {
  operator = await Operator.start({ defaultUser: 'ops', defaultPass: 'p:ss' });
});
afterAll(() => operator.close());

const users = ['-s', 'list_users'];

describe('who is asked, and by whom', () => {
  const credentials = { LEVERET_USER: 'ops', LEVERET_PASSWORD: 'p:ss' };
  const listed = done('ops\t[administrator]');

  it('is said by variables', async () => {
    expect(await operator.with({ environment: credentials }, ...users)).toEqual(listed);
  });

  it('is said by the variables of the server beside it', async () => {
    const port = String(operator.broker.managementPort);
    const environment = {
      LEVERET_MANAGEMENT_PORT: port,
      RABBITMQ_DEFAULT_USER: 'ops',
      RABBITMQ_DEFAULT_PASS_FILE: '/run/secrets/pass',
    };
    const files = new Map([['/run/secrets/pass', 'p:ss\n']]);
    expect(await leveret(users, { environment, files })).toEqual(listed);
  });

  it('is said by a URL', async () => {
    const url = operator.url.replace('//', '//ops:p%3Ass@');
    expect(await leveret([...users, '--url', url])).toEqual(listed);
    expect(await leveret([...users, '--url', `${url}/`])).toEqual(listed);
  });

  it('is said by flags, which win', async () => {
    const line = [...users, '--username=ops', '--password', 'p:ss'];
    const environment = { LEVERET_USER: 'nobody', LEVERET_PASSWORD: 'none' };
    expect(await operator.with({ environment }, ...line)).toEqual(listed);
    const port = String(operator.broker.managementPort);
    expect(await leveret([...line, '--host', 'localhost', '--port', port])).toMatchObject({
      code: 0,
    });
  });

  it('is said by standard input, as far as the password goes', async () => {
    const line = [...users, '-u', 'ops', '--password-stdin'];
    expect(await operator.with({ input: 'p:ss\n' }, ...line)).toEqual(listed);
  });

  it('is said by a file with sections', async () => {
    const text = [
      '[default]',
      'hostname = 127.0.0.1',
      `port = ${operator.broker.managementPort}`,
      'username = ops',
      'password = p:ss',
      '[staging]',
      'url = http://127.0.0.1:1',
    ].join('\n');
    const files = new Map([['/home/ops/.leveretrc', text]]);
    expect(await leveret(users, { files })).toEqual(listed);
    expect(await leveret([...users, '--profile', 'staging'], { files })).toMatchObject({
      code: 69,
    });
    expect(await leveret([...users, '--profile', 'none'], { files })).toMatchObject({
      code: 64,
      complaint: expect.stringContaining('There is no section [none] in /home/ops/.leveretrc'),
    });
    expect(await leveret([...users, '--config', '/none'])).toEqual(
      failed(74, 'Cannot read /none: ENOENT'),
    );
    const strange = new Map([['/f', '[default]\nhostnam = x']]);
    expect(await leveret([...users, '--config', '/f'], { files: strange })).toMatchObject({
      code: 64,
      complaint: expect.stringContaining("/f: 'hostnam' means nothing here"),
    });
  });

  it('is refused where the user may not', async () => {
    await operator.with({ environment: credentials }, 'add_user', 'ada', 'x', '--tags=management');
    const environment = { LEVERET_USER: 'ada', LEVERET_PASSWORD: 'x' };
    expect(await operator.with({ environment }, '-q', 'list_users')).toEqual(
      failed(77, 'User "ada" may not do that: Not administrator user'),
    );
  });
});

describe('what keeps a command from being done', () => {
  it('is a command line that makes no sense, with the usage that does', async () => {
    expect(await operator.run('add_vhost')).toEqual({
      code: 64,
      out: '',
      complaint: [
        'Error (argument validation): not enough arguments.',
        '',
        'Usage',
        '',
        'leveret add_vhost <vhost> [--description <text>] [--tags <tag,tag>] [--default-queue-type <type>] [--protected-from-deletion]',
        '',
      ].join('\n'),
    });
    for (const [line, complaint] of [
      [['add_vhost', 'a', 'b'], 'too many arguments.'],
      [
        ['list_queues', '--formater', 'json'],
        "unknown flag '--formater'; did you mean '--formatter'?",
      ],
      [['list_queues', '--formatter', 'xml'], 'Given: "xml"'],
      [['list_queues', '--timeout', 'soon'], "--timeout is a number of seconds, not 'soon'"],
      [['list_queues', '--url', 'nowhere'], "'nowhere' is no URL such as http://localhost:15672"],
      [['list_queues', '-p'], 'Not enough arguments following: p'],
      [['close_all_connections', 'x', '--limit', '-1'], "--limit is a whole number, not '-1'"],
    ] as const) {
      const ended = await leveret(line, {
        environment: {
          LEVERET_URL: operator.url,
          LEVERET_USER: 'ops',
          LEVERET_PASSWORD: 'p:ss',
        },
      });
      expect(ended.code).toBe(64);
      expect(ended.complaint).toContain(complaint);
    }
  });

  it('is a command that nobody knows', async () => {
    expect(await leveret(['lst_queues'])).toEqual({
      code: 64,
      out: '',
      complaint: "leveret: unknown command 'lst_queues'; did you mean 'list_queues'?\n",
    });
  });

  it('is a node that is not there', async () => {
    expect(await leveret(['-q', 'ping', '--url', 'http://127.0.0.1:1'])).toEqual(
      failed(69, 'Cannot reach the node at http://127.0.0.1:1: nothing listens there'),
    );
  });

  it('is a node that does not answer', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    expect(await leveret(['-q', '-t', '0.2', 'ping', '--url', url])).toEqual(
      failed(75, `${url} does not answer in time`),
    );
    mute.close();
  });
});

describe('TLS', () => {
  let server: Server;
  let url: string;
  let cert: string;
  beforeAll(async () => {
    const made = await generate([{ name: 'commonName', value: 'localhost' }]);
    cert = made.cert;
    server = createSecureServer({ key: made.private, cert }, (_, response) => {
      response.setHeader('content-type', 'application/json').end('"4.3.6"');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    url = `https://localhost:${port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('is believed where somebody vouches for the certificate', async () => {
    const files = new Map([['/ca.pem', cert]]);
    const line = ['-q', 'ping', '--url', url, '--ca-cert', '/ca.pem'];
    expect(await leveret(line, { files })).toEqual(done('Ping succeeded'));
  });

  it('is believed by whoever says so', async () => {
    expect(await leveret(['-q', 'ping', '--url', url, '--insecure'])).toEqual(
      done('Ping succeeded'),
    );
  });

  it('is not believed otherwise', async () => {
    expect(await leveret(['-q', 'ping', '--url', url])).toMatchObject({
      code: 69,
      complaint: expect.stringContaining('its certificate is signed by nobody else'),
    });
  });
});

describe('help', () => {
  it('lists all commands', async () => {
    const { out } = await leveret(['--help']);
    for (const name of ['start', 'repair', 'completion', 'list_queues', 'set_policy', 'ping']) {
      expect(out).toMatch(new RegExp(`^ {3}${name} `, 'm'));
    }
    expect(await leveret(['help'])).toMatchObject({ code: 0, out });
  });

  it('tells about one', async () => {
    const { out } = await leveret(['help', 'set_policy']);
    expect(out).toContain('leveret set_policy <name> <pattern> <definition>');
    expect(out).toContain('--apply-to');
    expect((await leveret(['set', 'policy', '--help'])).out).toBe(out);
  });

  it('completes command lines', async () => {
    expect((await leveret(['completion'])).out).toContain('leveret --get-yargs-completions');
    const words = (await leveret(['--get-yargs-completions', 'leveret', 'list_'])).out.split('\n');
    expect(words).toContain('list_queues');
    const flags = (await leveret(['--get-yargs-completions', 'leveret', 'set_policy', '--'])).out;
    expect(flags.split('\n')).toContain('--apply-to');
  });
});
