import type { AttemptCounts } from '../../auth/login-attempts.ts';
import { hashPassword, SALT_BYTES } from '../../auth/password.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Endpoint, noContent, ok } from '../endpoint.ts';
import { listed } from '../list-view.ts';
import { checkNode } from './nodes.ts';

function countsView({ attempts, failed, succeeded }: AttemptCounts): JsonObject {
  return {
    auth_attempts: attempts,
    auth_attempts_failed: failed,
    auth_attempts_succeeded: succeeded,
  };
}

export const authEndpoints: readonly Endpoint[] = [
  {
    // Where an older UI looks whether it has to log in elsewhere.
    path: '/auth',
    access: 'anybody',
    GET: () => ok({ enable_uaa: false, uaa_client_id: '', uaa_location: '' }),
  },
  {
    path: '/auth/attempts/:node',
    access: { GET: 'monitoring', DELETE: 'administrator' },
    GET: (call) => {
      checkNode(call);
      const protocols = call.context.broker.attempts.byProtocol();
      const views = protocols.map(({ protocol, ...counts }) => ({
        protocol,
        ...countsView(counts),
      }));
      return listed(call, views, { paged: false, order: [] });
    },
    DELETE: (call) => {
      checkNode(call);
      call.context.broker.attempts.reset();
      return noContent;
    },
  },
  {
    path: '/auth/attempts/:node/source',
    access: { GET: 'monitoring', DELETE: 'administrator' },
    GET: (call) => {
      checkNode(call);
      const sources = call.context.broker.attempts.bySource();
      const views = sources.map(({ protocol, address, user, ...counts }) => ({
        remote_address: address,
        username: user,
        protocol,
        ...countsView(counts),
      }));
      return listed(call, views, { paged: false, order: [] });
    },
    DELETE: (call) => {
      checkNode(call);
      call.context.broker.attempts.resetSources();
      return noContent;
    },
  },
  {
    path: '/auth/hash_password/:password',
    access: 'administrator',
    noHead: true,
    GET: ({ context, params }) => {
      const salt = context.random.bytes(SALT_BYTES);
      return ok({ ok: hashPassword(params['password'] ?? '', salt).text });
    },
  },
];
