// Debian's RabbitMQ, whose scores are what Leveret's are held to.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages } from './debian.ts';
import { startGroup } from './place.ts';
import { freePort } from './ports.ts';
import { prepare, quoted, StartedBroker, writeCtl } from './started.ts';
import type { Place, Suite } from './suite.ts';

/** Where Debian has the scripts that do not insist on being run by the user `rabbitmq`. */
const SCRIPTS = '/usr/lib/rabbitmq/bin';
const READY_SECONDS = 120;

/** @param name of a folder below `place.work` that is not there yet */
export async function startRabbitMq(
  place: Place,
  suite: Suite,
  name: string,
): Promise<StartedBroker> {
  if (!existsSync(join(SCRIPTS, 'rabbitmq-server'))) {
    await debianPackages(place, ['rabbitmq-server']);
  }
  const listening = await prepare(place, suite, name);
  const { folder } = listening;
  const node = `suite-${listening.port}@localhost`;
  await mkdir(join(folder, 'home'), { recursive: true });
  await writeFile(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  const environment = {
    HOME: join(folder, 'home'),
    PATH: `${SCRIPTS}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP: join(folder, 'erl_crash.dump'),
    RABBITMQ_NODENAME: node,
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: listening.configuration,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // It reports its start as a service would; nobody listens.
    RUNNING_UNDER_SYSTEMD: '1',
  };
  const settings = Object.entries(environment).map(([key, value]) => `${key}=${quoted(value)}`);
  const ctl = await writeCtl(folder, [
    `export ${settings.join(' ')}`,
    `exec ${SCRIPTS}/rabbitmqctl -n ${quoted(node)} "$@"`,
  ]);
  const server = join(SCRIPTS, 'rabbitmq-server');
  const child = startGroup(server, [], listening.log, { folder, environment });
  const broker = new StartedBroker('rabbitmq', listening, ctl, child);
  await broker.ready(READY_SECONDS);
  return broker;
}
