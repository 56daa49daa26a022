import { beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../../src/broker/journal.ts';
import { Parameters } from '../../src/broker/parameters.ts';
import type { JsonValue } from '../../src/kit/json.ts';
import { SlowLog } from '../kit/slow-log.ts';

let parameters: Parameters;
let log: SlowLog;
const changes: string[] = [];

beforeEach(() => {
  changes.length = 0;
  log = new SlowLog();
  parameters = new Parameters(new Journal(log));
  for (const component of ['shovel', 'link']) {
    parameters.addComponent(component, {
      validate: (_, value: JsonValue) => (value === 'bad' ? 'this is bad' : undefined),
      changed: (vhost, name) => changes.push(`${component} ${vhost} ${name}`),
    });
  }
});

describe('parameters', () => {
  it('are set, replaced, listed by component and vhost, and removed', () => {
    parameters.set('shovel', '/', 'a', { uri: 'amqp://' });
    parameters.set('shovel', 'v', 'a', 1);
    parameters.set('link', '/', 'a', [true]);
    parameters.set('shovel', 'v', 'a', 2);
    expect(parameters.get('shovel', 'v', 'a')).toBe(2);
    expect(parameters.get('link', 'v', 'a')).toBeUndefined();
    expect(parameters.list()).toEqual([
      { component: 'shovel', vhost: '/', name: 'a', value: { uri: 'amqp://' } },
      { component: 'link', vhost: '/', name: 'a', value: [true] },
      { component: 'shovel', vhost: 'v', name: 'a', value: 2 },
    ]);
    expect(parameters.list('shovel').map(({ vhost }) => vhost)).toEqual(['/', 'v']);
    expect(parameters.list('shovel', 'v').map(({ value }) => value)).toEqual([2]);
    expect(parameters.list(undefined, '/').map(({ component }) => component)).toEqual([
      'shovel',
      'link',
    ]);
    expect(parameters.list('shovel', 'none')).toEqual([]);
    expect(parameters.remove('shovel', 'v', 'a')).toBe(true);
    expect(parameters.remove('shovel', 'v', 'a')).toBe(false);
    expect(parameters.get('shovel', 'v', 'a')).toBeUndefined();
  });

  it('tell their component of every change', () => {
    parameters.set('shovel', '/', 'a', 1);
    parameters.set('link', '/', 'b', 1);
    parameters.remove('link', '/', 'b');
    parameters.remove('link', '/', 'b');
    parameters.removeVhost('/');
    expect(changes).toEqual(['shovel / a', 'link / b', 'link / b', 'shovel / a']);
    expect(parameters.list()).toEqual([]);
  });

  it('are refused for a component that is not there, and when the component objects', () => {
    expect(() => parameters.set('nonsense', '/', 'a', 1)).toThrow(
      'Validation failed\n\ncomponent nonsense not found\n',
    );
    expect(() => parameters.set('shovel', '/', 'a', 'bad')).toThrow(
      'Validation failed\n\nthis is bad\n',
    );
    expect([parameters.list(), changes, log.facts]).toEqual([[], [], []]);
  });

  it('tell names and components apart whose texts run into each other', () => {
    parameters.addComponent('shovela', { validate: () => undefined, changed: () => {} });
    parameters.set('shovel', '/', 'ab', 1);
    parameters.set('shovela', '/', 'b', 2);
    expect(parameters.list().map(({ value }) => value)).toEqual([1, 2]);
  });
});
