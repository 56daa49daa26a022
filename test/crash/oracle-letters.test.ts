import { describe, expect, it } from 'vitest';
import type { Handed } from './rules.ts';
import { type Story, told } from './story.ts';

describe('the oracle on dead letters', () => {
  const letter = (queue: string, reason: string, to = 'dead'): Partial<Handed> => {
    return { queue: to, death: { queue, reason } };
  };

  it('finds a message in the queue that it was dead-lettered to', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['reject'] });
      so.delivered(id, { queue: 'reject' });
      so.oracle.rejected(id, 'reject', so.line);
      so.delivered(id, letter('reject', 'rejected'));
      so.acked(id, 'dead');
    });
    expect(story.verdict).toEqual([]);
    expect(story.oracle.counts.letters).toBe(1);
  });

  it('finds it at the end of a chain', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['ttl'] });
      so.nowMs = 100;
      so.delivered(id, letter('ttl.dead', 'maxlen'));
      so.acked(id, 'dead');
    });
    expect(story.verdict).toEqual([]);
  });

  it('misses one that was rejected and is nowhere', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['reject'] });
      so.delivered(id, { queue: 'reject' });
      so.oracle.rejected(id, 'reject', so.line);
    });
    expect(story.verdict).toEqual(['lost']);
  });

  it.each([
    ['a reason that its queue does not have', 'ttl', letter('ttl', 'rejected', 'ttl.dead')],
    ['a rejection that nobody made', 'reject', letter('reject', 'rejected')],
    ['expiry before its time', 'ttl', letter('ttl', 'expired', 'ttl.dead')],
    ['a delivery limit that was not reached', 'quorum', letter('quorum', 'delivery_limit')],
  ])('objects to %s', (_, target, so) => {
    const story = told((it) => {
      it.nowMs = 50;
      it.delivered(it.published({ targets: [target] }), so);
    });
    expect(story.kinds).toContain('died');
  });

  it('objects to one from or in a queue where it cannot be', () => {
    const story = told((so) => {
      so.delivered(so.published({ targets: ['plain'] }), letter('reject', 'rejected'));
      so.delivered(so.published({ targets: ['plain'] }), { queue: 'other' });
    });
    expect(story.kinds).toEqual(['astray', 'astray']);
  });

  it('objects to a dead letter of what was acknowledged', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['ttl'] });
      so.delivered(id, { queue: 'ttl' });
      so.acked(id, 'ttl');
      so.nowMs = 200;
      so.delivered(id, letter('ttl', 'expired', 'ttl.dead'));
    });
    expect(story.kinds).toEqual(['copied']);
  });

  const leftBehind = (count: number): Story =>
    told((so) => {
      const ids = Array.from({ length: count }, () => so.published({ targets: ['ttl'] }));
      so.oracle.end('kill');
      so.nowMs = 200;
      for (const id of ids) so.delivered(id, letter('ttl', 'expired', 'ttl.dead'));
      for (const id of ids) so.delivered(id, { queue: 'ttl', session: 't', redelivered: true });
      for (const id of ids) {
        so.acked(id, 'ttl');
        so.acked(id, 'ttl.dead');
      }
    });

  it('counts one whose message a kill has left behind, and objects to more', () => {
    const one = leftBehind(1);
    expect(one.verdict).toEqual([]);
    expect(one.oracle.counts.copies).toBe(1);
    expect(leftBehind(2).verdict).toEqual(['copied']);
  });

  it('objects to the second of two without a kill', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['ttl'] });
      so.nowMs = 200;
      so.delivered(id, letter('ttl', 'expired', 'ttl.dead'));
      so.delivered(id, letter('ttl', 'expired', 'ttl.dead'));
    });
    expect(story.kinds).toEqual(['twice']);
  });
});

describe('the oracle on delivery counts', () => {
  const quorum = (count: number, so: Partial<Handed> = {}): Partial<Handed> => {
    return { queue: 'quorum', count, redelivered: count > 0, ...so };
  };

  it('follows them over returns and restarts', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['quorum'] });
      so.delivered(id, quorum(0));
      so.oracle.requeued(id, 'quorum', so.line);
      so.delivered(id, quorum(1));
      so.fence();
      so.oracle.end('kill');
      so.delivered(id, quorum(2));
    });
    expect(story.kinds).toEqual([]);
  });

  it('knows that a return counts over a kill when something confirmed came after', () => {
    const returned = (isFenced: boolean): Story =>
      told((so) => {
        const id = so.published({ targets: ['quorum'] });
        for (const count of [0, 1]) {
          so.delivered(id, quorum(count));
          if (count === 1 && !isFenced) so.fence();
          so.oracle.requeued(id, 'quorum', so.line);
        }
        if (isFenced) so.fence();
        so.oracle.end('kill');
        so.delivered(id, quorum(1));
      });
    expect(returned(true).kinds).toEqual(['count']);
    expect(returned(false).kinds).toEqual([]);
  });

  it.each([
    ['does not grow with a return', 0, false],
    ['grows by more than the returns', 2, false],
    ['starts anew after a restart', 0, true],
  ])('objects when one %s', (_, count, restarts) => {
    const story = told((so) => {
      const id = so.published({ targets: ['quorum'] });
      so.delivered(id, quorum(0));
      so.fence();
      if (restarts) so.oracle.end('kill');
      else so.oracle.requeued(id, 'quorum', so.line);
      so.delivered(id, quorum(count, { redelivered: true }));
    });
    expect(story.kinds).toEqual(['count']);
  });
});
