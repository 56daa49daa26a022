import { at } from '../client.ts';
import type { Command, CommandGroup, Flag } from '../command.ts';
import type { Desk } from '../desk.ts';
import { exitCodes } from '../exit-codes.ts';
import { Progress } from '../progress.ts';
import { inVhost, ofUser, orMissing } from '../refusals.ts';

const pacing: Readonly<Record<string, Flag>> = {
  limit: {
    value: 'number',
    describe: 'how many to close at most; 0 for all, which is so by default',
  },
  'per-connection-delay': { value: 'ms', describe: 'how long to wait after each' },
  'dry-run': { describe: 'only says how many would be closed' },
};

const closeConnection: Command = {
  name: 'close_connection',
  words: '<connection> <explanation>',
  summary: 'Closes a connection, whose name list_connections tells as pid',
  async run(desk) {
    const [name, reason] = [desk.word('connection'), desk.word('explanation')];
    desk.output.heading(`Closing connection ${name}, reason: ${reason}...`);
    const done = desk.client.delete(at`/connections/${name}`, { 'x-reason': headerText(reason) });
    await orMissing(done, exitCodes.data, `There is no connection '${name}'`);
  },
};

const closeAllConnections: Command = {
  name: 'close_all_connections',
  words: '<explanation>',
  summary: 'Closes all connections of a vhost, or of the node',
  ofVhost: true,
  flags: { global: { describe: 'those of all vhosts' }, ...pacing },
  async run(desk) {
    const { client, vhost } = desk;
    const isGlobal = desk.has('global');
    const reason = desk.word('explanation');
    const where = isGlobal ? '' : ` in vhost ${vhost}`;
    desk.output.heading(`Closing all connections${where}, reason: ${reason}...`);
    const found = isGlobal
      ? client.list('/connections?columns=name')
      : inVhost(vhost, client.list(at`/vhosts/${vhost}/connections?columns=name`));
    await closeEach(desk, await found, reason);
  },
};

const closeAllUserConnections: Command = {
  name: 'close_all_user_connections',
  words: '<username> <explanation>',
  summary: 'Closes all connections of a user',
  flags: pacing,
  async run(desk) {
    const [user, reason] = [desk.word('username'), desk.word('explanation')];
    desk.output.heading(`Closing connections of user ${user}, reason: ${reason}...`);
    const found = ofUser(user, desk.client.list(at`/connections/username/${user}?columns=name`));
    await closeEach(desk, await found, reason);
  },
};

async function closeEach(
  desk: Desk,
  connections: readonly { readonly name?: unknown }[],
  reason: string,
): Promise<void> {
  const { client, output, terminal } = desk;
  const limit = desk.numberFlag('limit', 0);
  const delayMs = desk.numberFlag('per-connection-delay', 0);
  const names = connections
    .map(({ name }) => String(name))
    .slice(0, limit === 0 ? undefined : limit);
  if (desk.has('dry-run')) {
    output.result(`Would close ${names.length} connections`);
    return;
  }
  const progress = new Progress(terminal, 'Closing connections', names.length);
  for (const name of names) {
    // Some may have gone by themselves.
    if ((await client.find(at`/connections/${name}?columns=name`)) !== undefined) {
      await client.delete(at`/connections/${name}`, { 'x-reason': headerText(reason) });
    }
    progress.step();
    if (delayMs > 0) await new Promise<void>((go) => terminal.clock.after(delayMs, go));
  }
  progress.end();
  output.result(`Closed ${names.length} connections`);
}

// RFC 9110 §5.5: headers hold what Latin-1 has, on one line; UTF-8 goes as bytes of it.
function headerText(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}/gu, ' ')).toString('latin1');
}

export const connections: CommandGroup = {
  title: 'Connections',
  commands: [closeConnection, closeAllConnections, closeAllUserConnections],
};
