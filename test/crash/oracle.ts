import { Epochs } from './epochs.ts';
import type { Event } from './history.ts';
import { Order } from './order.ts';
import { Message, Place, type Standing } from './place.ts';
import type { Ending, Handed, Line, Objection, QueueRules, Sending } from './rules.ts';

/** After its time a message may still be on its way for so long. */
const STALE_MS = 5_000;
/** Two clocks, one rounded down. */
const EARLY_MS = 5;
/** A dead letter is two records: a kill between them leaves both messages. So many a kill at most. */
const COPIES_A_KILL = 1;

export interface Counts {
  sent: number;
  confirmed: number;
  refused: number;
  delivered: number;
  acked: number;
  letters: number;
  /** Acknowledgements of the last moments before an end that did not count. */
  acksUndone: number;
  /** How long before that end the first of them was sent, in milliseconds. */
  oldestUndoneMs: number;
  /** Messages of the last moments before a kill that came back without their flag. */
  flagsLost: number;
  /** Messages that came back flagged although nobody had seen them: they were under way. */
  unseen: number;
  /** Dead letters whose message was still in its queue. */
  copies: number;
  /** What was under way to a consumer that takes without acknowledging. */
  swallowed: number;
  /** Transient messages that ended with their broker. */
  forgotten: number;
}

/**
 * Follows every message from what its publisher and its consumers see, and objects to whatever a
 * durable broker may not do. What was under way when the broker ended is in doubt: either outcome is
 * right then.
 */
export class Oracle {
  readonly objections: Objection[] = [];
  readonly counts: Counts = {
    sent: 0,
    confirmed: 0,
    refused: 0,
    delivered: 0,
    acked: 0,
    letters: 0,
    acksUndone: 0,
    oldestUndoneMs: 0,
    flagsLost: 0,
    unseen: 0,
    copies: 0,
    swallowed: 0,
    forgotten: 0,
  };
  readonly #rules: ReadonlyMap<string, QueueRules>;
  readonly #names: readonly string[];
  readonly #letterBoxes: ReadonlySet<string>;
  readonly #nowMs: () => number;
  readonly #messages = new Map<string, Message>();
  /** The last number of each publisher that has been forgotten. */
  readonly #forgotten = new Map<string, number>();
  readonly #order = new Order();
  // How many messages of each queue may have been under way to a consumer that has gone.
  readonly #underWay = new Map<string, number>();
  readonly #epochs = new Epochs();
  #tick = 0;

  /** @param nowMs a clock that only goes forward */
  constructor(rules: readonly QueueRules[], nowMs: () => number) {
    this.#rules = new Map(rules.map((each) => [each.name, each]));
    this.#names = rules.map(({ name }) => name);
    this.#letterBoxes = new Set(rules.flatMap(({ deadTo }) => deadTo ?? []));
    this.#nowMs = nowMs;
  }

  /** Counts how often the broker or the connections to it have ended. */
  get epoch(): number {
    return this.#epochs.current;
  }

  /** Messages that have been followed since the last `forget`. */
  get size(): number {
    return this.#messages.size;
  }

  /** Channels may be closed from now on, one after the other: what one held goes to the next. */
  closing(): void {
    this.#epochs.close();
    this.#order.stirAll();
  }

  /** The epoch is over: every channel is gone. */
  end(how: Ending): void {
    this.#epochs.end(how, this.#nowMs());
    this.#order.startEpoch();
  }

  /** A consumer may be sent so many messages before it settles one. */
  opened(queue: string, window: number): void {
    this.#underWay.set(queue, (this.#underWay.get(queue) ?? 0) + window);
  }

  sent(sending: Sending, standing: 'sent' | 'uncommitted' = 'sent'): void {
    const at = this.#epochs.now();
    const message = new Message(sending, standing, this.#nowMs(), ++this.#tick, at);
    for (const target of sending.targets) {
      message.places.set(target, new Place(this.#rulesOf(target)));
    }
    this.#messages.set(sending.id, message);
    this.counts.sent += 1;
    this.#note(message, 'published');
  }

  confirmed(id: string): void {
    const message = this.#known(id);
    this.counts.confirmed += 1;
    if (message.standing === 'sent') message.standing = 'confirmed';
    this.#note(message, 'confirmed');
    if (!this.#mustBeLogged(message)) return;
    const { line } = message.sending;
    line.sureTo = Math.max(line.sureTo, message.tick);
    this.#epochs.sure(message.tick);
  }

  /** A negative confirm: no queue has it. */
  refused(id: string): void {
    this.counts.refused += 1;
    this.#stand(id, 'refused', 'refused');
  }

  /** It came back by basic.return. */
  returned(id: string): void {
    const message = this.#known(id);
    if (message.sending.targets.length > 0) this.#object('returned', message, 'it had a queue');
    this.#stand(id, 'returned', 'returned');
  }

  /** tx.commit is about to be sent: from now on the messages may be there. */
  committing(ids: readonly string[]): void {
    for (const id of ids) {
      const message = this.#known(id);
      message.tick = ++this.#tick;
      message.sentAtMs = this.#nowMs();
      this.#stand(id, 'sent', 'committing');
    }
  }

  /** tx.commit-ok: all that the transaction did is durable. */
  committed(ids: readonly string[], line: Line): void {
    for (const id of ids) this.confirmed(id);
    line.sureTo = Math.max(line.sureTo, this.#tick + 1);
  }

  rolledBack(ids: readonly string[]): void {
    for (const id of ids) this.#stand(id, 'rolled back', 'rolled back');
  }

  delivered(handed: Handed): void {
    const tick = ++this.#tick;
    const { id, queue, redelivered } = handed;
    this.counts.delivered += 1;
    const message = this.#messages.get(id);
    if (message === undefined) {
      this.#stranger(id, queue);
      return;
    }
    this.#note(message, redelivered ? 'redelivered' : 'delivered', queue);
    if (handed.damage !== undefined) this.#object('damaged', message, handed.damage);
    this.#checkStanding(message, queue);
    const place = this.#placeOf(message, handed);
    if (place === undefined) return;
    if (this.#epochs.isClosing && place.epoch === this.epoch) {
      // Of two channels that had it one after the other, the second may be heard first.
      place.deliveries += 1;
      return;
    }
    if (handed.death !== undefined) this.#checkDeath(message, handed, handed.death);
    this.#checkTime(message, place);
    this.#checkComeback(message, place, handed);
    this.#checkCount(message, place, handed);
    // Of a letter that there are two of, the second may come at any time.
    const isCopy = place.deliveries > 0 && this.#letterBoxes.has(queue);
    const disorder = isCopy ? undefined : this.#order.take(place.rules, message.sending, handed);
    if (disorder !== undefined) this.#object('order', message, `${queue}: ${disorder}`);
    place.state = 'out';
    place.deliveries += 1;
    place.epoch = this.epoch;
    place.tick = tick;
    place.count = handed.count;
    place.requeued = false;
    if (place.rules.noAck === true) this.acked(id, queue, this.#epochs.seen);
  }

  acked(id: string, queue: string, line: Line): void {
    this.counts.acked += 1;
    this.#settle(id, queue, 'acked', line);
  }

  /** basic.reject or basic.nack without requeue. */
  rejected(id: string, queue: string, line: Line): void {
    const place = this.#settle(id, queue, 'rejected', line);
    if (place !== undefined) place.rejections += 1;
  }

  requeued(id: string, queue: string, line: Line): void {
    this.#order.stir(queue);
    const place = this.#settle(id, queue, 'waiting', line);
    if (place !== undefined) place.requeued = true;
  }

  /** Objects in general, to what no single message shows. */
  object(kind: string, text: string, history: readonly string[] = []): void {
    this.objections.push({ kind, text, history });
  }

  /** Every queue is empty and every delivery acknowledged: whatever is missing is lost. */
  finish(): void {
    for (const message of this.#messages.values()) {
      const { persistent, targets } = message.sending;
      const survived = this.#epochs.restarts === message.sent.restarts;
      if (!survived && !persistent) this.counts.forgotten += 1;
      if (message.standing !== 'confirmed' || !(survived || persistent)) continue;
      for (const target of targets) {
        const place = message.places.get(target);
        if (place === undefined || !(survived || place.rules.durable)) continue;
        if (this.#accounted(message, place)) continue;
        if (place.rules.noAck === true) this.counts.swallowed += 1;
        else this.#object('lost', message, `not in ${target}`);
      }
    }
    if (this.counts.copies > COPIES_A_KILL * this.#epochs.kills) {
      this.object('copied', `${this.counts.copies} dead letters left their messages behind`);
    }
  }

  /** Starts afresh after `finish`: none of the messages so far may ever be seen again. */
  forget(): void {
    for (const { sending } of this.#messages.values()) {
      const { publisher, seq } = sending;
      this.#forgotten.set(publisher, Math.max(seq, this.#forgotten.get(publisher) ?? 0));
    }
    this.#messages.clear();
  }

  #stranger(id: string, queue: string): void {
    const at = id.lastIndexOf('.');
    const seq = Number(id.slice(at + 1));
    const gone = seq <= (this.#forgotten.get(id.slice(0, at)) ?? -1);
    const text = gone ? 'was acknowledged or gone long ago' : 'was never published';
    this.object('stranger', `${id} in ${queue} ${text}`);
  }

  #checkStanding(message: Message, queue: string): void {
    const { standing, sending } = message;
    if (standing !== 'sent' && standing !== 'confirmed') {
      this.#object('unwanted', message, `${standing}, and yet in ${queue}`);
    }
    if (!sending.persistent && this.#epochs.restarts > message.sent.restarts) {
      this.#object('transient', message, `in ${queue} after a restart`);
    }
    if (!this.#rulesOf(queue).durable && this.#epochs.restarts > message.sent.restarts) {
      this.#object('transient', message, `${queue} has kept it over a restart`);
    }
  }

  #placeOf(message: Message, { queue, death }: Handed): Place | undefined {
    const known = message.places.get(queue);
    if (known !== undefined) return known;
    if (!this.#letterBoxes.has(queue) || death === undefined) {
      this.#object('astray', message, `in ${queue}, where it was never routed to`);
      return undefined;
    }
    this.counts.letters += 1;
    const place = new Place(this.#rulesOf(queue));
    message.places.set(queue, place);
    return place;
  }

  #checkDeath(message: Message, handed: Handed, death: { queue: string; reason: string }): void {
    const source = this.#sourceOf(message, death.queue);
    if (source === undefined || source.rules.deadTo !== handed.queue) {
      this.#object('astray', message, `a dead letter of ${death.queue} in ${handed.queue}`);
      return;
    }
    const { rules } = source;
    const why = `${death.reason} in ${rules.name}`;
    if (!rules.leaves.some((reason) => reason === death.reason)) {
      this.#object('died', message, `${why}: it could not be`);
    }
    if (death.reason === 'rejected' && source.rejections === 0) {
      this.#object('died', message, `${why}: nobody did`);
    }
    if (death.reason === 'expired' && this.#nowMs() < this.#deadline(message, rules) - EARLY_MS) {
      this.#object('died', message, `${why}: too early`);
    }
    const most = source.deliveries + this.#epochs.returns - message.sent.returns;
    if (death.reason === 'delivery_limit' && most <= (rules.deliveryLimit ?? 0)) {
      this.#object('died', message, `${why}: delivered ${source.deliveries} times`);
    }
    const held = source.state === 'out' && this.#epochs.isOpen(source.epoch);
    const acked =
      source.state === 'acked' &&
      (this.#epochs.isOpen(source.settledEpoch) || source.surelySettled);
    if (held || acked) this.#copied(message, `${why}: ${held ? 'a consumer has it' : 'acked'}`);
    else this.#left(source);
  }

  // What was dead-lettered twice may never have been seen where it was in between.
  #sourceOf(message: Message, queue: string): Place | undefined {
    const known = message.places.get(queue);
    if (known !== undefined || !this.#letterBoxes.has(queue)) return known;
    for (const { name, deadTo } of this.#rules.values()) {
      if (deadTo !== queue) continue;
      const before = this.#sourceOf(message, name);
      if (before === undefined) continue;
      this.#left(before);
      const place = new Place(this.#rulesOf(queue));
      message.places.set(queue, place);
      return place;
    }
    return undefined;
  }

  #left(place: Place): void {
    place.state = 'left';
    place.leftTick = this.#tick;
    place.leftEpoch = this.epoch;
    place.leftAtMs = this.#nowMs();
  }

  #checkTime(message: Message, { rules }: Place): void {
    if (!rules.leaves.includes('expired')) return;
    const late = this.#nowMs() - this.#deadline(message, rules);
    if (late > STALE_MS) this.#object('stale', message, `${rules.name}: ${late} ms after its time`);
  }

  #checkComeback(message: Message, place: Place, { redelivered }: Handed): void {
    const { rules, state } = place;
    if (place.deliveries === 0 && state === 'waiting') {
      if (redelivered) this.#unseen(message, rules.name);
      return;
    }
    if (state === 'out' && this.#epochs.isOpen(place.epoch)) {
      this.#twice(message, place, 'delivered twice');
      return;
    }
    if (state === 'left') {
      if (this.#epochs.isSure(place.leftTick, place.leftEpoch)) {
        this.#copied(message, `${rules.name}: it had been dead-lettered`);
      } else this.#undone(place.leftAtMs, place.leftEpoch);
      return;
    }
    if (state === 'acked' || state === 'rejected') {
      if (this.#epochs.isOpen(place.settledEpoch) || place.surelySettled) {
        this.#twice(message, place, `came back although it was ${state}`);
        return;
      }
      this.#undone(place.settledAtMs, place.settledEpoch);
    }
    if (redelivered) return;
    if (this.#epochs.isSure(place.tick, place.epoch)) {
      this.#twice(message, place, 'came back without its redelivered flag');
    } else this.counts.flagsLost += 1;
  }

  #checkCount(message: Message, place: Place, { count, queue }: Handed): void {
    const { rules, deliveries } = place;
    if (rules.counts !== true) return;
    const most = deliveries + this.#epochs.returns - message.sent.returns;
    let least = 0;
    if (deliveries > 0) {
      const isCounted = this.#epochs.isOpen(place.epoch) || place.surelySettled;
      if (place.requeued && isCounted) least = place.count + 1;
      else if (this.#epochs.isSure(place.tick, place.epoch)) least = Math.max(place.count, 1);
    }
    if (count < least || count > most) {
      this.#object('count', message, `${queue}: ${count} returns, not ${least} to ${most}`);
    }
  }

  #undone(saidAtMs: number, epoch: number): void {
    this.counts.acksUndone += 1;
    const before = Math.round(this.#epochs.endMs(epoch) - saidAtMs);
    this.counts.oldestUndoneMs = Math.max(this.counts.oldestUndoneMs, before);
  }

  /** Not one message twice but two, where that can be. */
  #twice(message: Message, place: Place, text: string): void {
    const { name } = place.rules;
    if (!this.#letterBoxes.has(name)) {
      this.#object('twice', message, `${name}: ${text}`);
      return;
    }
    place.copies += 1;
    if (place.copies > 1 + this.#epochs.kills - message.sent.kills) {
      this.#object('twice', message, `${name}: ${text}; ${place.copies} of it`);
    } else this.counts.copies += 1;
  }

  #copied(message: Message, text: string): void {
    if (this.#epochs.kills > message.sent.kills) this.counts.copies += 1;
    else this.#object('copied', message, text);
  }

  #unseen(message: Message, queue: string): void {
    const left = (this.#underWay.get(queue) ?? 0) - 1;
    this.#underWay.set(queue, left);
    this.counts.unseen += 1;
    if (left < 0) this.#object('flag', message, `${queue}: redelivered, but never delivered`);
  }

  #accounted(message: Message, place: Place): boolean {
    const { rules, state } = place;
    if (state === 'acked') return true;
    if (rules.deadTo !== undefined) {
      const letter = message.places.get(rules.deadTo);
      return letter !== undefined && this.#accounted(message, letter);
    }
    if (state === 'rejected') return true;
    if (rules.leaves.includes('maxlen')) return true;
    return rules.leaves.includes('expired') && this.#deadline(message, rules) < this.#nowMs();
  }

  #settle(
    id: string,
    queue: string,
    as: 'acked' | 'rejected' | 'waiting',
    line: Line,
  ): Place | undefined {
    const message = this.#messages.get(id);
    const place = message?.places.get(queue);
    if (message === undefined || place === undefined) return undefined;
    this.#note(message, as === 'waiting' ? 'requeued' : as, queue);
    place.state = as;
    place.settledBy = line;
    place.settledTick = ++this.#tick;
    place.settledEpoch = this.epoch;
    place.settledAtMs = this.#nowMs();
    return place;
  }

  // A dead letter has no expiration of its own, and starts anew with each queue.
  #deadline(message: Message, rules: QueueRules): number {
    const own = message.sending.targets.includes(rules.name)
      ? message.sending.expirationMs
      : Infinity;
    return message.sentAtMs + Math.min(own, rules.ttlMs ?? Infinity);
  }

  // Where a message may be dropped at once, or taken for good, its confirm says nothing about the disk.
  #mustBeLogged({ sending }: Message): boolean {
    if (!sending.persistent) return false;
    return sending.targets.some((target) => {
      const { durable, leaves, noAck } = this.#rulesOf(target);
      return durable && !leaves.includes('maxlen') && noAck !== true;
    });
  }

  #stand(id: string, standing: Standing, event: Event): void {
    const message = this.#known(id);
    message.standing = standing;
    this.#note(message, event);
  }

  #known(id: string): Message {
    const message = this.#messages.get(id);
    if (message === undefined) throw new Error(`${id} was never published`);
    return message;
  }

  #rulesOf(queue: string): QueueRules {
    const rules = this.#rules.get(queue);
    if (rules === undefined) throw new Error(`no rules for queue ${queue}`);
    return rules;
  }

  #note(message: Message, event: Event, queue = ''): void {
    message.history.add(event, this.epoch, this.#nowMs(), this.#names.indexOf(queue));
  }

  #object(kind: string, message: Message, text: string): void {
    const { sending, standing } = message;
    const sort = sending.persistent ? 'persistent' : 'transient';
    const head = `${sending.id}, ${sort}, ${standing}, for ${sending.targets.join(', ')}`;
    const history = [head, ...message.history.lines(this.#names)];
    this.objections.push({ kind, text: `${sending.id}: ${text}`, history });
  }
}
