// HOT: what happens to a message once it has been routed here.
import type { Table } from '../codec/table.ts';
import type { Clock } from '../kit/clock.ts';
import type { QueueArguments } from '../model/arguments.ts';
import {
  addReference,
  bodySize,
  dropReference,
  flagsOf,
  HAS_EXPIRATION,
  isPersistent,
} from '../model/record.ts';
import type { AppendLog, PlaceList } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import type { RecoveredLane } from '../store/recovered.ts';
import type { Consumer } from './consumer.ts';
import type { DeadLetterReason } from './dead-letter.ts';
import { Dispatcher } from './dispatcher.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Level, WaitingVisitor } from './level.ts';
import { Loader } from './loader.ts';
import { expiryOf, priorityOf } from './message-limits.ts';
import { pageOut } from './page-out.ts';
import type { QueueIdentity } from './queue-identity.ts';
import { QueueLog } from './queue-log.ts';
import { Ready } from './ready.ts';
import type { Room } from './room.ts';

/** What a queue needs of whoever keeps it. */
export interface QueueHost {
  readonly clock: Clock;
  readonly log: AppendLog;
  /** Where messages go for which there is no memory and that the log does not keep, if anywhere. */
  readonly overflow: Overflow | undefined;
  readonly room: Room;
  /**
   * A message leaves the queue for this reason. It is copied if it is wanted: the record and its
   * reference stay with the queue.
   * @param returns how often it was delivered and came back
   */
  deadLetter(queue: Queue, record: number, reason: DeadLetterReason, returns: number): void;
  /**
   * A message comes back for the `returns`-th time: the record to put back in its stead, with its
   * reference. Queues that count deliveries in a header rewrite it here.
   */
  countReturn(queue: Queue, record: number, returns: number): number;
  /** An auto-delete queue has lost its last consumer. */
  unused(queue: Queue): void;
  /** Nobody has used the queue for its `x-expires`. */
  expired(queue: Queue): void;
  /** Messages could not be read back; it will be tried again. */
  readFailed(queue: Queue, error: Error): void;
}

/** A message taken by hand; the fields are those of `Consumer.deliver`. */
export interface Taken {
  readonly record: number;
  readonly seq: number;
  readonly expiresAt: number;
  readonly returns: number;
}

// The number of a message that is gone again before it could be kept.
const GONE = -1;
// About what a message takes in memory beside its body.
const OVERHEAD_BYTES = 80;

/**
 * A queue, classic or quorum: the same rules. Messages are record positions; each of them holds a
 * reference to its record, which goes to the consumer with a delivery and comes back with `requeue`.
 */
export class Queue implements QueueIdentity {
  readonly kind = 'queue';
  /** Its number on this node, for the log. */
  readonly number: number;
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly owner: object | undefined;
  readonly arguments: Table;
  readonly settings: QueueArguments;
  readonly consumers: Dispatcher;
  readonly #ready: Ready;
  readonly #host: QueueHost;
  /** Deliveries that nobody has settled yet, and the sum of their bodies in bytes. */
  unacked = 0;
  unackedBytes = 0;
  deleted = false;
  // What the last accepted message is to the log: its number, GONE when nothing has to be kept.
  #lastSeq = GONE;
  #lastPriority = 0;
  #lastExpiry = Infinity;
  // Plain fields, read for each message.
  readonly #maxPriority: number;
  readonly #rejects: boolean;
  readonly #bounded: boolean;
  // Only of a durable queue.
  #log: QueueLog | undefined;
  // Only of a queue that has had messages on disk.
  #loader: Loader | undefined = undefined;
  // Some message here has expired or may expire.
  #expires = false;
  readonly #expiry: ExpiryWatch;
  readonly #idle: IdleWatch | undefined;

  constructor(number: number, identity: QueueIdentity, settings: QueueArguments, host: QueueHost) {
    this.number = number;
    this.name = identity.name;
    this.vhost = identity.vhost;
    this.durable = identity.durable;
    this.autoDelete = identity.autoDelete;
    this.owner = identity.owner;
    this.arguments = identity.arguments;
    this.settings = settings;
    this.#host = host;
    this.#maxPriority = settings.maxPriority ?? 0;
    this.#bounded = settings.maxLength !== undefined || settings.maxLengthBytes !== undefined;
    this.#rejects = this.#bounded && settings.overflow !== 'drop-head';
    this.#log = this.durable ? new QueueLog(host.log, number, this.#maxPriority) : undefined;
    this.#ready = new Ready(this.#maxPriority);
    this.consumers = new Dispatcher(settings.singleActiveConsumer);
    const { clock } = host;
    const { expiresMs } = settings;
    this.#expiry = new ExpiryWatch(clock, () => this.#watchExpiry());
    if (expiresMs !== undefined) {
      const isInUse = (): boolean => this.consumers.count > 0;
      this.#idle = new IdleWatch(clock, expiresMs, isInUse, () => host.expired(this));
    }
  }

  /** Messages that wait for a consumer. */
  get ready(): number {
    return this.#ready.size;
  }

  get readyBytes(): number {
    return this.#ready.bytes;
  }

  /** About how much memory the messages take that wait. */
  get memoryBytes(): number {
    const { size, onDisk, bytes, bytesOnDisk } = this.#ready;
    return bytes - bytesOnDisk + (size - onDisk) * OVERHEAD_BYTES;
  }

  /** About how much memory the messages take that are out with consumers. */
  get unackedMemoryBytes(): number {
    return this.unackedBytes + this.unacked * OVERHEAD_BYTES;
  }

  /**
   * Takes a message: straight to a consumer when none waits before it, otherwise it waits.
   * @returns false when the queue is full and refuses it (`reject-publish`)
   */
  publish(record: number): boolean {
    if (this.#rejects && this.#wouldOverflow(record)) return this.#reject(record);
    const settings = this.settings;
    const flags = flagsOf(record);
    let expiresAt = Infinity;
    if (settings.messageTtlMs !== undefined || (flags & HAS_EXPIRATION) !== 0) {
      expiresAt = expiryOf(record, settings.messageTtlMs, this.#host.clock.now());
    }
    const priority = this.#maxPriority === 0 ? 0 : priorityOf(record, this.#maxPriority);
    const ready = this.#ready;
    addReference(record);
    if (ready.size === 0) {
      const consumer = this.consumers.next();
      if (consumer !== undefined) {
        const seq = ready.passSeq(priority);
        // Who settles by taking it leaves nothing to keep.
        this.#accepted(consumer.noAck ? GONE : seq, priority, expiresAt);
        this.#pass(consumer, record, seq, expiresAt);
        return true;
      }
    }
    const seq = ready.push(record, priority, expiresAt);
    this.#accepted(seq, priority, expiresAt);
    if (expiresAt !== Infinity || this.#bounded) {
      this.#limit(expiresAt, this.#bounded);
      this.#accepted(ready.isWaiting(seq, priority) ? seq : GONE, priority, expiresAt);
    }
    return true;
  }

  /** Delivers what can be delivered; called whenever a consumer may have become ready. */
  dispatch(): void {
    const ready = this.#ready;
    while (ready.isHere) {
      const expiry = ready.firstExpiry();
      if (expiry !== Infinity && expiry <= this.#host.clock.now()) {
        this.#expire();
        continue;
      }
      const consumer = this.consumers.next();
      if (consumer === undefined) break;
      const record = ready.shift();
      this.#hand(consumer, record, ready.takenSeq, ready.takenExpiry, ready.takenReturns);
    }
    if (ready.onDisk > 0 && !ready.isHere && this.consumers.next() !== undefined) {
      this.#loader?.fetch(ready.highest);
    }
    if (this.#expires && ready.size > 0) this.#watchExpiry();
  }

  /**
   * Takes the next message out by hand (basic.get), if there is one; its reference goes with it.
   * Unless `noAck`, it counts as unacked until it is settled or requeued.
   */
  take(noAck: boolean): Taken | undefined {
    const ready = this.#ready;
    if (!this.#bringNext()) return undefined;
    const record = ready.shift();
    const { takenSeq: seq, takenExpiry: expiresAt, takenReturns: returns } = ready;
    this.#count(record, noAck, seq, returns);
    if (this.#expires && ready.size > 0) this.#watchExpiry();
    return { record, seq, expiresAt, returns };
  }

  /** Adds the place of the message that the queue has just accepted, if the log has to keep it. */
  addPlace(record: number, places: PlaceList): void {
    if (this.#log === undefined || this.#lastSeq === GONE || !isPersistent(record)) return;
    const { clock } = this.#host;
    const expiry = this.#lastExpiry;
    const expiresAt = expiry === Infinity ? expiry : clock.wall() + expiry - clock.now();
    places.add(this.#log.lane(this.#lastPriority), this.#lastSeq, expiresAt);
  }

  /** A delivery was acknowledged. The reference stays with the caller. */
  settle(record: number, seq: number): void {
    this.unacked -= 1;
    this.unackedBytes -= bodySize(record);
    this.#log?.settled(record, seq);
  }

  /** A delivery was rejected for good: it is dead-lettered. The reference stays with the caller. */
  reject(record: number, seq: number, returns: number): void {
    if (!this.deleted) this.#host.deadLetter(this, record, 'rejected', returns);
    this.settle(record, seq);
  }

  /**
   * A delivery comes back to its old place, with its reference; `dispatch` afterwards.
   * @param returns how often it has come back before
   */
  requeue(record: number, seq: number, expiresAt: number, returns: number): void {
    const limit = this.settings.deliveryLimit;
    if (this.deleted || (limit !== undefined && limit >= 0 && returns >= limit)) {
      if (!this.deleted) this.#host.deadLetter(this, record, 'delivery_limit', returns + 1);
      this.settle(record, seq);
      dropReference(record);
      return;
    }
    this.unacked -= 1;
    this.unackedBytes -= bodySize(record);
    const counted = this.#host.countReturn(this, record, returns + 1);
    const priority = this.#maxPriority === 0 ? 0 : priorityOf(counted, this.#maxPriority);
    this.#log?.returned(counted, seq, returns + 1);
    this.#ready.putBack(counted, priority, seq, expiresAt, returns + 1);
    this.#limit(expiresAt, this.#bounded && !this.#rejects);
  }

  addConsumer(consumer: Consumer): void {
    this.touch();
    this.consumers.add(consumer);
    this.dispatch();
  }

  removeConsumer(consumer: Consumer): void {
    this.consumers.remove(consumer);
    this.touch();
    if (this.deleted) return;
    if (this.autoDelete && this.consumers.count === 0) this.#host.unused(this);
    else this.dispatch();
  }

  /** A consumer may take messages again. */
  resume(consumer: Consumer): void {
    this.consumers.resume(consumer);
    if (this.#ready.size > 0) this.dispatch();
  }

  /** Drops all that waits. @returns how many */
  purge(): number {
    const ready = this.#ready;
    const count = ready.size;
    for (const level of ready.levels) this.#empty(level);
    ready.size = 0;
    ready.bytes = 0;
    return count;
  }

  /** Ends the queue: its messages go, its consumers are told. @returns how many messages waited */
  delete(): number {
    this.#log?.dropped();
    const count = this.close();
    for (const consumer of [...this.consumers.all]) {
      this.consumers.remove(consumer);
      consumer.cancelledByServer();
    }
    return count;
  }

  /** Gives back what the queue holds in this process. @returns how many messages waited */
  close(): number {
    this.deleted = true;
    this.#log = undefined;
    this.#expiry.stop();
    this.#idle?.stop();
    this.#loader?.stop();
    return this.purge();
  }

  /** Visits what waits in memory, in the order in which it would leave; see `Ready.visit`. */
  visitReady(visit: WaitingVisitor): void {
    this.#ready.visit(visit);
  }

  /**
   * Visits all that waits, in the order in which it would leave. A record is there for one visit.
   * @throws the disk's errors
   */
  visitWaiting(visit: WaitingVisitor): void {
    for (const level of [...this.#ready.levels].reverse()) {
      level.visitFront(visit);
      this.#loader?.visit(level, visit);
      level.visitTail(visit);
    }
  }

  /**
   * Lets go of messages in memory that lie on disk or can be written there, save about the first
   * `keepBytes`.
   * @param mostBytes when so much has been let go of, the rest may wait
   * @returns bytes
   * @throws the disk's errors
   */
  pageOut(keepBytes: number, mostBytes = Infinity): number {
    if (this.#ready.size === 0) return 0;
    this.#useDisk();
    return pageOut(this.#ready, this.#host.overflow, this.#log, keepBytes, mostBytes);
  }

  /** The messages of one priority that a log has found on disk. */
  recover({ priority, next, count, bytes, expires }: RecoveredLane): void {
    const level = this.#ready.recover(priority, next, count, bytes);
    if (count === 0) return;
    const loader = this.#useDisk();
    if (!expires) return;
    this.#expires = true;
    loader.fetch(level);
  }

  /** The queue was declared, consumed from or read: `x-expires` counts anew. */
  touch(): void {
    this.#idle?.touch();
  }

  #pass(consumer: Consumer, record: number, seq: number, expiresAt: number): void {
    this.consumers.served(consumer);
    if (!consumer.noAck) {
      this.unacked += 1;
      this.unackedBytes += bodySize(record);
      this.#log?.delivered(record, seq);
    }
    consumer.deliver(record, seq, expiresAt, 0);
  }

  #hand(consumer: Consumer, record: number, seq: number, expiresAt: number, returns: number): void {
    this.consumers.served(consumer);
    this.#count(record, consumer.noAck, seq, returns);
    consumer.deliver(record, seq, expiresAt, returns);
  }

  #count(record: number, noAck: boolean, seq: number, returns: number): void {
    if (!noAck) {
      this.unacked += 1;
      this.unackedBytes += bodySize(record);
      // What has come back has been noted before.
      if (returns === 0) this.#log?.delivered(record, seq);
    } else this.#log?.settled(record, seq);
  }

  #accepted(seq: number, priority: number, expiresAt: number): void {
    this.#lastSeq = seq;
    this.#lastPriority = priority;
    this.#lastExpiry = expiresAt;
  }

  #wouldOverflow(record: number): boolean {
    const { maxLength, maxLengthBytes } = this.settings;
    if (maxLength !== undefined && this.#ready.size >= maxLength) return true;
    return maxLengthBytes !== undefined && this.#ready.bytes + bodySize(record) > maxLengthBytes;
  }

  #reject(record: number): boolean {
    if (this.settings.overflow === 'reject-publish-dlx') {
      this.#host.deadLetter(this, record, 'maxlen', 0);
    }
    return false;
  }

  // A message has come or come back: another may have to go, and a new head may expire sooner.
  #limit(expiresAt: number, trims: boolean): void {
    if (expiresAt !== Infinity) this.#expires = true;
    if (trims) this.#trim();
    if (this.#expires) this.#watchExpiry();
  }

  #trim(): void {
    const ready = this.#ready;
    const maxLength = this.settings.maxLength ?? Infinity;
    const maxBytes = this.settings.maxLengthBytes ?? Infinity;
    while (ready.size > 0 && (ready.size > maxLength || ready.bytes > maxBytes)) {
      if (!ready.isHere && this.#loader?.fetchNow(ready.highest) !== true) return;
      this.#die(ready.shift(), ready.takenSeq, 'maxlen', ready.takenReturns);
    }
  }

  #die(record: number, seq: number, reason: DeadLetterReason, returns: number): void {
    this.#host.deadLetter(this, record, reason, returns);
    this.#drop(record, seq);
  }

  #drop(record: number, seq: number): void {
    this.#log?.settled(record, seq);
    dropReference(record);
  }

  // Only a message that would leave next expires, as in RabbitMQ: those behind it wait their turn.
  #expire(): void {
    const now = this.#host.clock.now();
    const ready = this.#ready;
    for (let record = ready.shiftExpired(now); record !== 0; record = ready.shiftExpired(now)) {
      this.#die(record, ready.takenSeq, 'expired', ready.takenReturns);
    }
  }

  // Whether there is a next message, in memory and not expired.
  #bringNext(): boolean {
    const ready = this.#ready;
    while (ready.size > 0) {
      if (!ready.isHere && this.#loader?.fetchNow(ready.highest) !== true) return false;
      if (ready.firstExpiry() > this.#host.clock.now()) return true;
      this.#expire();
    }
    return false;
  }

  #watchExpiry(): void {
    if (this.deleted) return;
    if (this.#ready.nextExpiry() <= this.#host.clock.now()) this.#expire();
    this.#expiry.expect(this.#ready.nextExpiry());
  }

  // Everything from the first number that waits was never delivered: one range of them, while those
  // that came back lie anywhere among those that are out.
  #empty(level: Level): void {
    const { returned, tail } = level;
    for (; returned !== undefined && returned.size > 0; returned.removeFirst()) {
      this.#drop(returned.firstRecord, returned.firstSeq);
    }
    const from = level.firstSeq;
    const kept = level.backlog?.runs.some(({ logged }) => logged) ?? false;
    this.#loader?.forget(level);
    const dropped = [level.head, tail].map((ring) => ring.empty());
    if (kept || dropped.includes(true)) {
      this.#log?.settledRange(level.priority, from, tail.nextSeq);
    }
    level.join();
  }

  #useDisk(): Loader {
    if (this.#loader !== undefined) return this.#loader;
    const { clock, log, overflow, room } = this.#host;
    const loader = new Loader(this.#ready, {
      clock,
      log,
      overflow,
      room,
      lane: (priority) => log.lane(this.number, priority),
      unackedBytes: () => this.unackedMemoryBytes,
      countReturn: (record, returns) => this.#host.countReturn(this, record, returns),
      loaded: () => this.dispatch(),
      failed: (error) => this.#host.readFailed(this, error),
    });
    this.#loader = loader;
    this.#ready.source = loader;
    return loader;
  }
}
