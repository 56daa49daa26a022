import type { User } from '../../auth/users.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Endpoint, ok } from '../endpoint.ts';

/** A user as their own eyes see them. */
export function selfView({ name, tags }: User): JsonObject {
  return { name, tags, is_internal_user: true };
}

export const whoamiEndpoints: readonly Endpoint[] = [
  { path: '/whoami', access: 'management', GET: ({ user }) => ok(selfView(user)) },
];
