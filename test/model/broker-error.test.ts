import { describe, expect, it } from 'vitest';
import { replyCode } from '../../src/codec/spec.ts';
import { BrokerError } from '../../src/model/broker-error.ts';

describe('BrokerError', () => {
  it('names the reply and keeps its text apart', () => {
    const error = new BrokerError('NOT_FOUND', "no queue 'q' in vhost '/'");
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe("NOT_FOUND - no queue 'q' in vhost '/'");
    expect(error.text).toBe("no queue 'q' in vhost '/'");
    expect(replyCode(error.replyName)).toBe(404);
  });
});
