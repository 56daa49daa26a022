import { codeOf } from '../../kit/errors.ts';
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { jsonText, parseJson } from '../../kit/json-text.ts';
import { at } from '../client.ts';
import { columns } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { definitionChanges, definitionCount } from '../definition-changes.ts';
import type { Desk } from '../desk.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { waitingFor } from '../progress.ts';
import { inVhost } from '../refusals.ts';

const onlyVhost = { value: 'vhost', describe: 'only what is in this vhost' };
const format = { value: 'format', choices: ['json'], describe: 'json, which is the only one' };
const STANDARD = '-';

const exportDefinitions: Command = {
  name: 'export_definitions',
  words: '[<file>]',
  summary: 'Writes all definitions to a file, or to standard output (-)',
  flags: { format, 'only-vhost': onlyVhost },
  async run(desk) {
    const { client, output, terminal } = desk;
    const file = desk.optionalWord('file') ?? STANDARD;
    if (file !== STANDARD)
      output.heading(`Exporting definitions in JSON to a file at "${file}" ...`);
    const vhost = desk.flag('only-vhost');
    const found = client.object(pathFor(vhost));
    const text = `${jsonText(await (vhost === undefined ? found : inVhost(vhost, found)))}\n`;
    if (file === STANDARD) {
      output.text(text);
      return;
    }
    try {
      terminal.writeFile(file, text);
    } catch (error) {
      throw new CommandError(exitCodes.file, `Cannot write ${file}: ${codeOf(error)}`);
    }
  },
};

const importDefinitions: Command = {
  name: 'import_definitions',
  words: '[<file>]',
  summary: 'Adds all that a file, or standard input (-), defines',
  flags: {
    format,
    'only-vhost': { ...onlyVhost, describe: 'into this vhost, from a file that tells of one' },
    'skip-if-unchanged': { describe: 'does nothing if nothing would change' },
    'dry-run': { describe: 'only says what would be added and what changed' },
  },
  async run(desk) {
    const { client, output, terminal } = desk;
    const file = desk.optionalWord('file') ?? STANDARD;
    const from = file === STANDARD ? 'standard input' : `a file at "${file}"`;
    output.heading(`Importing definitions in JSON from ${from} ...`);
    const definitions = await definitionsIn(desk, file);
    const vhost = desk.flag('only-vhost');
    const path = pathFor(vhost);
    if (desk.has('dry-run') || desk.has('skip-if-unchanged')) {
      const changes = definitionChanges(definitions, await client.object(path));
      if (desk.has('dry-run')) {
        output.rows(
          columns('kind', 'added', 'changed', 'same'),
          changes.map((each) => ({ ...each })),
        );
        return;
      }
      if (changes.every(({ added, changed }) => added + changed === 0)) {
        output.result('Nothing would change');
        return;
      }
    }
    const what = `Importing ${definitionCount(definitions)} definitions`;
    const done = client.post(path, definitions);
    await waitingFor(terminal, what, vhost === undefined ? done : inVhost(vhost, done));
    output.remark(`Imported ${definitionCount(definitions)} definitions`);
  },
};

function pathFor(vhost: string | undefined): string {
  return vhost === undefined ? '/definitions' : at`/definitions/${vhost}`;
}

async function definitionsIn({ terminal }: Desk, file: string): Promise<JsonObject> {
  const name = file === STANDARD ? 'standard input' : file;
  const text = file === STANDARD ? (await terminal.readInput()).toString() : read(terminal, file);
  try {
    const definitions = parseJson(text);
    if (isJsonObject(definitions)) return definitions;
  } catch {
    throw new CommandError(exitCodes.data, `What ${name} holds is no JSON`);
  }
  throw new CommandError(exitCodes.data, `What ${name} holds is no JSON object`);
}

function read(terminal: Desk['terminal'], file: string): string {
  try {
    return terminal.readFile(file).toString();
  } catch (error) {
    throw new CommandError(exitCodes.file, `Cannot read ${file}: ${codeOf(error)}`);
  }
}

export const definitions: CommandGroup = {
  title: 'Definitions',
  commands: [exportDefinitions, importDefinitions],
};
