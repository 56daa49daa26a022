// HOT: what happens to a message once it has been routed here.
import type { Table } from '../codec/table.ts';
import type { AppliedPolicy } from '../model/applied-policy.ts';
import type { QueueArguments } from '../model/arguments.ts';
import { effectiveArguments } from '../model/effective-arguments.ts';
import {
  addReference,
  bodySize,
  dropReference,
  flagsOf,
  HAS_EXPIRATION,
  isPersistent,
} from '../model/record.ts';
import type { PlaceList } from '../store/append-log.ts';
import type { RecoveredLane } from '../store/recovered.ts';
import { Arrivals } from './arrivals.ts';
import { Bounds } from './bounds.ts';
import { Capacity } from './capacity.ts';
import type { Consumer } from './consumer.ts';
import { QueueCounters } from './counters.ts';
import type { DeadLetterReason } from './dead-letter.ts';
import { Dispatcher } from './dispatcher.ts';
import { emptyLevel } from './empty-level.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { IdleWatch } from './idle-watch.ts';
import type { WaitingVisitor } from './level.ts';
import { expiryOf, priorityOf } from './message-limits.ts';
import { type DiskHost, QueueDisk } from './queue-disk.ts';
import type { QueueIdentity } from './queue-identity.ts';
import { QueueLog } from './queue-log.ts';
import { Ready } from './ready.ts';
import type { Taken } from './taken.ts';

/** What a queue needs of whoever keeps it. */
export interface QueueHost extends DiskHost<Queue> {
  /** Clock milliseconds and seconds a moment ago: coarse, but free to ask for. */
  readonly recently: number;
  readonly seconds: number;
  /**
   * A message leaves the queue for this reason. It is copied if it is wanted: the record and its
   * reference stay with the queue.
   * @param returns how often it was delivered and came back
   */
  deadLetter(queue: Queue, record: number, reason: DeadLetterReason, returns: number): void;
  /** An auto-delete queue has lost its last consumer. */
  unused(queue: Queue): void;
  /** Nobody has used the queue for its `x-expires`. */
  expired(queue: Queue): void;
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
  readonly declaredBy: string | undefined;
  readonly arguments: Table;
  /** What the queue goes by: its arguments, and what its policies make of them. */
  settings: QueueArguments;
  policy: AppliedPolicy | undefined = undefined;
  readonly counters = new QueueCounters();
  readonly capacity: Capacity;
  /** Clock seconds at which somebody published to it, took from it or settled last. */
  usedAt: number;
  readonly consumers: Dispatcher;
  readonly #arrivals = new Arrivals();
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
  readonly #maxPriority: number;
  readonly #declared: QueueArguments;
  readonly #bounds: Bounds;
  // Only of a durable queue.
  #log: QueueLog | undefined;
  readonly #disk: QueueDisk<Queue>;
  // Some message here has expired or may expire.
  #expires = false;
  readonly #expiry: ExpiryWatch;
  #idle: IdleWatch | undefined = undefined;

  constructor(number: number, identity: QueueIdentity, settings: QueueArguments, host: QueueHost) {
    this.number = number;
    this.name = identity.name;
    this.vhost = identity.vhost;
    this.durable = identity.durable;
    this.autoDelete = identity.autoDelete;
    this.owner = identity.owner;
    this.declaredBy = identity.declaredBy;
    this.arguments = identity.arguments;
    this.settings = settings;
    this.#host = host;
    this.#maxPriority = settings.maxPriority ?? 0;
    this.#declared = settings;
    this.#bounds = new Bounds(settings);
    this.#log = this.durable ? new QueueLog(host.log, number, this.#maxPriority) : undefined;
    this.#ready = new Ready(this.#maxPriority, settings.queueType === 'quorum');
    this.#disk = new QueueDisk(this, this.#ready, host);
    this.capacity = new Capacity(host.recently);
    this.usedAt = host.seconds;
    this.consumers = new Dispatcher(settings.singleActiveConsumer);
    this.#expiry = new ExpiryWatch(host.clock, () => this.#watchExpiry());
    this.#watchIdle(settings.expiresMs);
  }

  /**
   * Other policies hold for the queue now: it goes by them at once. What waits keeps the time at which
   * it expires, as in RabbitMQ; what is too much goes, unless newcomers are what has to stay away.
   */
  applyPolicy(policy: AppliedPolicy | undefined): void {
    if (policy === this.policy) return;
    const { expiresMs } = this.settings;
    this.policy = policy;
    this.settings = effectiveArguments(this.arguments, this.#declared, policy?.definition);
    this.#bounds.follow(this.settings);
    if (this.settings.expiresMs !== expiresMs) this.#watchIdle(this.settings.expiresMs);
    this.#limit(Infinity, this.#bounds.areSet && !this.#bounds.refuse);
  }

  /** Messages that wait for a consumer. */
  get ready(): number {
    return this.#ready.size;
  }

  get readyBytes(): number {
    return this.#ready.bytes;
  }

  /** The record that leaves next; 0 when there is none in memory. */
  get first(): number {
    return this.#ready.isHere ? this.#ready.highest.first : 0;
  }

  /**
   * Clock seconds since which the first message has been waiting, about; undefined when none
   * waits, or when that is not known. Of queues with priorities it never is.
   */
  get waitingSince(): number | undefined {
    if (this.#ready.size === 0 || this.#maxPriority > 0) return undefined;
    return this.#arrivals.momentOf(this.#ready.highest.lowestSeq);
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
    const bounds = this.#bounds;
    if (bounds.refuse && bounds.exceededWith(this.#ready, record)) return this.#reject(record);
    const settings = this.settings;
    const flags = flagsOf(record);
    this.usedAt = this.#host.seconds;
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
      if (this.consumers.count > 0) this.capacity.blocked(this.#host.recently);
    }
    const seq = ready.push(record, priority, expiresAt);
    const now = this.#host.seconds;
    if (now >= this.#arrivals.nextAt) this.#arrivals.note(seq, now, ready.highest.firstSeq);
    this.#accepted(seq, priority, expiresAt);
    if (expiresAt !== Infinity || bounds.areSet) {
      this.#limit(expiresAt, bounds.areSet);
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
      if (consumer === undefined) {
        if (this.consumers.count > 0) this.capacity.blocked(this.#host.recently);
        break;
      }
      const record = ready.shift();
      this.#hand(consumer, record, ready.takenSeq, ready.takenExpiry, ready.takenReturns);
    }
    if (this.#bounds.countsLate) this.#trim();
    if (ready.onDisk > 0 && !ready.isHere && this.consumers.next() !== undefined) {
      this.#disk.fetch(ready.highest);
    }
    if (this.#expires && ready.size > 0) this.#watchExpiry();
  }

  /**
   * Takes the next message out by hand (basic.get), if there is one; its reference goes with it.
   * Unless `noAck`, it counts as unacked until it is settled or requeued.
   */
  take(noAck: boolean): Taken | undefined {
    const ready = this.#ready;
    if (!this.#bringNext()) {
      this.counters.getEmpty += 1;
      return undefined;
    }
    const record = ready.shift();
    const { takenSeq: seq, takenExpiry: expiresAt, takenReturns: returns } = ready;
    if (noAck) this.counters.getNoAck += 1;
    else this.counters.get += 1;
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
    this.counters.ack += 1;
    this.usedAt = this.#host.seconds;
    this.#settle(record, seq);
  }

  /** A delivery was rejected for good: it is dead-lettered. The reference stays with the caller. */
  reject(record: number, seq: number, returns: number): void {
    if (!this.deleted) this.#host.deadLetter(this, record, 'rejected', returns);
    this.#settle(record, seq);
  }

  /**
   * A delivery comes back to its old place, with its reference; `dispatch` afterwards.
   * @param returns how often it has come back before
   */
  requeue(record: number, seq: number, expiresAt: number, returns: number): void {
    const limit = this.settings.deliveryLimit;
    if (this.deleted || (limit !== undefined && limit >= 0 && returns >= limit)) {
      if (!this.deleted) this.#host.deadLetter(this, record, 'delivery_limit', returns + 1);
      this.#settle(record, seq);
      dropReference(record);
      return;
    }
    this.unacked -= 1;
    this.unackedBytes -= bodySize(record);
    const counted = this.#host.countReturn(this, record, returns + 1);
    const priority = this.#maxPriority === 0 ? 0 : priorityOf(counted, this.#maxPriority);
    this.#log?.returned(counted, seq, returns + 1);
    this.#ready.putBack(counted, priority, seq, expiresAt, returns + 1);
    // What has expired goes when all are back: one that is too much has not.
    if (expiresAt !== Infinity) this.#expires = true;
    const { areSet, refuse, countsLate } = this.#bounds;
    if (areSet && !refuse && !countsLate) this.#trim();
  }

  addConsumer(consumer: Consumer): void {
    this.touch();
    this.capacity.freed(this.#host.recently);
    this.consumers.add(consumer);
    this.dispatch();
  }

  removeConsumer(consumer: Consumer): void {
    this.consumers.remove(consumer);
    this.touch();
    this.endIfUnused();
    if (!this.deleted) this.dispatch();
  }

  /** An auto-delete queue whose last consumer has left goes, and does not wait for what is unacked. */
  endIfUnused(): void {
    if (!this.deleted && this.autoDelete && this.consumers.count === 0) this.#host.unused(this);
  }

  /** A consumer may take messages again. */
  resume(consumer: Consumer): void {
    this.capacity.freed(this.#host.recently);
    this.consumers.resume(consumer);
    if (this.#ready.size > 0) this.dispatch();
  }

  /** Drops all that waits. @returns how many */
  purge(): number {
    const ready = this.#ready;
    const count = ready.size;
    for (const level of ready.levels) emptyLevel(level, this.#log, () => this.#disk.forget(level));
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
    this.#disk.stop();
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
      this.#disk.visit(level, visit);
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
    return this.#disk.pageOut(this.#log, keepBytes, mostBytes);
  }

  /** The messages of one priority that a log has found on disk. */
  recover(lane: RecoveredLane): void {
    if (this.#disk.recover(lane)) this.#expires = true;
  }

  /** The queue was declared, consumed from or read: `x-expires` counts anew. */
  touch(): void {
    this.#idle?.touch();
  }

  #settle(record: number, seq: number): void {
    this.unacked -= 1;
    this.unackedBytes -= bodySize(record);
    this.#log?.settled(record, seq);
  }

  #pass(consumer: Consumer, record: number, seq: number, expiresAt: number): void {
    this.consumers.served(consumer);
    if (consumer.noAck) this.counters.deliverNoAck += 1;
    else {
      this.counters.deliver += 1;
      this.unacked += 1;
      this.unackedBytes += bodySize(record);
      this.#log?.delivered(record, seq);
    }
    consumer.deliver(record, seq, expiresAt, 0);
  }

  #hand(consumer: Consumer, record: number, seq: number, expiresAt: number, returns: number): void {
    this.consumers.served(consumer);
    if (consumer.noAck) this.counters.deliverNoAck += 1;
    else this.counters.deliver += 1;
    this.#count(record, consumer.noAck, seq, returns);
    consumer.deliver(record, seq, expiresAt, returns);
  }

  #count(record: number, noAck: boolean, seq: number, returns: number): void {
    this.usedAt = this.#host.seconds;
    if (returns > 0) this.counters.redeliver += 1;
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

  #reject(record: number): boolean {
    if (this.#bounds.deadLetterRefused) this.#host.deadLetter(this, record, 'maxlen', 0);
    return false;
  }

  // A message has come, or less may wait: one may have to go, and a new head may expire sooner.
  #limit(expiresAt: number, trims: boolean): void {
    if (expiresAt !== Infinity) this.#expires = true;
    if (trims) this.#trim();
    if (this.#expires) this.#watchExpiry();
  }

  #trim(): void {
    const ready = this.#ready;
    while (ready.size > 0 && this.#bounds.exceededBy(ready)) {
      if (!ready.isHere && !this.#disk.fetchNow(ready.highest)) return;
      this.#die(ready.shift(), ready.takenSeq, 'maxlen', ready.takenReturns);
    }
  }

  #die(record: number, seq: number, reason: DeadLetterReason, returns: number): void {
    this.#host.deadLetter(this, record, reason, returns);
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
      if (!ready.isHere && !this.#disk.fetchNow(ready.highest)) return false;
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

  #watchIdle(expiresMs: number | undefined): void {
    this.#idle?.stop();
    this.#idle = undefined;
    if (expiresMs === undefined) return;
    const host = this.#host;
    const isInUse = (): boolean => this.consumers.count > 0;
    this.#idle = new IdleWatch(host.clock, expiresMs, isInUse, () => host.expired(this));
  }
}
