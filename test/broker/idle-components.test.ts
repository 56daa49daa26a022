import { beforeEach, describe, expect, it } from 'vitest';
import { addIdleComponents } from '../../src/broker/idle-components.ts';
import { Journal } from '../../src/broker/journal.ts';
import { Parameters } from '../../src/broker/parameters.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SlowLog } from '../kit/slow-log.ts';

let parameters: Parameters;
const warnings: object[] = [];

beforeEach(() => {
  warnings.length = 0;
  parameters = new Parameters(new Journal(new SlowLog()));
  const warn = (fields: object) => warnings.push(fields);
  addIdleComponents(parameters, { ...silentLogger, warn });
});

describe('parameters of what nothing here runs', () => {
  it('are kept as they are, and who sets them is warned', () => {
    const value = { 'src-uri': 'amqp://a', 'dest-uri': 'amqp://b', 'ack-mode': 'on-confirm' };
    parameters.set('shovel', '/', 's', value);
    parameters.set('federation-upstream-set', '/', 'all', [{ upstream: 'u' }]);
    expect(parameters.get('shovel', '/', 's')).toEqual(value);
    expect(warnings).toEqual([
      { component: 'shovel', vhost: '/', name: 's' },
      { component: 'federation-upstream-set', vhost: '/', name: 'all' },
    ]);
    expect(parameters.remove('shovel', '/', 's')).toBe(true);
    expect(warnings).toHaveLength(2);
  });

  it('are refused without the keys that they cannot be without', () => {
    const text = 'Validation failed\n\nKey "dest-uri" not found in s\n';
    expect(() => parameters.set('shovel', '/', 's', { 'src-uri': 'amqp://a' })).toThrow(text);
    expect(() => parameters.set('federation-upstream', '/', 'u', {})).toThrow(
      'Validation failed\n\nKey "uri" not found in u\n',
    );
    expect(() => parameters.set('federation-upstream', '/', 'u', 'x')).toThrow(
      'Validation failed\n\nu not a list <<"x">>\n',
    );
    expect(() => parameters.set('federation-upstream-set', '/', 'u', {})).toThrow(/not a list/);
    expect(parameters.list()).toEqual([]);
  });
});
