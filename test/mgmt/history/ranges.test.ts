import { describe, expect, it } from 'vitest';
import { rangesOf } from '../../../src/mgmt/history/ranges.ts';
import { HttpError } from '../../../src/mgmt/http-error.ts';

const ranges = (query: string): object => rangesOf(new URLSearchParams(query));

function refusal(query: string): HttpError {
  try {
    ranges(query);
  } catch (error) {
    if (error instanceof HttpError) return error;
  }
  throw new Error(`'${query}' is not refused`);
}

describe('ranges in a query', () => {
  it('are read for each kind of figures', () => {
    expect(
      ranges(
        'lengths_age=60&lengths_incr=5&msg_rates_age=600&msg_rates_incr=5' +
          '&data_rates_age=3600&data_rates_incr=60&node_stats_age=10&node_stats_incr=1',
      ),
    ).toEqual({
      lengths: { age: 60, incr: 5 },
      msgRates: { age: 600, incr: 5 },
      dataRates: { age: 3600, incr: 60 },
      nodeStats: { age: 10, incr: 1 },
    });
  });

  it.each(['', 'lengths_age=60', 'lengths_incr=5', 'lengths_age=abc&lengths_incr=5'])(
    'are none where age and increment are no two whole numbers: %s',
    (query) => {
      expect(ranges(query)).toEqual({});
    },
  );

  it.each([
    ['-5', '5'],
    ['60', '0'],
    ['0', '5'],
    ['5010', '10'],
    ['60000', '1'],
  ])('are refused in RabbitMQ’s words where they make no sense: age %s, incr %s', (age, incr) => {
    const { status, error, reason } = refusal(`lengths_age=${age}&lengths_incr=${incr}`);
    expect([status, error]).toEqual([400, 'bad_request']);
    expect(reason).toBe(`Invalid range parameters: age ${age}, incr ${incr}`);
  });

  it('have 501 samples at most', () => {
    expect(ranges('lengths_age=5009&lengths_incr=10')).toEqual({
      lengths: { age: 5009, incr: 10 },
    });
  });
});
