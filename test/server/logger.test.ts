import { describe, expect, it } from 'vitest';
import { createLogger, plainLine } from '../../src/server/logger.ts';

describe('the log', () => {
  it('is a JSON object a line, with time, level and text', () => {
    const lines: string[] = [];
    const logger = createLogger('info', 'json', (line) => lines.push(line));
    logger.info({ port: 5672 }, 'Server startup complete');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      port: 5672,
      msg: 'Server startup complete',
    });
  });

  it('leaves out what is less important than its level', () => {
    const lines: string[] = [];
    const logger = createLogger('warn', 'json', (line) => lines.push(line));
    logger.info({}, 'no');
    logger.warn({}, 'yes');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes']);
  });

  it('is a plain line for people: time, level, text, fields', () => {
    const lines: string[] = [];
    const logger = createLogger('info', 'plain', (line) => lines.push(line));
    logger.warn({ user: 'ada', peer: '10.0.0.1:4 -> x', count: 2 }, 'Login refused');
    expect(lines[0]?.replace(/^\S+ /, '')).toBe(
      'warn  Login refused user=ada peer="10.0.0.1:4 -> x" count=2\n',
    );
  });

  it('lets nobody break a plain line in two by what they call themselves', () => {
    const line = plainLine(JSON.stringify({ time: 't', level: 'info', msg: 'm', user: 'a\nb c' }));
    expect(line).toBe('t info  m user="a\\nb c"\n');
  });

  it('shows the stack of an error', () => {
    const lines: string[] = [];
    const logger = createLogger('error', 'plain', (line) => lines.push(line));
    logger.error({ err: new Error('broken') }, 'Failed');
    expect(lines[0]).toMatch(/error Failed err=Error: broken\n {4}at /);
  });
});
