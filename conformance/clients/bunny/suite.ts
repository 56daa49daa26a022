// The specs of bunny, the Ruby client, that talk to a broker. Debian's archive has those of 2.23
// alone; the version of bunny that Debian has as a package is held to them too, but for its recovery.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, debianSource } from '../kit/debian.ts';
import { freePort } from '../kit/ports.ts';
import { redirection } from '../kit/redirect.ts';
import { rspecScore } from '../kit/reports.ts';
import type { Place, Score, Suite, TestedBroker } from '../kit/suite.ts';

/** What closes connections that are not its own: none of the others can be run beside it. */
const RECOVERY: readonly string[] = [
  'spec/higher_level_api/integration/connection_recovery_spec.rb',
  'spec/higher_level_api/integration/connection_stop_spec.rb',
];
const FOLDERS: readonly string[] = ['spec/higher_level_api', 'spec/lower_level_api', 'spec/issues'];
const TESTBED = 'bunny_testbed';
/** Where toxiproxy_helper.rb has its proxy. */
const PROXY_PORT = 11_111;
const QUEUE_TYPES: readonly string[] = ['classic', 'quorum', 'stream'];

interface Version {
  readonly name: string;
  readonly specs: 'recovery' | 'all but recovery';
  /** Debian's own package, in place of what the specs lie beside. */
  readonly packaged?: true;
}

function source(place: Place): Promise<string> {
  return debianSource(place, 'ruby-bunny', 'trixie');
}

/** The gem in Debian's package, whatever its version. */
async function packagedLibrary(place: Place): Promise<string> {
  const { output } = await place.must('dpkg', ['-L', 'ruby-bunny']);
  const file = /^(\S+)\/bunny\.rb$/m.exec(output)?.[1];
  if (file === undefined) throw new Error("Debian's package ruby-bunny has no bunny.rb");
  return file;
}

async function specFiles(folder: string, specs: Version['specs']): Promise<readonly string[]> {
  if (specs === 'recovery') return RECOVERY;
  const found = FOLDERS.map(async (name) => {
    const files = await readdir(join(folder, name), { recursive: true });
    return files.filter((file) => file.endsWith('_spec.rb')).map((file) => join(name, file));
  });
  return (await Promise.all(found)).flat().filter((file) => !RECOVERY.includes(file));
}

/** What bin/ci/before_build of bunny does with rabbitmqctl. */
async function prepare(broker: TestedBroker): Promise<void> {
  const ask = (path: string, body: unknown) => broker.ask('PUT', path, body);
  const vhosts = [TESTBED];
  await ask(`/api/vhosts/${TESTBED}`, {});
  for (const type of QUEUE_TYPES) {
    const vhost = `bunny_dqt_${type}`;
    // One without streams refuses such a vhost, which the specs then tell.
    await ask(`/api/vhosts/${vhost}`, { default_queue_type: type }).then(
      () => vhosts.push(vhost),
      () => undefined,
    );
  }
  await ask('/api/users/bunny_gem', { password: 'bunny_password', tags: '' });
  await ask('/api/users/bunny_reader', { password: 'reader_password', tags: '' });
  const everything = { configure: '.*', write: '.*', read: '.*' };
  for (const vhost of vhosts) {
    await ask(`/api/permissions/${vhost}/bunny_gem`, everything);
    await ask(`/api/permissions/${vhost}/guest`, everything);
  }
  const reading = { configure: '^---$', write: '^---$', read: '.*' };
  await ask(`/api/permissions/${TESTBED}/bunny_reader`, reading);
}

async function run(
  version: Version,
  place: Place,
  broker: TestedBroker,
  only?: readonly string[],
): Promise<Score> {
  await prepare(broker);
  const folder = await source(place);
  const proxy = await freePort();
  const ports = new Map([
    [PROXY_PORT, proxy],
    [5672, broker.port],
    [5671, broker.tlsPort],
    [15672, broker.managementPort],
  ]);
  const library = version.packaged ? await packagedLibrary(place) : join(folder, 'lib');
  const report = join(place.work, 'report.json');
  const files = await specFiles(folder, version.specs);
  await place.run(
    'env',
    [
      // With CI set the specs leave out TLS, for want of certificates.
      ...['-u', 'CI', 'rspec', '--options', '/dev/null', '-I', join(place.here, 'support')],
      ...['-I', library, '--format', 'json', '--out', report, '--format', 'documentation'],
      ...(only ?? []).flatMap((name) => ['--example', name]),
      ...files,
    ],
    {
      folder,
      environment: {
        ...(await redirection(place, ports)),
        BUNNY_CERTIFICATE_DIR: broker.tls.folder,
        // Otherwise toxiproxy_helper.rb takes another machine for the broker's.
        LOCAL_RABBITMQ: '1',
        // How often basic_consume_spec.rb does the same again; each time takes two seconds.
        RUNS: '4',
        TOXIPROXY_LISTEN: String(proxy),
      },
      seconds: 400,
    },
  );
  return rspecScore(await readFile(report, 'utf8'));
}

const VERSIONS: readonly Version[] = [
  { name: 'bunny-2.23', specs: 'all but recovery' },
  { name: 'bunny-2.23-recovery', specs: 'recovery' },
  { name: 'bunny-2.19', specs: 'all but recovery', packaged: true },
];

export const suites: readonly Suite[] = VERSIONS.map((version) => ({
  name: version.name,
  seconds: 420,
  tls: true,
  async install(place: Place): Promise<void> {
    await debianPackages(place, ['ruby', 'ruby-rspec', 'ruby-bunny', 'ruby-sorted-set']);
    await source(place);
  },
  run: (place, broker, only) => run(version, place, broker, only),
}));
