import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { at } from '../client.ts';
import { columns } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { type Desk, misused, typedJson } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { Progress } from '../progress.ts';
import { orMissing } from '../refusals.ts';

const DEFAULT_EXCHANGE = 'amq.default';
// Requests under way at a time: enough to keep a node busy, and few enough to stop soon.
const PUBLISHED_AT_ONCE = 8;

const get: Command = {
  name: 'get',
  summary: 'Takes messages from a queue and shows them; they go back unless told otherwise',
  ofVhost: true,
  isList: true,
  takesPairs: true,
  flags: {
    queue: { value: 'name', describe: 'where from' },
    count: { value: 'number', describe: 'how many at most; 1 by default' },
    ackmode: {
      value: 'mode',
      choices: [
        'ack_requeue_true',
        'ack_requeue_false',
        'reject_requeue_true',
        'reject_requeue_false',
      ],
      describe: 'what becomes of them; ack_requeue_true by default: they go back',
    },
    encoding: {
      value: 'encoding',
      choices: ['auto', 'base64'],
      describe: 'auto shows UTF-8 as text; so by default',
    },
    truncate: { value: 'bytes', describe: 'of each body' },
  },
  async run(desk) {
    const truncate = desk.flag('truncate');
    const body: JsonObject = {
      count: desk.numberFlag('count', 1),
      ackmode: desk.flag('ackmode') ?? 'ack_requeue_true',
      encoding: desk.flag('encoding') ?? 'auto',
      ...(truncate === undefined ? {} : { truncate: desk.numberFlag('truncate', 0) }),
    };
    const path = at`/queues/${desk.vhost}/${desk.neededFlag('queue')}/get`;
    const found = await orMissing(desk.client.post(path, body), exitCodes.data, 'Queue not found');
    const messages = Array.isArray(found) ? found.filter(isJsonObject) : [];
    desk.output.rows(
      [
        ...columns('routing_key', 'exchange', 'message_count', 'payload', 'payload_bytes'),
        ...columns('payload_encoding', 'properties', 'redelivered'),
      ],
      messages,
    );
  },
};

const publish: Command = {
  name: 'publish',
  summary: 'Publishes a message; its body is read from standard input unless given',
  ofVhost: true,
  takesPairs: true,
  flags: {
    exchange: { value: 'name', describe: 'where to; the default exchange by default' },
    'routing-key': { value: 'key', describe: 'the name of a queue for the default exchange' },
    payload: { value: 'text', describe: 'the body' },
    'payload-encoding': {
      value: 'encoding',
      choices: ['string', 'base64'],
      describe: 'string by default',
    },
    properties: { value: 'json', describe: 'properties and headers, as a JSON object' },
    count: { value: 'number', describe: 'how many times; once by default' },
  },
  async run(desk) {
    const { client, output, vhost, terminal } = desk;
    const exchange = desk.flag('exchange') ?? '';
    const count = desk.numberFlag('count', 1);
    const body = await messageOf(desk);
    const name = exchange === '' ? DEFAULT_EXCHANGE : exchange;
    const path = at`/exchanges/${vhost}/${name}/publish`;
    const progress = new Progress(terminal, 'Publishing', count);
    let left = count;
    let routed = 0;
    const publishLeft = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const sent = client.post(path, body);
        const answer = await orMissing(sent, exitCodes.data, `There is no exchange '${exchange}'`);
        if (isJsonObject(answer) && answer['routed'] === true) routed += 1;
        progress.step();
      }
    };
    await Promise.all(Array.from({ length: PUBLISHED_AT_ONCE }, publishLeft));
    progress.end();
    if (routed < count) {
      const text = `Message published but NOT routed${count === 1 ? '' : `: ${count - routed} of ${count}`}`;
      throw new CommandError(exitCodes.data, text);
    }
    output.result(count === 1 ? 'Message published' : `${count} messages published`);
  },
};

async function messageOf(desk: Desk): Promise<JsonObject> {
  const properties = typedJson(desk.flag('properties') ?? '{}', '--properties');
  if (!isJsonObject(properties)) throw misused('--properties is no JSON object');
  const routing_key = desk.neededFlag('routing-key');
  const given = desk.flag('payload');
  const encoding = desk.flag('payload-encoding') ?? 'string';
  if (given !== undefined) {
    return { routing_key, properties, payload: given, payload_encoding: encoding };
  }
  const input = await desk.terminal.readInput();
  const isEncoded = encoding === 'base64';
  // What comes in may be no text.
  const payload = isEncoded ? input.toString().trim() : input.toString('base64');
  return { routing_key, properties, payload, payload_encoding: 'base64' };
}

export const messages: CommandGroup = { title: 'Messages', commands: [get, publish] };
