import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DefinitionFiles, loadDefinitionsFile } from '../../../src/mgmt/definitions/load.ts';
import { MemoryNode } from '../../kit/memory-node.ts';

let node: MemoryNode;
beforeEach(() => {
  node = new MemoryNode();
});
afterEach(() => node.close());

/** Files by path; folders are what stands before a slash. */
function filesOf(texts: Readonly<Record<string, string>>): DefinitionFiles {
  return {
    namesIn(path) {
      const inside = Object.keys(texts).filter((name) => name.startsWith(`${path}/`));
      const names = inside.map((name) => name.slice(path.length + 1).split('/')[0] ?? '');
      return names.length === 0 ? undefined : [...new Set(names)].reverse();
    },
    read(path) {
      const text = texts[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  };
}

const vhostNames = () => [...node.broker.vhosts.keys()];

it('loads a file', () => {
  loadDefinitionsFile(
    node.broker,
    '/etc/d.json',
    filesOf({ '/etc/d.json': '{"vhosts":[{"name":"a"}]}' }),
  );
  expect(vhostNames()).toEqual(['/', 'a']);
});

it('loads the files of a folder in the order of their names', () => {
  const files = filesOf({
    '/etc/d/20-queues.json': '{"queues":[{"name":"q","vhost":"a"}]}',
    '/etc/d/10-vhosts.json': '{"vhosts":[{"name":"a"}]}',
    '/etc/d/..data/10-vhosts.json': 'not read',
    '/etc/d/.hidden': 'not read',
    '/etc/d/sub/x.json': 'not read',
  });
  loadDefinitionsFile(node.broker, '/etc/d/', {
    ...files,
    namesIn: (path) => files.namesIn(path.replace(/\/$/, '')),
  });
  expect(vhostNames()).toEqual(['/', 'a']);
  expect([...(node.broker.vhosts.get('a')?.queues.keys() ?? [])]).toEqual(['q']);
});

it('names the file that it cannot load', () => {
  const load = (text: string) => () =>
    loadDefinitionsFile(node.broker, 'd.json', filesOf({ 'd.json': text }));
  expect(load('{')).toThrow('Definitions in d.json: failed_to_parse_json');
  expect(load('{"queues":[{"name":"q","vhost":"a"}]}')).toThrow(
    'Definitions in d.json: Please create virtual host "a" prior to importing definitions.',
  );
  expect(() => loadDefinitionsFile(node.broker, 'gone.json', filesOf({}))).toThrow(
    'Definitions in gone.json: ENOENT: gone.json',
  );
});
