import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { at } from '../client.ts';
import type { Command, CommandGroup, Flag } from '../command.ts';
import { type Desk, misused, typedJson } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { waitingFor } from '../progress.ts';
import { inVhost, orMissing } from '../refusals.ts';

const NO_QUEUE = 'Queue not found';

const args: Flag = { value: 'json', describe: 'optional arguments, as a JSON object' };
const declared: Readonly<Record<string, Flag>> = {
  name: { value: 'name', describe: 'what it is called' },
  durable: { describe: 'outlives the node; --durable=false if it shall not' },
  'auto-delete': { describe: 'is deleted when nobody uses it any more' },
  arguments: args,
};
const bound: Readonly<Record<string, Flag>> = {
  source: { value: 'exchange', describe: 'where messages come from' },
  destination: { value: 'name', describe: 'where they go' },
  'destination-type': {
    value: 'type',
    choices: ['queue', 'exchange'],
    describe: 'what that is; a queue by default',
  },
};

const declareQueue: Command = {
  name: 'declare_queue',
  summary: 'Declares a queue',
  ofVhost: true,
  takesPairs: true,
  flags: {
    ...declared,
    'queue-type': {
      value: 'type',
      choices: ['classic', 'quorum', 'stream'],
      describe: 'classic by default',
    },
  },
  async run(desk) {
    const type = desk.flag('queue-type');
    const typed = type === undefined ? {} : { 'x-queue-type': type };
    const path = at`/queues/${desk.vhost}/${desk.neededFlag('name')}`;
    const body = { ...declaration(desk), arguments: { ...typed, ...argumentsOf(desk) } };
    await declare(desk, path, body);
    desk.output.result('queue declared');
  },
};

const declareExchange: Command = {
  name: 'declare_exchange',
  summary: 'Declares an exchange',
  ofVhost: true,
  takesPairs: true,
  flags: {
    ...declared,
    type: { value: 'type', describe: 'direct, fanout, topic, headers, …' },
    internal: { describe: 'takes messages from other exchanges alone' },
  },
  async run(desk) {
    const path = at`/exchanges/${desk.vhost}/${desk.neededFlag('name')}`;
    await declare(desk, path, {
      ...declaration(desk),
      type: desk.neededFlag('type'),
      internal: desk.has('internal'),
    });
    desk.output.result('exchange declared');
  },
};

const declareBinding: Command = {
  name: 'declare_binding',
  summary: 'Binds a queue or an exchange to an exchange',
  ofVhost: true,
  takesPairs: true,
  flags: {
    ...bound,
    'routing-key': { value: 'key', describe: 'empty by default' },
    arguments: args,
  },
  async run(desk) {
    const body = { routing_key: desk.flag('routing-key') ?? '', arguments: argumentsOf(desk) };
    await desk.client.post(bindingPath(desk), body);
    desk.output.result('binding declared');
  },
};

const deleteQueue: Command = {
  name: 'delete_queue',
  words: '<name>',
  summary: 'Deletes a queue with the messages in it',
  ofVhost: true,
  takesPairs: true,
  flags: {
    'if-empty': { describe: 'only if there are no messages in it' },
    'if-unused': { describe: 'only if it has no consumers' },
    'dry-run': { describe: 'only says how many messages would go' },
  },
  async run(desk) {
    const { client, output, vhost } = desk;
    const name = desk.word('name');
    output.heading(`Deleting queue '${name}' on vhost '${vhost}' ...`);
    const path = at`/queues/${vhost}/${name}`;
    const found = client.object(`${path}?columns=messages_ready`);
    const ready = String((await orMissing(found, exitCodes.usage, NO_QUEUE))['messages_ready']);
    if (desk.has('dry-run')) {
      output.result(`Would delete the queue with ${ready} ready messages`);
      return;
    }
    const conditions = ['if-empty', 'if-unused'].filter((flag) => desk.has(flag));
    const query = conditions.map((flag) => `${flag}=true`).join('&');
    await client.delete(query === '' ? path : `${path}?${query}`);
    output.result(`Queue was successfully deleted with ${ready} ready messages`);
  },
};

const deleteExchange: Command = {
  name: 'delete_exchange',
  words: '<name>',
  summary: 'Deletes an exchange',
  ofVhost: true,
  takesPairs: true,
  flags: { 'if-unused': { describe: 'only if nothing is bound to it' } },
  async run(desk) {
    const query = desk.has('if-unused') ? '?if-unused=true' : '';
    const path = `${at`/exchanges/${desk.vhost}/${desk.word('name')}`}${query}`;
    await orMissing(desk.client.delete(path), exitCodes.data, 'Exchange not found');
    desk.output.result('exchange deleted');
  },
};

const deleteBinding: Command = {
  name: 'delete_binding',
  summary: 'Removes a binding; list_bindings tells its properties key',
  ofVhost: true,
  takesPairs: true,
  flags: {
    ...bound,
    'properties-key': { value: 'key', describe: 'its routing key, and a hash of its arguments' },
  },
  async run(desk) {
    const key = desk.neededFlag('properties-key');
    const done = desk.client.delete(`${bindingPath(desk)}${at`/${key}`}`);
    await orMissing(done, exitCodes.data, 'Binding not found');
    desk.output.result('binding deleted');
  },
};

const purgeQueue: Command = {
  name: 'purge_queue',
  words: '<name>',
  summary: 'Removes the messages that wait in a queue',
  ofVhost: true,
  takesPairs: true,
  flags: { 'dry-run': { describe: 'only says how many messages would go' } },
  async run(desk) {
    const { client, output, vhost, terminal } = desk;
    const name = desk.word('name');
    output.heading(`Purging queue '${name}' in vhost '${vhost}' ...`);
    const path = at`/queues/${vhost}/${name}`;
    if (desk.has('dry-run')) {
      const found = client.object(`${path}?columns=messages_ready`);
      const { messages_ready: ready } = await orMissing(found, exitCodes.data, NO_QUEUE);
      output.result(`Would remove ${String(ready)} messages`);
      return;
    }
    const done = orMissing(client.delete(`${path}/contents`), exitCodes.data, NO_QUEUE);
    await waitingFor(terminal, 'Purging', done);
  },
};

async function declare(desk: Desk, path: string, body: JsonObject): Promise<void> {
  await inVhost(desk.vhost, desk.client.put(path, body));
}

function declaration(desk: Desk): JsonObject {
  return {
    durable: desk.has('durable', true),
    auto_delete: desk.has('auto-delete'),
    arguments: argumentsOf(desk),
  };
}

function bindingPath(desk: Desk): string {
  const [source, destination] = [desk.neededFlag('source'), desk.neededFlag('destination')];
  const type = desk.flag('destination-type') ?? 'queue';
  if (source === '') throw misused('--source is an exchange with a name');
  const kind = type === 'exchange' ? 'e' : 'q';
  return at`/bindings/${desk.vhost}/e/${source}/${kind}/${destination}`;
}

function argumentsOf(desk: Desk): JsonObject {
  const value = typedJson(desk.flag('arguments') ?? '{}', '--arguments');
  if (isJsonObject(value)) return value;
  throw new CommandError(exitCodes.data, '--arguments is no JSON object');
}

export const queues: CommandGroup = {
  title: 'Queues, exchanges and bindings',
  commands: [
    declareQueue,
    declareExchange,
    declareBinding,
    deleteQueue,
    deleteExchange,
    deleteBinding,
    purgeQueue,
  ],
};
