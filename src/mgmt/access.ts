import type { User } from '../auth/users.ts';
import type { Access } from './endpoint.ts';

/** What a user may have to be. */
export type Right = Exclude<Access, 'anybody'>;

interface Rule {
  /** Any of these will do. */
  readonly tags: readonly string[];
  /** RabbitMQ's words for whoever has none of them. */
  readonly refusal: string;
}

const rules: Readonly<Record<Right, Rule>> = {
  management: {
    tags: ['administrator', 'monitoring', 'policymaker', 'management'],
    refusal: 'Not management user',
  },
  policymaker: {
    tags: ['administrator', 'policymaker'],
    refusal: 'User not authorised to access object',
  },
  monitoring: { tags: ['administrator', 'monitoring'], refusal: 'Not monitor user' },
  administrator: { tags: ['administrator'], refusal: 'Not administrator user' },
};

/** Whether a user's tags give a right. */
export function hasRight(user: User, right: Right): boolean {
  return user.tags.some((tag) => rules[right].tags.includes(tag));
}

/** Why a user may not; undefined for one who may. */
export function refusalOf(user: User, right: Right): string | undefined {
  if (!hasRight(user, 'management')) return rules.management.refusal;
  return hasRight(user, right) ? undefined : rules[right].refusal;
}
