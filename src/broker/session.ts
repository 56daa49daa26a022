import type { User } from '../auth/users.ts';
import type { VirtualHost } from './vhost.ts';

/** Somebody at work in a vhost: what rules need to know of whoever asks. */
export interface Session {
  readonly vhost: VirtualHost;
  readonly user: User;
  /** Stands for the connection: who may use its exclusive queues. */
  readonly owner: object;
  /** What was published waits behind much else, although there are consumers: there is no hurry. */
  consumersLag(): void;
}
