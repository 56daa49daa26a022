import { describe, expect, it } from 'vitest';
import { Intake, type IntakeHost } from '../../src/amqp/intake.ts';
import { MemoryTransport } from '../kit/memory-transport.ts';

const UNBLOCKED = 'unblocked';

// A log that has too much to write until it is told that it has not.
class BusyLog {
  isCongested = false;
  failure: Error | undefined = undefined;
  readonly waiting: (() => void)[] = [];

  whenRelieved(run: () => void): void {
    this.waiting.push(run);
  }

  relieve(): void {
    this.isCongested = false;
    for (const run of this.waiting.splice(0)) run();
  }
}

class Host implements IntakeHost {
  readonly broker = { log: new BusyLog() };
  isOpen = true;
  isChoked = false;
  isReceiving = false;
  readonly told: string[] = [];

  tellBlocked(reason: string | undefined): void {
    this.told.push(reason ?? UNBLOCKED);
  }
}

// A transport that counts what it is asked for.
class CountingTransport extends MemoryTransport {
  pauses = 0;
  resumes = 0;
  givenWay = 0;

  override pause(): void {
    super.pause();
    this.pauses += 1;
  }

  override resume(): void {
    super.resume();
    this.resumes += 1;
  }

  override giveWay(): void {
    this.givenWay += 1;
  }
}

function open() {
  const host = new Host();
  const transport = new CountingTransport();
  return { host, transport, intake: new Intake(transport, host), log: host.broker.log };
}

/** An alarm is raised, and then the client publishes. */
function blockPublisher(intake: Intake, reason: string): void {
  intake.block(reason);
  intake.notePublish();
  intake.regulate();
}

describe('the intake of a connection under an alarm', () => {
  it('goes on for a client that does not publish', () => {
    const { host, transport, intake } = open();
    intake.block('low on memory');
    intake.regulate();
    expect(intake.isPaused).toBe(false);
    expect(transport.pauses).toBe(0);
    expect(host.told).toEqual([]);
    intake.unblock();
    expect(host.told).toEqual([]);
    expect(transport.resumes).toBe(0);
  });

  it('goes on for a client that has published before, until it does again', () => {
    const { host, transport, intake } = open();
    expect(intake.notePublish()).toBe(false);
    intake.block('low on memory');
    intake.regulate();
    expect(transport.pauses).toBe(0);
    expect(host.told).toEqual([]);
    expect(intake.notePublish()).toBe(true);
    intake.regulate();
    expect(intake.isPaused).toBe(true);
    expect(host.told).toEqual(['low on memory']);
  });

  it('stops with the first publish of a client that has not published before, and says so once', () => {
    const { host, transport, intake } = open();
    blockPublisher(intake, 'low on memory');
    expect(transport.paused).toBe(true);
    for (let i = 0; i < 3; i++) intake.regulate();
    intake.block('low on disk');
    expect(host.told).toEqual(['low on memory']);
    expect(transport.pauses).toBe(1);
  });

  it('stops at once when the log has failed: a client that has published may wait for a confirm', () => {
    const { host, intake, log, transport } = open();
    intake.notePublish();
    log.failure = new Error('EIO');
    intake.block('disk failure: EIO');
    expect(transport.paused).toBe(true);
    expect(host.told).toEqual(['disk failure: EIO']);
  });

  it('goes on under the next alarm until the client publishes again', () => {
    const { transport, intake } = open();
    blockPublisher(intake, 'low on memory');
    intake.unblock();
    intake.block('low on disk');
    expect(transport).toMatchObject({ paused: false, pauses: 1 });
  });

  it('tells all that is wrong by the time it stops', () => {
    const { host, intake } = open();
    intake.block('low on memory');
    intake.block('low on disk & memory');
    intake.notePublish();
    intake.regulate();
    intake.block('low on disk & memory: both');
    expect(host.told).toEqual(['low on disk & memory']);
  });

  it('goes on when the alarm ends, and says so once', () => {
    const { host, transport, intake } = open();
    blockPublisher(intake, 'low on memory');
    intake.unblock();
    expect(intake.isPaused).toBe(false);
    expect(transport).toMatchObject({ paused: false, pauses: 1, resumes: 1 });
    intake.unblock();
    intake.regulate();
    expect(host.told).toEqual(['low on memory', UNBLOCKED]);
    expect(transport.resumes).toBe(1);
    expect(intake.notePublish()).toBe(false);
  });

  it('says it anew for each alarm, with that alarm’s reason', () => {
    const { host, intake } = open();
    blockPublisher(intake, 'low on memory');
    intake.unblock();
    blockPublisher(intake, 'low on disk');
    intake.unblock();
    expect(host.told).toEqual(['low on memory', UNBLOCKED, 'low on disk', UNBLOCKED]);
  });

  it('goes on until a message that has begun to come is complete', () => {
    const { host, transport, intake } = open();
    expect(intake.notePublish()).toBe(false);
    host.isReceiving = true;
    intake.block('low on memory');
    intake.regulate();
    expect(transport.pauses).toBe(0);
    // The rest of the message may lie behind another one, which is not held back for that reason.
    expect(intake.notePublish()).toBe(false);
    expect(host.told).toEqual([]);
    // What was still to come of it was published under the alarm.
    host.isReceiving = false;
    intake.regulate();
    expect(intake.notePublish()).toBe(true);
    expect(transport.paused).toBe(true);
    expect(host.told).toEqual(['low on memory']);
  });

  it('goes on for a client that is not in', () => {
    const { host, transport, intake } = open();
    host.isOpen = false;
    blockPublisher(intake, 'low on memory');
    expect(transport.pauses).toBe(0);
    expect(host.told).toEqual([]);
  });

  it('goes on to the end once it is opened for good', () => {
    const { host, transport, intake } = open();
    blockPublisher(intake, 'low on memory');
    intake.open();
    expect(intake.isPaused).toBe(false);
    expect(transport.paused).toBe(false);
    intake.regulate();
    expect(transport.paused).toBe(false);
    expect(host.told).toEqual(['low on memory']);
  });
});

describe('the intake of a connection with too much unsent', () => {
  it('stops whoever it is, and says nothing', () => {
    const { host, transport, intake } = open();
    host.isChoked = true;
    host.isOpen = false;
    host.isReceiving = true;
    intake.regulate();
    intake.regulate();
    expect(transport).toMatchObject({ paused: true, pauses: 1 });
    host.isChoked = false;
    intake.regulate();
    expect(transport).toMatchObject({ paused: false, resumes: 1 });
    expect(host.told).toEqual([]);
  });

  it('stays stopped until neither that nor an alarm stops it', () => {
    const { host, transport, intake } = open();
    host.isChoked = true;
    blockPublisher(intake, 'low on memory');
    intake.unblock();
    expect(transport.paused).toBe(true);
    blockPublisher(intake, 'low on memory');
    host.isChoked = false;
    intake.regulate();
    expect(transport.paused).toBe(true);
    intake.unblock();
    expect(transport).toMatchObject({ paused: false, pauses: 1, resumes: 1 });
  });
});

describe('the intake of a publisher whose log has too much to write', () => {
  it('stops until the log is relieved, and says nothing', () => {
    const { host, transport, intake, log } = open();
    intake.notePublish();
    log.isCongested = true;
    for (let i = 0; i < 3; i++) intake.regulate();
    expect(intake.isPaused).toBe(true);
    expect(transport).toMatchObject({ paused: true, pauses: 1 });
    expect(log.waiting).toHaveLength(1);
    log.relieve();
    expect(transport).toMatchObject({ paused: false, resumes: 1 });
    expect(host.told).toEqual([]);
  });

  it('stops again when the log is congested again', () => {
    const { transport, intake, log } = open();
    intake.notePublish();
    for (let i = 1; i <= 3; i++) {
      log.isCongested = true;
      intake.regulate();
      expect(transport).toMatchObject({ paused: true, pauses: i });
      log.relieve();
      expect(transport).toMatchObject({ paused: false, resumes: i });
    }
  });

  it('does not concern whoever only consumes', () => {
    const { transport, intake, log } = open();
    log.isCongested = true;
    intake.regulate();
    expect(transport.pauses).toBe(0);
    expect(log.waiting).toHaveLength(0);
  });

  it('is told of an alarm while it waits for the log', () => {
    const { host, transport, intake, log } = open();
    intake.notePublish();
    log.isCongested = true;
    intake.regulate();
    intake.block('disk failure');
    expect(host.told).toEqual(['disk failure']);
    log.relieve();
    expect(transport.paused).toBe(true);
    intake.unblock();
    expect(transport.paused).toBe(false);
  });

  it('goes on at once when its session ends', () => {
    const { host, transport, intake, log } = open();
    intake.notePublish();
    log.isCongested = true;
    intake.regulate();
    host.isOpen = false;
    intake.regulate();
    expect(transport.paused).toBe(false);
    log.relieve();
    expect(transport).toMatchObject({ pauses: 1, resumes: 1 });
  });
});

describe('the intake of a publisher whose consumers are behind', () => {
  it('gives way once for all that has been noted since the last time', () => {
    const { transport, intake } = open();
    intake.regulate();
    expect(transport.givenWay).toBe(0);
    for (let i = 0; i < 5; i++) intake.noteLag();
    expect(transport.givenWay).toBe(0);
    intake.regulate();
    expect(transport.givenWay).toBe(1);
    intake.regulate();
    expect(transport.givenWay).toBe(1);
    intake.noteLag();
    intake.regulate();
    expect(transport.givenWay).toBe(2);
    expect(transport.pauses).toBe(0);
  });
});

describe('the state of an intake', () => {
  it('is flow while it waits for the log, and an alarm says more', () => {
    const { intake, log } = open();
    expect(intake.state).toBe('running');
    intake.notePublish();
    log.isCongested = true;
    intake.regulate();
    expect(intake.state).toBe('flow');
    intake.block('low on disk');
    expect(intake.state).toBe('blocked');
    intake.unblock();
    expect(intake.state).toBe('flow');
    log.relieve();
    expect(intake.state).toBe('running');
  });

  it('is blocking for as long as nothing was published', () => {
    const { intake } = open();
    intake.block('low on memory');
    expect(intake.state).toBe('blocking');
    intake.notePublish();
    intake.regulate();
    expect(intake.state).toBe('blocked');
  });
});
