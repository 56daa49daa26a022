import { hashingAlgorithmName } from '../../auth/password.ts';
import type { StoredUser, UserLimits } from '../../auth/users.ts';
import type { JsonObject } from '../../kit/json.ts';

export function userView({ name, passwordHash, tags, limits }: StoredUser): JsonObject {
  return {
    name,
    password_hash: passwordHash?.text ?? '',
    hashing_algorithm: hashingAlgorithmName(passwordHash?.algorithm ?? 'sha256'),
    tags,
    limits: userLimitsView(limits),
  };
}

export function userLimitsView({ maxChannels, maxConnections }: UserLimits): JsonObject {
  return {
    ...(maxChannels === undefined ? {} : { 'max-channels': maxChannels }),
    ...(maxConnections === undefined ? {} : { 'max-connections': maxConnections }),
  };
}
