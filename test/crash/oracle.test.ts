import { describe, expect, it } from 'vitest';
import { type Story, told } from './story.ts';

describe('the oracle on loss', () => {
  it('is content when what was confirmed is acknowledged', () => {
    const story = told((so) => {
      for (const id of [so.published(), so.published()]) {
        so.delivered(id);
        so.acked(id);
      }
    });
    expect(story.verdict).toEqual([]);
  });

  it('misses a confirmed message that never came', () => {
    const story = told((so) => so.published());
    expect(story.verdict).toEqual(['lost']);
    expect(story.oracle.objections[0]?.history).toEqual([
      'p.1, persistent, confirmed, for plain',
      'epoch 0, 0.000 s: published',
      'epoch 0, 0.000 s: confirmed',
    ]);
  });

  it('misses a message in one of the queues that it was routed to', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['plain', 'other'] });
      so.delivered(id);
      so.acked(id);
    });
    expect(story.verdict).toEqual(['lost']);
  });

  it('misses a message that was delivered, not acknowledged, and did not come back', () => {
    const story = told((so) => {
      so.delivered(so.published());
      so.oracle.end('kill');
    });
    expect(story.verdict).toEqual(['lost']);
  });

  it('does not ask for a message that was never confirmed', () => {
    expect(told((so) => so.sent()).verdict).toEqual([]);
  });

  it('does not ask for a transient message after a restart, but does before', () => {
    const transient = { persistent: false };
    expect(told((so) => so.published(transient)).verdict).toEqual(['lost']);
    for (const how of ['kill', 'stop'] as const) {
      const story = told((so) => {
        so.published(transient);
        so.oracle.end(how);
      });
      expect(story.verdict).toEqual([]);
    }
  });

  it('does not ask for what was in a transient queue after a restart', () => {
    const story = told((so) => {
      so.published({ targets: ['fleeting'] });
      so.oracle.end('kill');
    });
    expect(story.verdict).toEqual([]);
  });

  it('lets a message expire without a trace after its time, not before', () => {
    const story = told((so) => so.published({ targets: ['expiring'], expirationMs: 50 }));
    story.nowMs = 49;
    expect(story.verdict).toEqual(['lost']);
    const other = told((so) => so.published({ targets: ['expiring'], expirationMs: 50 }));
    other.nowMs = 51;
    expect(other.verdict).toEqual([]);
  });
});

describe('the oracle on duplicates', () => {
  it('objects to a second delivery of what is not settled', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual(['twice']);
  });

  it('lets what a closed channel held go to another', () => {
    const story = told((so) => {
      const [one, two] = [so.published(), so.published()];
      so.delivered(one);
      so.delivered(two);
      so.oracle.closing();
      so.delivered(one, { session: 't', redelivered: true });
    });
    expect(story.kinds).toEqual([]);
  });

  it('lets the channel that had it first be heard last while they are closed', () => {
    const story = told((so) => {
      const id = so.published();
      so.oracle.opened('plain', 1);
      so.oracle.closing();
      so.delivered(id, { session: 't', redelivered: true });
      so.acked(id);
      so.delivered(id);
    });
    expect(story.verdict).toEqual([]);
  });

  it('objects to a delivery of what was acknowledged in the same epoch', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual(['twice']);
  });

  it('objects when an acknowledgement is forgotten that something confirmed came after', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.fence();
      so.oracle.end('kill');
      so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual(['twice']);
  });

  it('counts an acknowledgement of the last moments that is forgotten', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.fence();
      so.acked(id);
      so.oracle.end('kill');
      so.delivered(id, { redelivered: true });
      so.acked(id);
    });
    expect(story.verdict).toEqual([]);
    expect(story.oracle.counts.acksUndone).toBe(1);
  });

  it('says how long before the end an acknowledgement was sent that is forgotten', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.nowMs = 30;
      so.oracle.end('kill');
      so.nowMs = 90;
      so.delivered(id, { redelivered: true });
    });
    expect(story.oracle.counts.oldestUndoneMs).toBe(30);
  });

  it('takes a delivery that needs no acknowledgement for acknowledged', () => {
    const comeback = (isFenced: boolean): Story =>
      told((so) => {
        const id = so.published({ targets: ['quick'] });
        so.delivered(id, { queue: 'quick' });
        if (isFenced) so.fence();
        so.oracle.end('kill');
        so.delivered(id, { queue: 'quick' });
      });
    expect(comeback(true).verdict).toEqual(['twice']);
    expect(comeback(false).verdict).toEqual([]);
  });

  it('counts what may have been lost under way to a consumer that need not acknowledge', () => {
    const story = told((so) => so.published({ targets: ['quick'] }));
    expect(story.verdict).toEqual([]);
    expect(story.oracle.counts.swallowed).toBe(1);
  });

  it('takes a confirm of a transient message for no sign of the disk', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.published({ persistent: false });
      so.oracle.end('kill');
      so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual([]);
  });

  it('takes tx.commit-ok for the durability of the acknowledgements in the transaction', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.oracle.committed([], so.line);
      so.oracle.end('kill');
      so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual(['twice']);
  });

  it('objects to a message that has been forgotten, and to one that nobody sent', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.acked(id);
      so.oracle.finish();
      so.oracle.forget();
      so.delivered(id);
      so.delivered('p.7');
    });
    expect(story.kinds).toEqual(['stranger', 'stranger']);
    expect(story.oracle.objections[0]?.text).toContain('gone long ago');
    expect(story.oracle.objections[1]?.text).toContain('never published');
  });
});

describe('the oracle on order', () => {
  it('objects to first deliveries that are not in the order of publishing', () => {
    const story = told((so) => {
      const [one, two] = [so.published(), so.published()];
      so.delivered(two);
      so.delivered(one);
    });
    expect(story.kinds).toEqual(['order']);
  });

  it('compares one publisher, one priority and one channel at a time', () => {
    const story = told((so) => {
      const ids = [
        so.published(),
        so.published({ publisher: 'q' }),
        so.published({ priority: 1 }),
        so.published(),
      ];
      so.delivered(ids[3]!, { session: 'other' });
      for (const id of [ids[2]!, ids[1]!, ids[0]!]) so.delivered(id);
    });
    expect(story.kinds).toEqual([]);
  });

  it('expects what was unsettled at its old place after a restart', () => {
    const story = told((so) => {
      const [one, two] = [so.published(), so.published()];
      so.delivered(one);
      so.fence();
      so.oracle.end('kill');
      so.delivered(two);
      so.delivered(one, { redelivered: true });
    });
    expect(story.kinds).toEqual(['order']);
  });

  it('lets what a consumer puts back come again at any time', () => {
    const story = told((so) => {
      const [one, two] = [so.published(), so.published()];
      so.delivered(one);
      so.delivered(two);
      so.oracle.requeued(one, 'plain', so.line);
      so.delivered(one, { redelivered: true });
    });
    expect(story.kinds).toEqual([]);
  });
});

describe('the oracle on the redelivered flag', () => {
  const comeback = (how: 'kill' | 'stop', isFenced: boolean): Story =>
    told((so) => {
      const id = so.published();
      so.delivered(id);
      if (isFenced) so.fence();
      so.oracle.end(how);
      so.delivered(id);
    });

  it('objects when what was delivered comes back without it', () => {
    expect(comeback('kill', true).kinds).toEqual(['twice']);
    expect(comeback('stop', false).kinds).toEqual(['twice']);
  });

  it('counts what was delivered in the last moments before a kill', () => {
    const story = comeback('kill', false);
    expect(story.kinds).toEqual([]);
    expect(story.oracle.counts.flagsLost).toBe(1);
  });

  it('objects when what was put back comes without it', () => {
    const story = told((so) => {
      const id = so.published();
      so.delivered(id);
      so.oracle.requeued(id, 'plain', so.line);
      so.delivered(id);
    });
    expect(story.kinds).toEqual(['twice']);
  });

  it('objects when what cannot have been delivered has it', () => {
    const story = told((so) => {
      const ids = [so.published(), so.published(), so.published()];
      so.oracle.opened('plain', 2);
      so.oracle.end('stop');
      for (const id of ids) so.delivered(id, { redelivered: true });
    });
    expect(story.kinds).toEqual(['flag']);
    expect(story.oracle.counts.unseen).toBe(3);
  });
});

describe('the oracle on what ends with the broker', () => {
  it('objects to a transient message after a restart', () => {
    for (const how of ['kill', 'stop'] as const) {
      const story = told((so) => {
        const id = so.published({ persistent: false });
        so.oracle.end(how);
        so.delivered(id);
      });
      expect(story.kinds).toEqual(['transient']);
    }
  });

  it('objects to a message that a transient queue has kept', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['fleeting'] });
      so.oracle.end('kill');
      so.delivered(id, { queue: 'fleeting' });
    });
    expect(story.kinds).toEqual(['transient']);
  });

  it('lets both go on while the broker does', () => {
    const story = told((so) => {
      const id = so.published({ persistent: false, targets: ['fleeting'] });
      so.oracle.end('cut');
      so.delivered(id, { queue: 'fleeting' });
    });
    expect(story.kinds).toEqual([]);
  });
});

describe('the oracle on what must not be there', () => {
  it('objects to messages that were refused, returned, rolled back or not committed', () => {
    const story = told((so) => {
      const refused = so.sent();
      so.oracle.refused(refused);
      const undone = so.sent();
      so.oracle.rolledBack([undone]);
      const open = so.oracle;
      open.sent(
        {
          id: 't.1',
          publisher: 't',
          seq: 1,
          persistent: true,
          priority: 0,
          targets: ['plain'],
          expirationMs: Infinity,
          line: so.line,
        },
        'uncommitted',
      );
      for (const id of [refused, undone, 't.1']) so.delivered(id);
    });
    expect(story.kinds).toEqual(['unwanted', 'unwanted', 'unwanted']);
  });

  it('objects when a message with a queue is returned', () => {
    expect(told((so) => so.oracle.returned(so.sent())).kinds).toEqual(['returned']);
    expect(told((so) => so.oracle.returned(so.sent({ targets: [] }))).kinds).toEqual([]);
  });

  it('objects to other bytes than were sent', () => {
    const story = told((so) => so.delivered(so.published(), { damage: 'body' }));
    expect(story.kinds).toEqual(['damaged']);
  });

  it('objects to a message long after its time', () => {
    const story = told((so) => {
      const id = so.published({ targets: ['expiring'], expirationMs: 1000 });
      so.nowMs = 10_000;
      so.delivered(id, { queue: 'expiring' });
    });
    expect(story.kinds).toEqual(['stale']);
  });
});
