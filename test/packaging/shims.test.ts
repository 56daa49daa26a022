import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn, understood } from '../../src/cli/operator-line.ts';

const packaging = fileURLToPath(new URL('../../packaging/', import.meta.url));
const shims = readdirSync(join(packaging, 'shims'));
const scripts = ['docker-entrypoint.sh', ...shims.map((name) => `shims/${name}`)];

let folder: string;
beforeAll(() => {
  // Says what it was called with, a word a line.
  folder = mkdtempSync(join(tmpdir(), 'leveret-shims-'));
  const path = join(folder, 'leveret');
  writeFileSync(path, '#!/bin/sh\nprintf "%s\\n" leveret "$@"\n');
  chmodSync(path, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function call(
  script: string,
  args: readonly string[],
): { code: number | null; out: string; words: string[] } {
  const { status, stdout, stderr } = spawnSync(join(packaging, script), [...args], {
    env: { PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  const [, ...words] = stdout.split('\n').slice(0, -1);
  return { code: status, out: stdout + stderr, words };
}

describe('the scripts of the image', () => {
  it.each(scripts)('are understood by any shell: %s', (script) => {
    const path = join(packaging, script);
    const { status, stderr } = spawnSync('sh', ['-n', path], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/bin\/sh\n/);
    expect(statSync(path).mode & 0o111).toBe(0o111);
  });

  it('have the names of those of RabbitMQ', () => {
    expect(shims.sort()).toEqual([
      'rabbitmq-diagnostics',
      'rabbitmq-plugins',
      'rabbitmq-server',
      'rabbitmqadmin',
      'rabbitmqctl',
    ]);
  });
});

describe('what compose files and scripts call', () => {
  it.each([
    ['rabbitmq-diagnostics', ['-q', 'ping']],
    ['rabbitmq-diagnostics', ['ping', '-q']],
    ['rabbitmq-diagnostics', ['--silent', 'check_port_connectivity']],
    ['rabbitmq-diagnostics', ['-q', 'check_running']],
    ['rabbitmq-diagnostics', ['-q', 'check_local_alarms']],
    ['rabbitmq-diagnostics', ['-q', 'check_virtual_hosts']],
    ['rabbitmq-diagnostics', ['is_running']],
    ['rabbitmq-diagnostics', ['status', '-t', '30']],
    ['rabbitmq-diagnostics', ['check_protocol_listener', 'amqp']],
    ['rabbitmqctl', ['node_health_check']],
    ['rabbitmqctl', ['await_startup']],
    ['rabbitmqctl', ['wait', '--timeout', '60', '/var/lib/rabbitmq/mnesia/rabbit.pid']],
    ['rabbitmqctl', ['wait', '--pid', '1', '--timeout', '60']],
    ['rabbitmqctl', ['await_online_nodes', '1']],
    ['rabbitmqctl', ['-n', 'rabbit@host', 'add_user', 'ada', 'secret']],
    ['rabbitmqctl', ['set_user_tags', 'ada', 'administrator']],
    ['rabbitmqctl', ['set_permissions', '-p', '/', 'ada', '.*', '.*', '.*']],
    ['rabbitmqctl', ['set_permissions', '--vhost', '/', 'ada', '', '', '']],
    ['rabbitmqctl', ['set_policy', 'ha', '^', '{"max-length":1}', '--apply-to', 'queues']],
    ['rabbitmqctl', ['list_queues', '-p', '/', 'name', 'messages', '--formatter=json']],
    ['rabbitmqctl', ['import_definitions', '/etc/definitions.json']],
    ['rabbitmqctl', ['delete_user', 'guest']],
    ['rabbitmqadmin', ['-u', 'ops', '-p', 'pw', '-V', 'v', 'list', 'queues', 'name']],
    [
      'rabbitmqadmin',
      ['--username=ops', '--password=pw', 'declare', 'queue', 'name=q', 'durable=true'],
    ],
    ['rabbitmqadmin', ['declare', 'binding', 'source=x', 'destination=q', 'routing_key=k k']],
    ['rabbitmqadmin', ['declare', 'vhost', 'name=v']],
    ['rabbitmqadmin', ['declare', 'user', 'name=u', 'password=p', 'tags=']],
    [
      'rabbitmqadmin',
      ['declare', 'permission', 'vhost=v', 'user=u', 'configure=.*', 'write=.*', 'read=.*'],
    ],
    [
      'rabbitmqadmin',
      [
        'declare',
        'policy',
        'name=p',
        'pattern=^',
        'definition={"max-length":1}',
        'apply-to=queues',
      ],
    ],
    ['rabbitmqadmin', ['publish', 'exchange=amq.default', 'routing_key=q', 'payload=hello, world']],
    ['rabbitmqadmin', ['-f', 'raw_json', 'get', 'queue=q', 'ackmode=ack_requeue_false']],
    ['rabbitmqadmin', ['purge', 'queue', 'name=q']],
    ['rabbitmqadmin', ['delete', 'queue', 'name=q']],
    ['rabbitmqadmin', ['-q', 'import', 'rabbit.config']],
    ['rabbitmqadmin', ['export', 'rabbit.config']],
    ['rabbitmqadmin', ['-k', '-s', '-H', 'h', '-P', '15671', 'show', 'overview']],
  ])('is a command line of leveret: %s %j', async (shim, args) => {
    const { code, words } = call(`shims/${shim}`, args);
    expect(code).toBe(0);
    const named = commandIn(words);
    expect(named).toBeDefined();
    // Throws where a word or a flag is unknown, missing or one too many.
    const order = named === undefined ? '' : await understood(named);
    expect(typeof order).toBe('object');
  });

  it('keeps its words whole', () => {
    const { words } = call('shims/rabbitmqadmin', ['-V', 'a b', 'publish', "payload=it's  $HOME"]);
    expect(words).toEqual(['-q', '--vhost', 'a b', 'publish', "payload=it's  $HOME"]);
  });
});

describe('rabbitmq-plugins', () => {
  it('has what is built in, and nothing else', () => {
    const enable = ['enable', '--offline', 'rabbitmq_management', 'rabbitmq_prometheus'];
    expect(call('shims/rabbitmq-plugins', enable)).toMatchObject({
      code: 0,
      out: 'Enabled: rabbitmq_management rabbitmq_prometheus\n',
    });
    expect(call('shims/rabbitmq-plugins', ['enable', 'rabbitmq_shovel_x'])).toMatchObject({
      code: 65,
      out: 'The following plugins could not be found: rabbitmq_shovel_x\n',
    });
    expect(call('shims/rabbitmq-plugins', ['list', '-q'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('[E*] rabbitmq_management\n'),
    });
    expect(call('shims/rabbitmq-plugins', []).code).toBe(64);
  });
});

describe('the entry point', () => {
  it.each([
    [[], ['start']],
    [['leveret', 'start'], ['start']],
    [
      ['--port', '5673'],
      ['start', '--port', '5673'],
    ],
    [
      ['rabbitmq-server', '--log-level', 'debug'],
      ['start', '--log-level', 'debug'],
    ],
    [
      ['leveret', 'repair', '--data-dir', '/d'],
      ['repair', '--data-dir', '/d'],
    ],
  ])('makes of %j what is started', (args, words) => {
    expect(call('docker-entrypoint.sh', args)).toMatchObject({ code: 0, words });
  });

  it('runs other programs as they are', () => {
    expect(call('docker-entrypoint.sh', ['echo', 'a  b']).out).toBe('a  b\n');
  });
});
