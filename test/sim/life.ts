import type { VirtualClock } from '../../src/kit/clock.ts';
import type { Random } from '../../src/kit/random.ts';
import { type Lane, PlaceList } from '../../src/store/append-log.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import type { FaultyDisk } from '../kit/faulty-disk.ts';
import { below } from '../kit/platter.ts';
import { factOf, messageDifference } from './found.ts';
import { POOL_BYTES, poolPosition } from './pool.ts';
import {
  type Habits,
  type Happening,
  type LaneState,
  liveIn,
  type Message,
  type Place,
  type State,
} from './state.ts';
import { Fault, turn, until } from './waiting.ts';

type Step = (life: Life) => void | Promise<void>;

/** One life of a process with a log: what it does, and what it has been promised. */
export class Life {
  readonly log: SegmentLog;
  readonly now: State;
  readonly happenings: Happening[] = [];
  readonly #disk: FaultyDisk;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #note: (line: string) => void;
  readonly #nexts: Map<string, number>;
  readonly #places = new PlaceList();
  readonly #gone: Lane[] = [];
  #habits: Habits;
  readonly queues: number[];
  isClosing = false;
  #turn = 0;
  // Seen within a call from the log, which must not be thrown at.
  #broken: string | undefined = undefined;
  /** Faults have been injected: operations may fail. */
  isHurt = false;
  /** The disk is. */
  isFull = false;
  told = 0;

  constructor(
    log: SegmentLog,
    state: State,
    nexts: Map<string, number>,
    queues: number[],
    disk: FaultyDisk,
    clock: VirtualClock,
    random: Random,
    note: (line: string) => void,
  ) {
    this.log = log;
    this.now = state;
    this.#nexts = nexts;
    this.queues = queues;
    this.#disk = disk;
    this.#clock = clock;
    this.#random = random;
    this.#note = note;
    this.#habits = this.#newHabits();
    log.describeBy(() => [...this.now.facts].map(([key, value]) => factOf(key, value)));
    log.whenFailed(() => {
      this.told += 1;
    });
  }

  async live(steps: number): Promise<void> {
    for (let step = 0; step < steps && this.#isWell(); step++) {
      if (this.#chance(0.03)) this.#habits = this.#newHabits();
      const count = this.#chance(0.2) ? 1 + this.#below(5) : 1;
      for (let i = 0; i < count && this.#isWell(); i++) {
        const waiting = this.#pick()(this);
        if (waiting === undefined) continue;
        this.#turn += 1;
        await waiting;
      }
      this.throwFaults();
      this.#turn += 1;
      if (this.isFull && this.#chance(0.05)) await this.makeRoom();
      for (let turns = this.#below(this.#habits.pause + 1); turns > 0; turns--) await turn();
    }
    if (this.#chance(0.7)) await this.makeRoom();
    this.throwFaults();
  }

  throwFaults(): void {
    if (this.#broken !== undefined) throw new Fault(this.#broken);
  }

  /** Settles all there is. */
  settleAll(): void {
    for (const lane of [...this.now.lanes.values()]) {
      const { queue, priority } = lane;
      const end = this.#nexts.get(`${queue}/${priority}`) ?? 0;
      if (lane.messages.size > 0) this.#settleRange({ queue, priority, seq: 0 }, end);
    }
  }

  async allDurable(): Promise<boolean> {
    if (this.isFull) return false;
    const position = this.log.appended;
    let calls = 0;
    this.log.whenDurable(position, () => {
      calls += 1;
      this.#check(this.log.durable >= position, 'called before it was durable');
    });
    const done = () => calls > 0 || this.log.failure !== undefined;
    if (!(await until(`position ${position} to be durable`, done, this.#disk, this.#clock))) {
      return false;
    }
    this.#check(calls <= 1, 'called twice');
    return calls === 1;
  }

  #isWell(): boolean {
    return !this.#disk.isDown && this.log.failure === undefined;
  }

  #newHabits(): Habits {
    return {
      publish: 1 + this.#below(10),
      settle: this.#below(12),
      burst: 1 + this.#below(this.#chance(0.2) ? 40 : 8),
      largest: this.#oneOf([100, 1000, 1000, 5000, 20_000, 90_000, 400_000]),
      pause: this.#oneOf([0, 1, 3, 8, 20]),
    };
  }

  #pick(): Step {
    const { publish, settle } = this.#habits;
    const weights: readonly (readonly [number, Step])[] = [
      [publish * 3, () => this.#publish()],
      [settle * 2, () => this.#settleSome()],
      [settle, () => this.#settleFromHead()],
      [settle * 0.15, () => this.#purge()],
      [1, () => this.#returned()],
      [2, () => this.#delivered()],
      [0.15, () => this.#drop()],
      [0.3, () => this.#settleGone()],
      [2, () => this.#fact()],
      [2, () => this.#readNow()],
      [2, () => this.#read()],
      [1.5, async () => void (await this.allDurable())],
      [0.5, () => this.#passTime()],
      [0.1, () => this.#fillDisk()],
      [0.02, () => this.#makeReadOnly()],
    ];
    let roll = this.#random.next() * weights.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, step] of weights) {
      roll -= weight;
      if (roll < 0) return step;
    }
    return () => {};
  }

  // Steps.

  #publish(): void {
    if (this.log.isCongested && !this.#chance(0.1)) return;
    const count = 1 + this.#below(this.#habits.burst);
    const lane = this.#anyLane();
    const key = `${lane.queue}/${lane.priority}`;
    // Some numbers are those of transient messages.
    const seqs: number[] = [];
    let next = this.#nexts.get(key) ?? 0;
    for (let i = 0; i < count; i++) {
      if (this.#chance(0.1)) next += 1 + this.#below(3);
      seqs.push(next++);
    }
    this.#nexts.set(key, next);
    if (this.#chance(0.05)) seqs.sort(() => this.#random.next() - 0.5);
    for (const seq of seqs) this.#message([{ ...lane, seq }, ...this.#otherPlaces(lane.queue)]);
  }

  #otherPlaces(queue: number): Place[] {
    if (!this.#chance(0.2)) return [];
    const places: Place[] = [];
    for (const other of this.queues) {
      if (other === queue || !this.#chance(0.5)) continue;
      const priority = this.#below(2);
      const key = `${other}/${priority}`;
      const seq = this.#nexts.get(key) ?? 0;
      this.#nexts.set(key, seq + 1);
      places.push({ queue: other, priority, seq });
    }
    return places;
  }

  #message(places: readonly Place[]): void {
    const { largest } = this.#habits;
    const isSmall = this.#chance(largest > 10_000 ? 0.98 : 0.9);
    const length = this.#below(isSmall ? Math.min(largest, 600) : largest);
    const offset = this.#below(POOL_BYTES - length);
    const flags = this.#below(256);
    const bodySize = this.#below(length + 1);
    this.#places.clear();
    const messages: Message[] = [];
    for (const place of places) {
      const expires = this.#chance(0.1);
      const expiresAt = expires
        ? 1_700_000_000_000 + this.#below(2 ** 31)
        : Number.POSITIVE_INFINITY;
      this.#places.add(this.#lane(place), place.seq, expiresAt);
      const state = { returns: 0, redelivered: false };
      messages.push({ offset, length, bodySize, flags, expiresAt, ...state });
    }
    this.#note(`message ${length} bytes to ${places.map(textOf).join(' ')}`);
    const before = this.log.appended;
    const at = poolPosition(offset);
    const position = this.log.appendMessage(at, length, bodySize, flags, this.#places);
    this.#check(position > before, 'the position of a message did not grow');
    this.#happened({ is: 'message', places, messages, position, turn: this.#turn });
  }

  #settleSome(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    for (let count = 1 + this.#below(this.#habits.burst); count > 0; count--) {
      const seqs = [...lane.messages.keys()];
      const seq = seqs[this.#below(seqs.length)];
      if (seq !== undefined) this.#settle({ ...lane, seq });
    }
  }

  #settleFromHead(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    const seqs = [...lane.messages.keys()].sort((one, other) => one - other);
    const count = 1 + this.#below(2 * this.#habits.burst);
    // Now and then an old message stays where it is.
    const first = this.#chance(0.2) ? 1 : 0;
    if (this.#chance(0.3)) {
      const last = seqs[Math.min(seqs.length, first + count) - 1];
      const from = seqs[first];
      if (from !== undefined && last !== undefined) {
        this.#settleRange({ ...lane, seq: from }, last + 1 + this.#below(2));
      }
      return;
    }
    for (const seq of seqs.slice(first, first + count)) this.#settle({ ...lane, seq });
  }

  #purge(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    this.#settleRange({ ...lane, seq: 0 }, this.#nexts.get(`${lane.queue}/${lane.priority}`) ?? 0);
  }

  #settle({ queue, priority, seq }: Place): void {
    const at = { queue, priority, seq };
    this.#note(`settled ${textOf(at)}`);
    const position = this.log.appendSettled(this.#lane(at), seq);
    this.#happened({ is: 'settled', at, to: seq + 1, position, turn: this.#turn });
  }

  #settleRange({ queue, priority, seq }: Place, to: number): void {
    const at = { queue, priority, seq };
    this.#note(`settled ${textOf(at)} to ${to}`);
    const position = this.log.appendSettledRange(this.#lane(at), seq, to);
    this.#happened({ is: 'settled', at, to, position, turn: this.#turn });
  }

  #returned(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    const seqs = [...lane.messages.keys()];
    const seq = seqs[this.#below(seqs.length)] ?? 0;
    const at = { queue: lane.queue, priority: lane.priority, seq };
    const { returns = 0, redelivered = false } = lane.messages.get(seq) ?? {};
    const count = Math.max(returns, redelivered ? 1 : 0) + 1;
    this.#note(`returned ${textOf(at)} for the ${count}. time`);
    const position = this.log.appendReturned(this.#lane(at), seq, count);
    this.#happened({ is: 'returned', at, returns: count, position, turn: this.#turn });
  }

  #delivered(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    const seqs = [...lane.messages.keys()];
    const seq = (seqs[this.#below(seqs.length)] ?? 0) + 1;
    const at = { queue: lane.queue, priority: lane.priority, seq };
    this.#note(`delivered ${textOf(at)}`);
    this.log.noteDelivered(this.#lane(at), seq);
    const position = this.log.appended;
    this.#happened({ is: 'delivered', at, position, turn: this.#turn });
  }

  #drop(): void {
    const index = this.#below(this.queues.length);
    const queue = this.queues[index] ?? 0;
    for (const priority of [0, 1]) this.#gone.push(this.log.lane(queue, priority));
    this.queues[index] = Math.max(...this.queues) + 1;
    this.#note(`dropped ${queue}`);
    const position = this.log.appendQueueDropped(queue);
    this.#happened({ is: 'dropped', queue, position, turn: this.#turn });
  }

  // A consumer may still hold messages of a queue that is gone.
  #settleGone(): void {
    const lane = this.#gone[this.#below(this.#gone.length)];
    if (lane === undefined) return;
    const seq = this.#below(30);
    this.#note(`settled ${lane.queue}/${lane.priority}/${seq}, which is gone`);
    if (this.#chance(0.5)) this.log.appendSettled(lane, seq);
    else this.log.appendSettledRange(lane, seq, seq + 10);
  }

  #fact(): void {
    const key = this.#below(8);
    const value = this.#chance(0.3) ? undefined : 'x'.repeat(this.#below(300)) + this.#below(1000);
    this.#note(`fact ${key} is ${value?.length === undefined ? 'gone' : value.slice(-5)}`);
    // Who describes the definitions knows the new one when the log does.
    const turnOf = this.#turn;
    const position = this.log.appendFact(factOf(key, value));
    this.#happened({ is: 'fact', key, value, position, turn: turnOf });
  }

  #readNow(): void {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    const { from, to, bytes } = this.#stretch(lane);
    const before = liveIn(lane, from, to);
    this.#note(`read ${textOf({ ...lane, seq: from })} to ${to} at once`);
    const visited: number[] = [];
    let next: number;
    try {
      next = this.log.readNow(this.#lane(lane), from, to, bytes, this.#visitor(lane, visited));
    } catch (error) {
      if (this.#mayFail()) return;
      throw error;
    }
    this.#checkRead(lane, before, from, to, next, visited);
  }

  async #read(): Promise<void> {
    const lane = this.#laneWithMessages();
    if (lane === undefined) return;
    const { from, to, bytes } = this.#stretch(lane);
    const before = liveIn(lane, from, to);
    this.#note(`read ${textOf({ ...lane, seq: from })} to ${to}`);
    const visited: number[] = [];
    let isOver = false;
    let isCalling = true;
    const visit = this.#visitor(lane, visited);
    const { queue } = lane;
    this.log.read(this.#lane(lane), from, to, bytes, visit, (next, error) => {
      this.#check(!isCalling && !isOver, 'a read ended within the call, or twice');
      isOver = true;
      if (!this.queues.includes(queue) || this.#mayFail()) return;
      // Who still reads when the log closes need not get to the end.
      if (this.isClosing && error !== undefined) return;
      this.#check(error === undefined, `a read failed: ${error}`);
      this.#checkRead(lane, before, from, to, next, visited);
    });
    isCalling = false;
    if (this.#chance(0.5)) await until('a read', () => isOver, this.#disk, this.#clock);
  }

  async #passTime(): Promise<void> {
    this.#note('time passes');
    await this.#clock.advance(this.#below(3000));
  }

  #fillDisk(): void {
    this.isFull = true;
    this.#disk.capacity = this.#disk.usedBytes + this.#below(100_000);
    this.#note('the disk is nearly full');
  }

  #makeReadOnly(): void {
    this.isHurt = true;
    this.#disk.readOnly = true;
    this.#note('the disk is read-only');
  }

  /** The disk is not full any more. */
  async makeRoom(): Promise<void> {
    if (!this.isFull) return;
    this.isFull = false;
    this.#disk.capacity = Number.POSITIVE_INFINITY;
    this.#note('the disk has room again');
    // A disk that does not work is no disk with room.
    if (this.isHurt) return;
    let relieved = 0;
    this.log.whenRelieved(() => {
      relieved += 1;
    });
    await until('relief', () => relieved > 0 || !this.#isWell(), this.#disk, this.#clock);
    await this.allDurable();
    this.#check(relieved <= 1, 'relieved twice');
  }

  // Helpers.

  #visitor(lane: LaneState, visited: number[]) {
    return (
      seq: number,
      flags: number,
      expiresAt: number,
      returns: number,
      bytes: Uint8Array,
      at: number,
      length: number,
    ): void => {
      visited.push(seq);
      const message = lane.messages.get(seq);
      // It may have gone since the read began, or its queue.
      if (message === undefined || !this.queues.includes(lane.queue)) return;
      const found = { flags, expiresAt, bytes: bytes.subarray(at, at + length) };
      const fault = messageDifference(message, found);
      this.#check(fault === undefined, `read ${textOf({ ...lane, seq })}: ${fault}`);
      const wanted = message.returns > 0 ? message.returns : Number(message.redelivered);
      const text = `read ${textOf({ ...lane, seq })}: back ${returns} times instead of ${wanted}`;
      this.#check(returns === wanted, text);
    };
  }

  #checkRead(
    lane: LaneState,
    before: ReadonlySet<number>,
    from: number,
    to: number,
    next: number,
    visited: readonly number[],
  ): void {
    const what = `read ${textOf({ ...lane, seq: from })} to ${to}`;
    this.#check(
      next >= Math.min(from, to) && next <= Math.max(from, to),
      `${what} ended at ${next}`,
    );
    this.#check(next > from || from >= to, `${what} did not move`);
    const inOrder = visited.every((seq, index) => index === 0 || seq > (visited[index - 1] ?? 0));
    this.#check(inOrder, `${what} saw ${visited}`);
    const stray = visited.find((seq) => !before.has(seq));
    this.#check(stray === undefined, `${what} saw ${stray}, which is none`);
    const seen = new Set(visited);
    for (const seq of liveIn(lane, from, next)) {
      this.#check(
        !before.has(seq) || seen.has(seq),
        `${what}, ended at ${next}, did not see ${seq}`,
      );
    }
  }

  #stretch(lane: LaneState): { from: number; to: number; bytes: number } {
    const { storedTo } = this.#lane(lane);
    const from = this.#below(storedTo + 1);
    const to = Math.min(storedTo, from + 1 + this.#below(200));
    return { from, to, bytes: 1 + this.#below(20_000) };
  }

  #anyLane(): { queue: number; priority: number } {
    const queue = this.queues[this.#below(this.queues.length)] ?? 0;
    return { queue, priority: this.#chance(0.8) ? 0 : 1 };
  }

  #laneWithMessages(): LaneState | undefined {
    const lanes = [...this.now.lanes.values()].filter(({ messages }) => messages.size > 0);
    return lanes[this.#below(lanes.length)];
  }

  #lane({ queue, priority }: { queue: number; priority: number }): Lane {
    return this.log.lane(queue, priority);
  }

  #happened(happening: Happening): void {
    this.happenings.push(happening);
    this.now.apply(happening);
  }

  #mayFail(): boolean {
    return this.isHurt || this.#disk.isDown;
  }

  #check(holds: boolean, text: string): void {
    if (!holds && !this.#disk.isDown) this.#broken ??= text;
  }

  #below(bound: number): number {
    return below(this.#random, bound);
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.#below(choices.length)];
    if (choice === undefined) throw new Error('there is no choice');
    return choice;
  }
}

function textOf({ queue, priority, seq }: Place): string {
  return `${queue}/${priority}/${seq}`;
}
