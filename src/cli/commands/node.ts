import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { at, type Client } from '../client.ts';
import { columns } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { type Desk, misused } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { inCluster, listenersIn, listenersOf, listenerText } from '../listeners.ts';
import {
  alarmSection,
  alarmsOf,
  alarmText,
  breakdown,
  disk,
  fileSection,
  memorySection,
  plugins,
  runtime,
  runtimeName,
  text,
  totals,
} from '../node-sections.ts';

const status: Command = {
  name: 'status',
  summary: 'Tells about the node: version, memory, disk, alarms, totals, listeners',
  async run({ client, output }) {
    output.heading(`Status of node ${client.where} ...`);
    const overview = await client.object('/overview');
    const name = String(overview['node']);
    const [node, { memory = {} }, vhosts] = await Promise.all([
      client.object(at`/nodes/${name}`),
      client.object(at`/nodes/${name}/memory`),
      client.list('/vhosts?columns=name'),
    ]);
    const parts = [
      runtime(overview, node),
      plugins(node),
      fileSection('Data directory', [node['db_dir'] ?? '']),
      fileSection('Config files', node['config_files']),
      fileSection('Log file(s)', node['log_files']),
      alarmSection(alarmsOf(node)),
      memorySection(node, memory),
      {
        title: 'File Descriptors',
        lines: [`Total: ${text(node['fd_used'])}, limit: ${text(node['fd_total'])}`],
      },
      disk(node),
      totals(overview, vhosts.length),
      { title: 'Listeners', lines: listenersIn(overview).map(listenerText) },
    ];
    output.sections(parts, { overview, node, memory });
  },
};

const clusterStatus: Command = {
  name: 'cluster_status',
  summary: 'Tells about the cluster, which has one node',
  async run({ client, output }) {
    output.heading(`Cluster status of node ${client.where} ...`);
    const overview = await client.object('/overview');
    const [node, flags] = await Promise.all([
      client.object(at`/nodes/${String(overview['node'])}`),
      client.list('/feature-flags'),
    ]);
    const name = String(node['name']);
    const versions = `${name}: ${text(overview['product_name'])} ${text(overview['product_version'])} on ${runtimeName(overview)}`;
    const parts = [
      { title: '', lines: [`Cluster name: ${text(overview['cluster_name'])}`] },
      { title: 'Disk Nodes', lines: [name] },
      { title: 'Running Nodes', lines: [name] },
      { title: 'Versions', lines: [versions] },
      { title: 'Maintenance status', lines: [`Node: ${name}, status: not under maintenance`] },
      alarmSection(alarmsOf(node)),
      { title: 'Network Partitions', lines: ['(none)'] },
      { title: 'Listeners', lines: listenersIn(overview).map(inCluster) },
      {
        title: 'Feature flags',
        lines: flags.map((flag) => `Flag: ${text(flag['name'])}, state: ${text(flag['state'])}`),
      },
    ];
    output.sections(parts, {
      cluster_name: overview['cluster_name'] ?? null,
      disk_nodes: [name],
      running_nodes: [name],
      alarms: alarmsOf(node),
      partitions: {},
      listeners: overview['listeners'] ?? [],
      feature_flags: flags,
    });
  },
};

const versionCommand: Command = {
  name: 'version',
  summary: 'Prints the version of this program',
  async run({ output }) {
    // Few want to know it.
    const { version } = await import('../../server/version.ts');
    output.result(version());
  },
};

const serverVersion: Command = {
  name: 'server_version',
  summary: 'Prints the version of RabbitMQ whose API the node speaks, and its own',
  async run({ client, output }) {
    output.heading(`Asking node ${client.where} for its version...`);
    const { rabbitmq_version, product_name, product_version } = await client.object('/overview');
    output.result(`${text(rabbitmq_version)} (${text(product_name)} ${text(product_version)})`);
  },
};

const environment: Command = {
  name: 'environment',
  summary: 'Prints the settings in effect',
  async run({ client, output }) {
    output.heading(`Application environment of node ${client.where} ...`);
    output.text(await client.text('/config/effective'));
  },
};

const listeners: Command = {
  name: 'listeners',
  summary: 'Lists where the node listens',
  isList: true,
  async run({ client, output }) {
    output.heading(`Asking node ${client.where} to report its protocol listeners ...`);
    const found = await listenersOf(client);
    if (output.isForPrograms) {
      const shown = columns('node', 'address', 'port', 'protocol');
      output.rows(
        shown,
        found.map((each) => ({ ...each })),
      );
      return;
    }
    for (const each of found) output.result(listenerText(each));
  },
};

const memoryBreakdown: Command = {
  name: 'memory_breakdown',
  summary: 'Tells where memory goes',
  flags: {
    unit: { value: 'unit', choices: ['gb', 'mb', 'kb', 'bytes'], describe: 'gb by default' },
  },
  async run(desk) {
    const { client, output } = desk;
    output.heading(`Reporting memory breakdown on node ${client.where}...`);
    const { memory = {} } = await client.object(at`/nodes/${await nodeName(client)}/memory`);
    const unit = desk.flag('unit') ?? 'gb';
    const lines = breakdown(memory, unit, '');
    output.sections([{ title: '', lines }], isJsonObject(memory) ? memory : {});
  },
};

const alarms: Command = {
  name: 'alarms',
  summary: 'Lists alarms for memory and disk',
  async run({ client, output }) {
    output.heading(`Asking node ${client.where} to report any known resource alarms ...`);
    const found = alarmsOf(await client.object(at`/nodes/${await nodeName(client)}`));
    const none = `Node ${client.where} reported no alarms, local or clusterwide`;
    const lines = found.length === 0 ? [none] : found.map(alarmText);
    output.sections([{ title: '', lines }], { local: found, global: found });
  },
};

const setMemoryHighWatermark: Command = {
  name: 'set_vm_memory_high_watermark',
  words: '<fraction> [<amount>]',
  summary:
    'Sets from which part of the memory on publishers are held back, until the node is restarted; `absolute` and an amount do as well',
  async run(desk) {
    const { client, output } = desk;
    const [fraction, amount] = [desk.word('fraction'), desk.optionalWord('amount')];
    const limit = await memoryLimit(desk);
    const threshold = fraction === 'absolute' ? `${amount} bytes` : fraction;
    output.heading(`Setting memory threshold on ${client.where} to ${threshold} ...`);
    await client.post('/x/memory-limit', limit);
  },
};

async function memoryLimit(desk: Desk): Promise<JsonObject> {
  const [word, text] = [desk.word('fraction'), desk.optionalWord('amount')];
  if (word === 'absolute') {
    if (text === undefined) throw misused('<amount> is missing');
    const { bytes } = await import('../../server/config-values.ts');
    const amount = bytes(0, Number.MAX_SAFE_INTEGER).safeParse(text);
    if (amount.success) return { bytes: amount.data };
    throw new CommandError(exitCodes.data, `'${text}' is no amount such as 512MiB`);
  }
  if (text !== undefined) throw misused(`'${text}' is more than is needed`);
  const fraction = /^\d*\.?\d+$/.test(word) ? Number(word) : Number.NaN;
  if (fraction <= 1) return { fraction };
  const message = `The threshold should be a fraction between 0.0 and 1.0, not '${word}'`;
  throw new CommandError(exitCodes.data, message);
}

async function nodeName(client: Client): Promise<string> {
  const { node } = await client.object('/overview?columns=node');
  return String(node);
}

export const node: CommandGroup = {
  title: 'Node',
  commands: [
    status,
    clusterStatus,
    versionCommand,
    serverVersion,
    environment,
    listeners,
    memoryBreakdown,
    alarms,
    setMemoryHighWatermark,
  ],
};
