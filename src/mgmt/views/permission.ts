import type { UserPermissions } from '../../auth/permissions.ts';
import type { UserTopicPermissions } from '../../auth/topic-permissions.ts';
import type { JsonObject } from '../../kit/json.ts';

export function permissionView(permissions: UserPermissions): JsonObject {
  const { user, vhost, configure, write, read } = permissions;
  return { user, vhost, configure, write, read };
}

export function topicPermissionView(permissions: UserTopicPermissions): JsonObject {
  const { user, vhost, exchange, write, read } = permissions;
  return { user, vhost, exchange, write, read };
}
