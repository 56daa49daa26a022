import { at } from '../client.ts';
import { columns, jsonColumn } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';
import { typedJson } from '../desk.ts';
import { exitCodes } from '../exit-codes.ts';
import { inVhost, orMissing, refusedAs } from '../refusals.ts';

const MISSING = 'Parameter does not exist';

const listParameters: Command = {
  name: 'list_parameters',
  summary: 'Lists the runtime parameters of a vhost',
  ofVhost: true,
  isList: true,
  async run({ client, output, vhost }) {
    output.heading(`Listing runtime parameters for vhost "${vhost}" ...`);
    const all = await inVhost(vhost, client.list('/parameters'));
    const found = all.filter((each) => each['vhost'] === vhost);
    output.rows([...columns('component', 'name'), jsonColumn('value')], found);
  },
};

const setParameter: Command = {
  name: 'set_parameter',
  aliases: ['declare_parameter'],
  words: '<component> <name> <value>',
  summary: 'Sets a runtime parameter; the value is JSON',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const [component, name] = [desk.word('component'), desk.word('name')];
    const text = desk.word('value');
    output.heading(
      `Setting runtime parameter "${name}" for component "${component}" to "${text}" in vhost "${vhost}" ...`,
    );
    const value = typedJson(text, 'The value');
    const path = at`/parameters/${component}/${vhost}/${name}`;
    await refusedAs(exitCodes.unavailable, client.put(path, { component, vhost, name, value }));
  },
};

const clearParameter: Command = {
  name: 'clear_parameter',
  aliases: ['delete_parameter'],
  words: '<component> <name>',
  summary: 'Removes a runtime parameter',
  ofVhost: true,
  async run(desk) {
    const { client, output, vhost } = desk;
    const [component, name] = [desk.word('component'), desk.word('name')];
    output.heading(
      `Clearing runtime parameter "${name}" for component "${component}" on vhost "${vhost}" ...`,
    );
    const done = client.delete(at`/parameters/${component}/${vhost}/${name}`);
    await orMissing(done, exitCodes.unavailable, MISSING);
  },
};

const listGlobalParameters: Command = {
  name: 'list_global_parameters',
  summary: 'Lists the runtime parameters of the whole node',
  isList: true,
  async run({ client, output }) {
    output.heading('Listing global runtime parameters ...');
    const found = await client.list('/global-parameters');
    output.rows([...columns('name'), jsonColumn('value')], found);
  },
};

const setGlobalParameter: Command = {
  name: 'set_global_parameter',
  words: '<name> <value>',
  summary: 'Sets a runtime parameter of the whole node; the value is JSON',
  async run(desk) {
    const [name, text] = [desk.word('name'), desk.word('value')];
    desk.output.heading(`Setting global runtime parameter "${name}" to "${text}" ...`);
    const value = typedJson(text, 'The value');
    const done = desk.client.put(at`/global-parameters/${name}`, { name, value });
    await refusedAs(exitCodes.unavailable, done);
  },
};

const clearGlobalParameter: Command = {
  name: 'clear_global_parameter',
  words: '<name>',
  summary: 'Removes a runtime parameter of the whole node',
  async run(desk) {
    const name = desk.word('name');
    desk.output.heading(`Clearing global runtime parameter "${name}" ...`);
    const done = desk.client.delete(at`/global-parameters/${name}`);
    await orMissing(done, exitCodes.unavailable, MISSING);
  },
};

const setClusterName: Command = {
  name: 'set_cluster_name',
  words: '<name>',
  summary: 'Sets the name by which the node presents itself',
  async run(desk) {
    const name = desk.word('name');
    desk.output.heading(`Setting cluster name to ${name} ...`);
    await desk.client.put('/cluster-name', { name });
  },
};

export const parameters: CommandGroup = {
  title: 'Parameters',
  commands: [
    listParameters,
    setParameter,
    clearParameter,
    listGlobalParameters,
    setGlobalParameter,
    clearGlobalParameter,
    setClusterName,
  ],
};
