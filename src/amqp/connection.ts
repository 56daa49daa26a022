import type { User } from '../auth/users.ts';
import type { Broker } from '../broker/broker.ts';
import type { Ledger } from '../broker/ledger.ts';
import type { ChannelView, ConnectionState } from '../broker/live.ts';
import type { LiveConnection } from '../broker/live-connections.ts';
import type { Session } from '../broker/session.ts';
import { checkUserChannels } from '../broker/user-limits.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { ClientMethod, ServerMethod } from '../codec/methods.gen.ts';
import { assert } from '../kit/assert.ts';
import type { Timer } from '../kit/clock.ts';
import { RECEIVE_AT } from '../kit/memory.ts';
import type { Receiver, Transport } from '../kit/transport.ts';
import { BrokerError } from '../model/broker-error.ts';
import { Answers, notDurable } from './answers.ts';
import { Channel, type ChannelHost } from './channel.ts';
import { ChannelSet } from './channel-set.ts';
import { type Close, closeFor, closeWith, noMethod } from './close.ts';
import { endsWithCloseOk } from './close-ok-frame.ts';
import { ConnectionProfile } from './connection-profile.ts';
import { sendMethod } from './content-writer.ts';
import type { FlushList } from './flush-list.ts';
import { FrameReader, type ReaderHost } from './frame-reader.ts';
import { Handshake, type HandshakeHost, type Tuning } from './handshake.ts';
import { Heartbeat, type Pulse } from './heartbeat.ts';
import { Intake, type IntakeHost } from './intake.ts';
import { Outbox } from './outbox.ts';
import { isOurs, ourHeader } from './protocol-header.ts';

/** How long we wait for the answer to connection.close, or for a client that leaves to hang up. */
const CLOSING_MS = 30_000;
/** How long a peer has to take what was sent last, and to close its side. */
const LINGER_MS = 5000;

type State =
  /** No protocol header yet. */
  | { readonly at: 'new' }
  | { readonly at: 'handshake' }
  | { readonly at: 'open'; readonly session: Session }
  /** We have sent connection.close and wait for close-ok. */
  | { readonly at: 'closing'; readonly session: Session | undefined }
  /** The client has said goodbye and was answered: it is for the client to hang up. */
  | { readonly at: 'leaving' }
  /** Nothing that comes is looked at any more. */
  | { readonly at: 'ended' };

/** A client's connection (0-9-1 §2.2.4), from its first byte to its last. */
export class Connection
  extends ConnectionProfile
  implements Receiver, LiveConnection, Pulse, ChannelHost, ReaderHost, HandshakeHost, IntakeHost
{
  readonly outbox: Outbox;
  readonly answers: Answers;
  /** Called when the transport is gone. */
  onEnd: () => void = () => {};
  readonly #channels = new ChannelSet();
  readonly #reader: FrameReader;
  readonly #handshake: Handshake;
  readonly #intake: Intake;
  #state: State = { at: 'new' };
  #deaf = false;
  // Channels that have confirms to tell when this read is done.
  readonly #confirming: Channel[] = [];
  #isReading = false;
  #heartbeat: Heartbeat | undefined = undefined;
  #timer: Timer | undefined = undefined;
  // Where its traffic is counted, once it is in a vhost.
  #ledger: Ledger | undefined = undefined;

  constructor(broker: Broker, transport: Transport, flushes: FlushList) {
    super(broker, transport);
    this.outbox = new Outbox(transport, flushes, () => this.#relieved());
    this.answers = new Answers(this.outbox, broker.log, () => this.#durable());
    this.#intake = new Intake(transport, this);
    this.#reader = new FrameReader(this);
    this.#handshake = new Handshake(this, broker);
  }

  get isNew(): boolean {
    return this.#state.at === 'new';
  }

  get isOpen(): boolean {
    return this.#state.at === 'open';
  }

  get isClosing(): boolean {
    return this.#state.at === 'closing' || this.#state.at === 'leaving';
  }

  get session(): Session | undefined {
    const state = this.#state;
    return state.at === 'open' || state.at === 'closing' ? state.session : undefined;
  }

  get state(): ConnectionState {
    return this.isClosing ? 'closing' : this.#intake.state;
  }

  /** What comes is not looked at: there is no sense in it, or no need of it. */
  get isDeaf(): boolean {
    return this.#deaf || this.#state.at === 'ended';
  }

  get isPaused(): boolean {
    return this.#intake.isPaused;
  }

  /** By number. */
  get channels(): readonly (Channel | undefined)[] {
    return this.#channels.byNumber;
  }

  get channelCount(): number {
    return this.#channels.all.size;
  }

  channelViews(): readonly ChannelView[] {
    return this.#channels.profiles;
  }

  received(start: number, end: number): void {
    this.reads += 1;
    this.receivedBytes += end - start;
    this.broker.tick();
    if (this.#deaf) {
      if (endsWithCloseOk(start, end)) this.end();
      return;
    }
    this.#read(start, end);
  }

  #read(start: number, end: number): void {
    this.#isReading = true;
    try {
      this.#reader.read(start, end);
      for (let i = 0; i < this.#confirming.length; i++) this.#confirming[i]?.confirms?.flush();
    } catch (err) {
      this.#fatal(err);
    }
    this.#isReading = false;
    this.#confirming.length = 0;
    this.broker.watchMemory();
    this.#intake.regulate();
  }

  written(): void {
    this.outbox.written();
  }

  closed(cause: string | undefined): void {
    if (this.#state.at === 'open') {
      const fields = { connection: this.name, cause };
      this.broker.logger.warn(fields, 'Connection closed by the client without a goodbye');
    }
    this.#teardown();
    this.#timer?.cancel();
    this.outbox.abandon();
    // What its last words took counts as well.
    this.#ledger?.connectionGone(this);
    this.onEnd();
  }

  /** The first bytes: the protocol header. */
  begin(header: Uint8Array): void {
    if (isOurs(header)) {
      this.#state = { at: 'handshake' };
      this.#handshake.start();
      return;
    }
    this.broker.logger.warn(
      { connection: this.name, header: Buffer.from(header).toString('latin1') },
      'Not AMQP 0-9-1: connection refused',
    );
    this.outbox.raw(ourHeader);
    this.end();
  }

  /** A method on channel 0. @throws BrokerError, CodecError */
  method(decode: () => ClientMethod): void {
    switch (this.#state.at) {
      case 'handshake':
        this.#handshake.handle(decode());
        return;
      case 'open':
        this.#openMethod(decode);
        return;
      case 'closing':
      case 'leaving': {
        const { name } = decode();
        if (name === 'connection.close-ok') this.end();
        else if (name === 'connection.close') this.#goodbye();
        return;
      }
      default:
    }
  }

  send(method: ServerMethod): void {
    sendMethod(this.outbox, 0, method);
  }

  sendHeartbeat(): void {
    this.outbox.heartbeat();
    this.outbox.flush();
  }

  peerIsDead(): void {
    this.abort('the client has missed its heartbeats');
  }

  /** A channel's confirms have something to tell: once, when all that was read is handled. */
  confirmable(channel: Channel): void {
    if (this.#isReading) this.#confirming.push(channel);
    else this.#sendLater(() => channel.confirms?.flush());
  }

  /** The client publishes: an alarm concerns it from now on. @returns whether it has to wait */
  notePublish(): boolean {
    return this.#intake.notePublish();
  }

  /** The tuning is agreed. */
  tuned({ channelMax, frameMax, heartbeat }: Tuning): void {
    this.channelMax = channelMax;
    this.heartbeat = heartbeat;
    this.frameMax = frameMax === 0 ? this.broker.limits.frameMax : frameMax;
    if (heartbeat > 0) this.#heartbeat = new Heartbeat(this.broker.clock, this, heartbeat);
  }

  /** The client is in. */
  opened(vhost: VirtualHost, user: User): void {
    this.#state = {
      at: 'open',
      session: { vhost, user, owner: this, consumersLag: this.#intake.noteLag },
    };
    this.broker.connections.add(this);
    this.broker.churn.connectionCreated += 1;
    this.#ledger = vhost.ledger;
    this.#ledger.connectionOpened(this);
    this.send({ name: 'connection.open-ok' });
    const { product, version, connectionName } = this.client;
    this.broker.logger.info(
      {
        connection: this.name,
        user: user.name,
        vhost: vhost.name,
        client: product,
        clientVersion: version,
        connectionName,
      },
      'Connection opened',
    );
    const { reason } = this.broker.alarms;
    if (reason !== undefined) this.block(reason);
  }

  /** @throws BrokerError */
  openChannel(number: number): Channel {
    assert(this.#state.at === 'open', 'channels are opened on open connections');
    const count = this.#channels.all.size;
    if (this.channelMax !== 0 && count >= this.channelMax) {
      throw new BrokerError(
        'NOT_ALLOWED',
        `number of channels opened (${count}) has reached the negotiated channel_max (${this.channelMax})`,
      );
    }
    checkUserChannels(this.broker, this.#state.session.user.name);
    const channel = new Channel(number, this, this.#state.session);
    this.#channels.add(channel);
    return channel;
  }

  /** Forgets a channel that is over. */
  dropChannel(channel: Channel): void {
    this.#channels.drop(channel);
  }

  /** Something was thrown while a frame of this channel was at work. */
  fail(error: unknown, channelNumber: number): void {
    if (this.#state.at === 'ended' || this.isClosing) return;
    const close = closeFor(error, this.#reader.during);
    if (close.internal) {
      this.broker.logger.error({ connection: this.name, err: error }, 'Internal error');
    }
    const channel = this.channels[channelNumber];
    if (this.#state.at === 'handshake' && this.#handshake.isSilent) {
      this.#handshake.refuse(close.replyText);
    } else if (close.scope === 'channel' && channel !== undefined) {
      this.#closeChannel(channel, close);
    } else {
      this.#close(close);
    }
  }

  forceClose(explanation: string): void {
    if (this.#state.at === 'leaving') this.end();
    else if (this.isClosing) return;
    else if (this.isOpen) {
      this.#close(closeWith('CONNECTION_FORCED', explanation, noMethod, 'connection', false));
    } else {
      this.abort(explanation);
    }
  }

  /** Sends connection.close to a client that is not let in, and waits for the answer so long. */
  turnAway(error: BrokerError, waitMs: number): void {
    this.#close(closeFor(error, noMethod), waitMs);
  }

  /** From now on there is no sense in what comes. */
  deafen(): void {
    this.#deaf = true;
  }

  get isChoked(): boolean {
    return this.outbox.choked || this.answers.isHolding;
  }

  get isHolding(): boolean {
    return this.answers.isHolding;
  }

  get isReceiving(): boolean {
    return this.#channels.isReceiving;
  }

  tellBlocked(reason: string | undefined): void {
    if (!this.client.blockedNotify) return;
    if (reason === undefined) this.send({ name: 'connection.unblocked' });
    else this.send({ name: 'connection.blocked', reason });
  }

  block(reason: string): void {
    this.#intake.block(reason);
  }

  unblock(): void {
    this.#intake.unblock();
    // What was held back is looked at again.
    this.#read(RECEIVE_AT, RECEIVE_AT);
  }

  logFailed(error: Error): void {
    if (this.answers.isHolding) this.#close(closeFor(notDurable(error), this.#reader.during));
  }

  checkTimeouts(): boolean {
    let unsettled = false;
    for (const channel of this.#channels.all) {
      if (channel.released) continue;
      const error = channel.overdue();
      if (error !== undefined) this.#closeChannel(channel, closeFor(error, noMethod));
      else if (channel.unsettled.size > 0) unsettled = true;
    }
    return unsettled;
  }

  visitRecords(visit: (record: number) => number): void {
    for (const channel of this.#channels.all) channel.unsettled.visit(visit);
  }

  /** Sends what there is to send, then ends; whoever does not read it is not waited for long. */
  end(): void {
    this.#teardown();
    this.outbox.finish();
    this.#timer = this.broker.clock.after(LINGER_MS, () => this.transport.destroy());
  }

  /** Ends at once. */
  abort(cause: string): void {
    this.broker.logger.warn({ connection: this.name, cause }, 'Connection dropped');
    this.#teardown();
    this.transport.destroy();
  }

  /** Nothing is answered any more, and the end comes a little later. */
  quarantine(delayMs: number, cause: string): void {
    this.#teardown();
    this.#timer = this.broker.clock.after(delayMs, () => this.abort(cause));
  }

  // What was held is durable.
  #durable(): void {
    if (!this.answers.isHolding) return;
    this.#sendLater(() => this.answers.release());
    this.#read(RECEIVE_AT, RECEIVE_AT);
  }

  // Sends what the client did not ask for just now.
  #sendLater(send: () => void): void {
    try {
      send();
    } catch (err) {
      this.#fatal(err);
    }
  }

  // Even the answer to an error could not be sent: this client pays for it, nobody else.
  #fatal(err: unknown): void {
    this.broker.logger.error({ connection: this.name, err }, 'Internal error');
    this.abort('internal error');
  }

  #openMethod(decode: () => ClientMethod): void {
    const { classId, methodId } = this.#reader.during;
    const known = classId === 10 && runningMethods.has(methodId);
    const method = known ? decode() : undefined;
    if (method?.name === 'connection.close') {
      this.#goodbye();
    } else if (method?.name === 'connection.update-secret') {
      // Logins are not renewed here: passwords do not expire.
      this.send({ name: 'connection.update-secret-ok' });
    } else {
      throw new BrokerError('CHANNEL_ERROR', 'unexpected method in connection state running');
    }
  }

  #goodbye(): void {
    this.#releaseChannels();
    this.send({ name: 'connection.close-ok' });
    if (this.#state.at === 'leaving') return;
    this.broker.logger.info({ connection: this.name }, 'Connection closed');
    this.#teardown();
    this.#state = { at: 'leaving' };
    // As RabbitMQ: one that has asked twice, or sends still, would take our hanging up for a failure.
    const ms = Math.min(this.heartbeat * 1000 || CLOSING_MS, CLOSING_MS);
    this.#timer = this.broker.clock.after(ms, () => this.end());
  }

  #close(close: Close, waitMs = CLOSING_MS): void {
    if (this.isClosing || this.#state.at === 'ended') return;
    const { replyCode, replyText } = close;
    this.broker.logger.warn(
      { connection: this.name, replyCode, replyText },
      'Connection closed by the broker',
    );
    if (this.#state.at === 'new') {
      this.abort(replyText);
      return;
    }
    const { isHolding } = this.answers;
    this.#releaseChannels();
    this.#state = { at: 'closing', session: this.session };
    this.#sendClose(close);
    this.#timer = this.broker.clock.after(waitMs, () => this.abort('no close-ok has come'));
    this.#intake.regulate();
    // The client may have said goodbye behind the question that is not answered any more.
    if (isHolding && !this.#isReading) this.#read(RECEIVE_AT, RECEIVE_AT);
  }

  #closeChannel(channel: Channel, close: Close): void {
    const { replyCode, replyText, failingClassId, failingMethodId } = close;
    this.broker.logger.warn(
      { connection: this.name, channel: channel.number, replyCode, replyText },
      'Channel closed by the broker',
    );
    channel.release();
    channel.closing = true;
    channel.send({ name: 'channel.close', replyCode, replyText, failingClassId, failingMethodId });
  }

  #sendClose({ replyCode, replyText, failingClassId, failingMethodId }: Close): void {
    this.send({ name: 'connection.close', replyCode, replyText, failingClassId, failingMethodId });
  }

  #relieved(): void {
    this.#intake.regulate();
    for (const channel of this.#channels.all) channel.easeAll();
    if (!this.isChoked) this.#read(RECEIVE_AT, RECEIVE_AT);
  }

  // Its own consumers shall not get what its channels give back: congestion keeps them from it.
  #releaseChannels(): void {
    this.answers.drop();
    this.outbox.congested = true;
    this.#channels.dropAll();
    // Exclusive queues end with their connection, not with its last words: a client that comes back
    // declares them anew.
    if (this.#state.at === 'open') this.#state.session.vhost.removeOwned(this);
  }

  #teardown(): void {
    const state = this.#state;
    this.#timer?.cancel();
    if (state.at === 'ended') return;
    this.#handshake.cancel();
    this.#heartbeat?.stop();
    this.#releaseChannels();
    this.#state = { at: 'ended' };
    if (this.broker.connections.delete(this)) this.broker.churn.connectionClosed += 1;
    this.#intake.open();
  }
}

// connection.close and update-secret: all that a client may say on channel 0 once it is in.
const runningMethods = new Set([50, 70]);
