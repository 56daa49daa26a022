import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { at } from '../client.ts';
import { column, columns, jsonColumn } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { typedJson } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { inVhost, orMissing, refusedAs } from '../refusals.ts';

const shown = [
  ...columns('vhost', 'name', 'pattern', 'apply-to'),
  jsonColumn('definition'),
  column('priority'),
];
const targets = ['all', 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges'];

/** Policies and those of operators differ in what they are called. */
interface Kind {
  readonly path: string;
  readonly list: string;
  readonly set: string;
  readonly clear: string;
  /** In headings. */
  readonly one: string;
  readonly many: string;
  readonly changed: string;
  readonly note: string;
}

const policy: Kind = {
  path: '/policies',
  list: 'list_policies',
  set: 'set_policy',
  clear: 'clear_policy',
  one: 'policy',
  many: 'policies',
  changed: 'policy',
  note: 'Sets a policy: what it defines holds for what its pattern matches',
};

const operatorPolicy: Kind = {
  path: '/operator-policies',
  list: 'list_operator_policies',
  set: 'set_operator_policy',
  clear: 'clear_operator_policy',
  one: 'operator policy',
  many: 'operator policy overrides',
  changed: 'operator policy override',
  note: "Sets an operator's policy, which bounds what users' policies define",
};

function commandsOf(kind: Kind): readonly Command[] {
  const list: Command = {
    name: kind.list,
    summary: `Lists the ${kind.many} of a vhost`,
    ofVhost: true,
    isList: true,
    async run({ client, output, vhost }) {
      output.heading(`Listing ${kind.many} for vhost "${vhost}" ...`);
      output.rows(shown, await inVhost(vhost, client.list(`${kind.path}${at`/${vhost}`}`)));
    },
  };
  const clear: Command = {
    name: kind.clear,
    aliases: [kind.clear.replace('clear', 'delete')],
    words: '<name>',
    summary: `Removes ${kind === policy ? 'a policy' : 'an operator policy'}`,
    ofVhost: true,
    async run(desk) {
      const { client, output, vhost } = desk;
      const name = desk.word('name');
      const on = kind === policy ? 'on' : 'for';
      output.heading(`Clearing ${kind.one} "${name}" ${on} vhost "${vhost}" ...`);
      const done = client.delete(`${kind.path}${at`/${vhost}/${name}`}`);
      await orMissing(done, exitCodes.unavailable, 'Parameter does not exist');
    },
  };
  return [list, setting(kind), clear];
}

function setting(kind: Kind): Command {
  return {
    name: kind.set,
    aliases: [kind.set.replace('set', 'declare')],
    words: '<name> <pattern> <definition>',
    summary: kind.note,
    ofVhost: true,
    flags: {
      priority: { value: 'number', describe: 'of several that match, the highest one holds' },
      'apply-to': { value: 'what', choices: targets, describe: 'what it is for; all by default' },
    },
    async run(desk) {
      const { client, output, vhost } = desk;
      const [name, pattern] = [desk.word('name'), desk.word('pattern')];
      const definition = desk.word('definition');
      const priority = desk.flag('priority') ?? '0';
      output.heading(
        `Setting ${kind.changed} "${name}" for pattern "${pattern}" to "${definition}" with priority "${priority}" for vhost "${vhost}" ...`,
      );
      const body: JsonObject = {
        pattern,
        definition: definitionIn(definition),
        priority: priorityIn(priority),
        'apply-to': desk.flag('apply-to') ?? 'all',
      };
      await inVhost(vhost, client.object(at`/vhosts/${vhost}`));
      const path = `${kind.path}${at`/${vhost}/${name}`}`;
      await refusedAs(exitCodes.unavailable, client.put(path, body));
    },
  };
}

function definitionIn(text: string): JsonObject {
  const definition = typedJson(text, 'The definition');
  if (isJsonObject(definition)) return definition;
  throw new CommandError(exitCodes.data, `The definition is no JSON object: ${text}`);
}

function priorityIn(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new CommandError(exitCodes.usage, `--priority is a whole number, not '${text}'`);
}

export const policies: CommandGroup = {
  title: 'Policies',
  commands: [...commandsOf(policy), ...commandsOf(operatorPolicy)],
};
