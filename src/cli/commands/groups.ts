import type { Command, CommandGroup } from '../command.ts';
import { connections } from './connections.ts';
import { definitions } from './definitions.ts';
import { features } from './features.ts';
import { health } from './health.ts';
import { limits } from './limits.ts';
import { listings } from './listings.ts';
import { messages } from './messages.ts';
import { node } from './node.ts';
import { parameters } from './parameters.ts';
import { permissions } from './permissions.ts';
import { policies } from './policies.ts';
import { queues } from './queues.ts';
import { users } from './users.ts';
import { vhosts } from './vhosts.ts';

/** All that operators do with a node that runs, in the order in which help lists it. */
export const groups: readonly CommandGroup[] = [
  node,
  health,
  listings,
  queues,
  messages,
  connections,
  users,
  permissions,
  vhosts,
  policies,
  parameters,
  limits,
  definitions,
  features,
];

const byName = new Map<string, Command>();
for (const { commands } of groups) {
  for (const command of commands) {
    for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name, command);
  }
}

/** The names of all commands and their aliases. */
export const commandNames: readonly string[] = [...byName.keys()];

export function commandNamed(name: string): Command | undefined {
  return byName.get(name);
}
