import type { JsonObject } from '../../kit/json.ts';
import { at } from '../client.ts';
import { chosen, columns, queryFor } from '../column.ts';
import type { Command, CommandGroup, Flag } from '../command.ts';
import type { Desk } from '../desk.ts';
import { inVhost } from '../refusals.ts';

const metadata: Readonly<Record<string, Flag>> = {
  description: { value: 'text', describe: 'what it is for' },
  tags: { value: 'tag,tag', describe: 'tags of the vhost' },
  'default-queue-type': {
    value: 'type',
    choices: ['classic', 'quorum', 'stream'],
    describe: 'type of queues that are declared without one',
  },
};

const known = [
  ...columns('name', 'description', 'tags', 'default_queue_type', 'tracing', 'messages'),
  ...columns('messages_ready', 'messages_unacknowledged', 'protected_from_deletion'),
  ...columns('cluster_state'),
];

const listVhosts: Command = {
  name: 'list_vhosts',
  words: '[<column>...]',
  summary: 'Lists vhosts',
  isList: true,
  async run({ client, output, rest }) {
    const shown = chosen(known, rest, ['name']);
    output.heading('Listing vhosts ...');
    output.rows(shown, await client.list(`/vhosts?${queryFor(shown)}`));
  },
};

const addVhost: Command = {
  name: 'add_vhost',
  aliases: ['declare_vhost'],
  words: '<vhost>',
  summary: 'Creates a vhost, unless it is there',
  flags: {
    ...metadata,
    'protected-from-deletion': { describe: 'keeps it from being deleted' },
  },
  async run(desk) {
    const name = desk.word('vhost');
    desk.output.heading(`Adding vhost "${name}" ...`);
    const isProtected = desk.has('protected-from-deletion');
    const wanted = { ...said(desk), ...(isProtected ? { protected_from_deletion: true } : {}) };
    if ((await desk.client.find(at`/vhosts/${name}`)) === undefined) {
      await desk.client.put(at`/vhosts/${name}`, wanted);
    } else if (Object.keys(wanted).length > 0) {
      await change(desk, name, wanted);
    }
  },
};

const deleteVhost: Command = {
  name: 'delete_vhost',
  words: '<vhost>',
  summary: 'Deletes a vhost with all that is in it',
  flags: { 'dry-run': { describe: 'only says what would be deleted' } },
  async run(desk) {
    const { client, output } = desk;
    const name = desk.word('vhost');
    const vhost = await vhostNamed(desk, name);
    if (desk.has('dry-run')) {
      const queues = await client.list(at`/queues/${name}?columns=name`);
      const { messages = 0 } = vhost;
      output.result(`Would delete ${queues.length} queues with ${String(messages)} messages`);
      return;
    }
    output.heading(`Deleting vhost "${name}" ...`);
    await client.delete(at`/vhosts/${name}`);
  },
};

const updateVhostMetadata: Command = {
  name: 'update_vhost_metadata',
  words: '<vhost>',
  summary: 'Changes description, tags or default queue type of a vhost',
  flags: metadata,
  async run(desk) {
    const name = desk.word('vhost');
    desk.output.heading(`Updating metadata of vhost "${name}" ...`);
    await change(desk, name, said(desk));
  },
};

const setVhostTags: Command = {
  name: 'set_vhost_tags',
  words: '<vhost> [<tag>...]',
  summary: 'Sets the tags of a vhost in place of those that there are',
  async run(desk) {
    const name = desk.word('vhost');
    const tags = desk.rest.flatMap((word) => word.split(',')).filter((tag) => tag !== '');
    desk.output.heading(`Setting tags for vhost "${name}" to [${tags.join(', ')}] ...`);
    await change(desk, name, { tags });
  },
};

const enableProtection: Command = {
  name: 'enable_vhost_deletion_protection',
  words: '<vhost>',
  summary: 'Keeps a vhost from being deleted',
  async run(desk) {
    const name = desk.word('vhost');
    desk.output.heading(`Protecting vhost "${name}" from deletion ...`);
    await inVhost(name, desk.client.post(at`/vhosts/${name}/deletion/protection`, {}));
  },
};

const disableProtection: Command = {
  name: 'disable_vhost_deletion_protection',
  words: '<vhost>',
  summary: 'Lets a vhost be deleted again',
  async run(desk) {
    const name = desk.word('vhost');
    desk.output.heading(`Lifting the protection of vhost "${name}" ...`);
    await inVhost(name, desk.client.delete(at`/vhosts/${name}/deletion/protection`));
  },
};

function tracing(name: 'trace_on' | 'trace_off', summary: string, isOn: boolean): Command {
  return {
    name,
    summary,
    ofVhost: true,
    async run(desk) {
      const { output, vhost } = desk;
      output.heading(`${isOn ? 'Starting' : 'Stopping'} tracing for vhost "${vhost}" ...`);
      await change(desk, vhost, { tracing: isOn });
      output.result(`Trace ${isOn ? 'enabled' : 'disabled'} for vhost ${vhost}`);
    },
  };
}

function said(desk: Desk): JsonObject {
  const keys = {
    description: 'description',
    tags: 'tags',
    'default-queue-type': 'default_queue_type',
  };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([flag, key]) => {
      const value = desk.flag(flag);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

// A vhost is written as a whole: what is not said again is gone.
async function change(desk: Desk, name: string, changes: JsonObject): Promise<void> {
  const { description = '', tags = [], default_queue_type: type } = await vhostNamed(desk, name);
  // RabbitMQ's word for none.
  const typed = type === undefined || type === 'undefined' ? {} : { default_queue_type: type };
  await desk.client.put(at`/vhosts/${name}`, { description, tags, ...typed, ...changes });
}

function vhostNamed({ client }: Desk, name: string): Promise<JsonObject> {
  return inVhost(name, client.object(at`/vhosts/${name}`));
}

export const vhosts: CommandGroup = {
  title: 'Virtual hosts',
  commands: [
    listVhosts,
    addVhost,
    deleteVhost,
    updateVhostMetadata,
    setVhostTags,
    enableProtection,
    disableProtection,
    tracing('trace_on', 'Publishes copies of all messages of a vhost to amq.rabbitmq.trace', true),
    tracing('trace_off', 'Ends that', false),
  ],
};
