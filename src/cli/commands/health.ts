import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { jsonText } from '../../kit/json-text.ts';
import { at, type Client, Refusal } from '../client.ts';
import type { Command, CommandGroup } from '../command.ts';
import type { Desk } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { listenersOf } from '../listeners.ts';
import { reaches } from '../reach.ts';

// Load balancers ask it without credentials, and so does whoever only wants to know that it is up.
const IN_SERVICE = '/health/checks/is-in-service';

const ping: Command = {
  name: 'ping',
  summary: 'Says whether the node answers; needs no credentials',
  async run({ client, output, timeoutMs }) {
    output.heading(`Will ping ${client.where}. Timeout: ${timeoutMs} ms.`);
    await client.get('/version');
    output.result('Ping succeeded');
  },
};

const checkRunning: Command = {
  name: 'check_running',
  aliases: ['is_running', 'node_health', 'node_health_check', 'health_check'],
  summary: 'Checks that the node is up and can keep what it promises; needs no credentials',
  async run({ client, output }) {
    output.heading(`Checking if Leveret is running on node ${client.where} ...`);
    await checked(client.get(IN_SERVICE), ({ reason }) => `Leveret is not in service: ${reason}`);
    output.result(`Leveret on node ${client.where} is fully booted and running`);
  },
};

function alarmCheck(name: string, path: string, whose: string): Command {
  return {
    name,
    summary: `Checks that there are no ${whose}alarms for memory or disk`,
    async run({ client, output }) {
      output.heading(`Asking node ${client.where} to report any local resource alarms ...`);
      await checked(client.get(path), ({ body }) => {
        const raised = objectsIn(body['alarms']).map(({ resource }) => String(resource));
        return `Node ${client.where} reported alarms: ${raised.join(', ')}`;
      });
      output.result(`Node ${client.where} reported no ${whose}alarms`);
    },
  };
}

const checkPortConnectivity: Command = {
  name: 'check_port_connectivity',
  summary: 'Checks that something answers at every port on which the node listens',
  flags: {
    address: { value: 'host', describe: 'where to connect to; the host of the API by default' },
  },
  async run(desk) {
    const { client, output, timeoutMs } = desk;
    output.heading(`Testing TCP connections to all active listeners on node ${client.where} ...`);
    const host = desk.flag('address') ?? client.hostname;
    const listeners = await listenersOf(client);
    const ports = listeners.map(({ port }) => port);
    const clock = desk.terminal.clock;
    const open = await Promise.all(ports.map((port) => reaches({ host, port, timeoutMs, clock })));
    const closed = ports.filter((_, i) => !open[i]);
    if (closed.length > 0) {
      const text = `Connection to ports of the following listeners failed: ${closed.join(', ')}`;
      throw new CommandError(exitCodes.unavailable, text);
    }
    output.result(`Successfully connected to ports ${ports.join(', ')} on node ${client.where}.`);
  },
};

const checkPortListener: Command = {
  name: 'check_port_listener',
  words: '<port>',
  summary: 'Checks that the node listens on a port',
  async run(desk) {
    const { client, output } = desk;
    const port = desk.word('port');
    output.heading(`Asking node ${client.where} if there's an active listener on port ${port} ...`);
    await checked(client.get(at`/health/checks/port-listener/${port}`), ({ body }) => {
      const ports = listText(body['ports']);
      return `No listener for port ${port} is active on node ${client.where}. Found listeners that use the following ports: ${ports}`;
    });
    output.result(`A listener for port ${port} is running on node ${client.where}.`);
  },
};

const checkProtocolListener: Command = {
  name: 'check_protocol_listener',
  words: '<protocol>',
  summary: 'Checks that the node listens for a protocol: amqp, amqps, http, …',
  async run(desk) {
    const { client, output } = desk;
    const protocol = desk.word('protocol');
    output.heading(
      `Asking node ${client.where} if there's an active listener for protocol ${protocol} ...`,
    );
    await checked(client.get(at`/health/checks/protocol-listener/${protocol}`), ({ body }) => {
      const protocols = listText(body['protocols']);
      return `No listener for protocol ${protocol} is active on node ${client.where}. Found listeners for the following protocols: ${protocols}`;
    });
    output.result(`A listener for protocol ${protocol} is running on node ${client.where}.`);
  },
};

const checkVirtualHosts: Command = {
  name: 'check_virtual_hosts',
  summary: 'Checks that all vhosts run',
  async run({ client, output }) {
    output.heading(`Checking if all vhosts are running on node ${client.where} ...`);
    await checked(client.get('/health/checks/virtual-hosts'), ({ reason }) => reason);
    output.result(`Node ${client.where} reported all vhosts as running`);
  },
};

const checkCertificateExpiration: Command = {
  name: 'check_certificate_expiration',
  summary: 'Checks that no certificate of the node expires soon',
  flags: {
    within: { value: 'number', describe: 'how soon; 4 by default' },
    unit: {
      value: 'unit',
      choices: ['days', 'weeks', 'months', 'years'],
      describe: 'of what; weeks by default',
    },
  },
  async run(desk) {
    const { client, output } = desk;
    const within = String(desk.numberFlag('within', 4));
    const unit = desk.flag('unit') ?? 'weeks';
    output.heading(`Checking certificate expiration on node ${client.where} ...`);
    const path = at`/health/checks/certificate-expiration/${within}/${unit}`;
    await checked(client.get(path), ({ body }) => {
      return `Some certificates are expiring within ${within} ${unit}: ${jsonText(body['expired'] ?? [])}`;
    });
    output.result(`No certificates are expiring within ${within} ${unit}.`);
  },
};

const checkQuorumCritical: Command = {
  name: 'check_if_node_is_quorum_critical',
  aliases: ['check_if_node_is_mirror_sync_critical'],
  summary: 'Checks that no queue waits for this node; one node never keeps others waiting',
  async run({ client, output }) {
    output.heading(`Checking if node ${client.where} is critical for quorum of any queues ...`);
    await checked(client.get('/health/checks/node-is-quorum-critical'), ({ reason }) => reason);
    output.result(`Node ${client.where} reported no quorum queues with minimum quorum`);
  },
};

const awaitStartup: Command = {
  name: 'await_startup',
  aliases: ['wait', 'wait_startup', 'await_online_nodes'],
  words: '[<ignored>]',
  summary: 'Waits until the node is up, five minutes unless --timeout says otherwise',
  flags: { pid: { value: 'pid', describe: 'is taken and means nothing' } },
  async run(desk) {
    const { client, output, terminal, timeoutMs } = desk;
    output.heading(`Waiting for node ${client.where} to start ...`);
    await upWithin(client, terminal.clock, timeoutMs);
    output.result(`Leveret on node ${client.where} is fully booted and running`);
  },
};

const RETRY_MS = 250;

async function upWithin(
  client: Client,
  clock: Desk['terminal']['clock'],
  timeoutMs: number,
): Promise<void> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    try {
      await client.get(IN_SERVICE);
      return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (clock.now() + RETRY_MS > end) {
        throw new CommandError(exitCodes.timeout, `The node is not up: ${error.message}`);
      }
    }
    await new Promise<void>((go) => clock.after(RETRY_MS, go));
  }
}

/** Says in its own words why a check failed; what kept it from being made is thrown as it is. */
async function checked(
  work: Promise<unknown>,
  say: (failure: { readonly reason: string; readonly body: JsonObject }) => string,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 503) throw error;
    throw new CommandError(exitCodes.unavailable, say(error));
  }
}

function listText(value: JsonValue | undefined): string {
  return isJsonList(value) ? value.map(String).join(', ') : '';
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonList(value) ? value.filter(isJsonObject) : [];
}

export const health: CommandGroup = {
  title: 'Health',
  commands: [
    ping,
    checkRunning,
    alarmCheck('check_alarms', '/health/checks/alarms', ''),
    alarmCheck('check_local_alarms', '/health/checks/local-alarms', 'local '),
    checkPortConnectivity,
    checkPortListener,
    checkProtocolListener,
    checkVirtualHosts,
    checkCertificateExpiration,
    checkQuorumCritical,
    awaitStartup,
  ],
};
