import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { AppendLog } from '../store/append-log.ts';
import type { AlarmSet } from './alarm-set.ts';

/** What of a log tells how it is. */
export type WatchedLog = Pick<
  AppendLog,
  'isCongested' | 'isFull' | 'durable' | 'failure' | 'whenFailed'
>;

const CHECK_MS = 1000;
/** Publishers wait for the log all the time; that nothing at all is written for so long is a fault. */
const STUCK_CHECKS = 3;

/** Raised while the log does not get on, and for good when it has failed. */
export class LogAlarm {
  readonly #log: WatchedLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #alarms: AlarmSet;
  #timer: Timer | undefined = undefined;
  #closed = false;
  #durable = -1;
  #stuck = 0;

  constructor(log: WatchedLog, clock: Clock, logger: Logger, alarms: AlarmSet) {
    this.#log = log;
    this.#clock = clock;
    this.#logger = logger;
    this.#alarms = alarms;
    log.whenFailed((error) => this.#failed(error));
    this.#watch();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #failed(err: Error): void {
    if (this.#closed) return;
    this.#logger.error(
      { err },
      'The log has failed: publishers are blocked, consumers go on, and nothing becomes durable. ' +
        'Whatever was confirmed is safe. See to the disk, then restart the broker',
    );
    this.#alarms.raise('failure', err.message);
  }

  #watch(): void {
    this.#timer = this.#clock.after(CHECK_MS, () => {
      this.#check();
      this.#watch();
    });
  }

  #check(): void {
    const { isCongested, isFull, durable, failure } = this.#log;
    const waits = isCongested && failure === undefined && durable === this.#durable;
    this.#durable = durable;
    this.#stuck = waits ? this.#stuck + 1 : 0;
    const raised = this.#alarms.has('log');
    if (!raised && (isFull || this.#stuck >= STUCK_CHECKS)) {
      const detail = isFull ? 'no space for the log' : 'the log waits for the disk';
      this.#logger.warn({ reason: detail }, 'Log alarm: publishers are blocked');
      this.#alarms.raise('log', detail);
    } else if (raised && !isCongested) {
      this.#logger.info({}, 'Log alarm: cleared');
      this.#alarms.clear('log');
    }
  }
}
